"""judge list, judge show: the challenges."""

import json

import click

from judge.cli.options import DATABASE


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array on stdout.")
@DATABASE
def list_(as_json: bool, database: str | None) -> None:
    """List the challenges: difficulty, tags, solved or not, best time.

    \b
    judge list
    judge list --json | jq -r '.[] | select(.difficulty == "easy") | .name'
    """
    from judge.board.catalogue import listings
    from judge.board.standings import Standings
    from judge.show.catalogue import listings_text

    found = listings(Standings(database))
    click.echo(json.dumps([each.as_json() for each in found]) if as_json else listings_text(found))


@click.command()
@click.argument("challenge")
def show(challenge: str) -> None:
    """Show what CHALLENGE asks for: its spec.

    \b
    judge show softmax
    judge show challenges/softmax | less -R
    """
    import shutil

    from judge.challenges.finding import find_challenge
    from judge.show.markdown import markdown_text
    from judge.text import clean

    about = find_challenge(challenge).about()
    width = min(100, shutil.get_terminal_size().columns)
    click.secho(clean(about.title), bold=True)
    click.echo(clean(f"{about.difficulty} · {', '.join(about.tags)} · {about.origin}\n"))
    click.echo(markdown_text(clean(about.text), width), nl=False)
