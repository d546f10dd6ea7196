"""judge doctor: what this machine has."""

import click


@click.command()
@click.option("--clean", is_flag=True, help="Empty the cache, and remove scratch folders left behind.")
def doctor(clean: bool) -> None:
    """Show what this machine has, what is missing, and what to do.

    \b
    judge doctor
    judge doctor --clean          peaks are measured again when they are needed next
    """
    if clean:
        from judge.doctor.caches import clean as remove

        gone = remove()
        for each in gone:
            click.echo(f"removed {each.path}: {each.bytes / 1e6:.1f} MB, {each.entries} files and folders")
        if not gone:
            click.echo("there is nothing to remove")
        return
    from judge.doctor.examine import examine
    from judge.show.units import point

    for line in examine():
        click.echo(point(line.ok, line.what, line.text))
