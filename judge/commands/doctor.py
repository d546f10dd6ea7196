"""judge doctor: what this machine has."""

import click


@click.command()
def doctor() -> None:
    """What this machine has, what is missing, and what to do.

    \b
    judge doctor
    """
    from judge.doctor import examine

    marks = {True: click.style("ok", fg="green"), False: click.style("!!", fg="red"), None: "--"}
    for line in examine():
        click.echo(f"  {marks[line.ok]}  {line.what:<13} {line.text}")
