"""judge new: files to start from."""

import json
from pathlib import Path

import click

from judge.challenges.format import DIFFICULTIES

FORCE = click.option("--force", is_flag=True, help="Overwrite files that exist.")


@click.group(invoke_without_command=True, no_args_is_help=True)
@click.option("--list", "listing", is_flag=True, help="The templates for solutions, with one line each.")
@click.option("--json", "as_json", is_flag=True, help="With --list: print one JSON array on stdout.")
@click.pass_context
def new(context: click.Context, listing: bool, as_json: bool) -> None:
    """Start from a template: a solution to complete, or a challenge to change.

    \b
    judge new solution softmax                            writes softmax.py
    judge new challenge row_range                         writes challenges/row_range/
    judge new --list                                      the templates for solutions
    """
    if context.invoked_subcommand:
        if listing or as_json:
            raise click.UsageError("--list and --json go without a command: judge new --list")
        return
    if not listing:
        raise click.UsageError("--json goes with --list")
    from tabulate import tabulate

    from judge.new.solution import templates

    found = templates().values()
    if as_json:
        rows = [dict(name=t.name, about=t.about, tags=t.tags, path=str(t.path)) for t in found]
        click.echo(json.dumps(rows))
        return
    click.echo(tabulate([[t.name, t.about, ", ".join(t.tags)] for t in found], ["template", "for", "tags"]))


@new.command()
@click.argument("challenge")
@click.option("--template", metavar="NAME", help="Use this one; else the challenge's tags decide.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="The file; else CHALLENGE.py.")
@FORCE
def solution(challenge: str, template: str | None, out: Path | None, force: bool) -> None:
    """Write a solution of CHALLENGE that runs. The part that is left to write is marked TODO.

    \b
    judge new solution softmax                            writes softmax.py
    judge new solution softmax --out mine.py
    judge new solution softmax --template row             judge new --list shows them
    """
    import shlex

    from judge.new.solution import new_solution

    made = new_solution(challenge, template, out, force)
    click.echo(
        f"{made.path}: template {made.template}; what is left to write is marked TODO, line {made.line}"
    )
    click.echo(f"next: {shlex.join(['judge', 'run', challenge, str(made.path)])}")


@new.command("challenge")
@click.argument("name")
@click.option("--title", help="The title; else it is made from NAME.")
@click.option("--difficulty", type=click.Choice(DIFFICULTIES), default=DIFFICULTIES[0], show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write to the folder NAME in this one; else in challenges/.",
)
@FORCE
def challenge(name: str, title: str | None, difficulty: str, out: Path | None, force: bool) -> None:
    """Write the challenge NAME: a small complete one, which you can change into yours.

    \b
    judge new challenge row_range                         writes challenges/row_range/
    judge new challenge row_range --title "Range of rows" --difficulty medium
    judge new challenge row_range --out /tmp              writes /tmp/row_range/
    """
    import shlex

    from judge.new.challenge import new_challenge

    folder = new_challenge(name, title, difficulty, out, force)
    shown = shlex.quote(str(folder))
    click.echo(f"{shown}: a complete challenge, scale * x + y, which you can change into yours")
    click.echo(f"next: judge check {shown}")
