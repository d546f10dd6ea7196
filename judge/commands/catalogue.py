"""judge list, judge show: what there is to solve."""

import json

import click

from judge.commands.options import DATABASE


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array on stdout.")
@DATABASE
def list_(as_json: bool, database: str | None) -> None:
    """The challenges: difficulty, tags, solved or not, best time.

    \b
    judge list
    judge list --json | jq -r '.[] | select(.difficulty == "easy") | .name'
    """
    from judge.catalogue import listings, render_listings

    found = listings(database)
    click.echo(json.dumps([each.as_json() for each in found]) if as_json else render_listings(found))


@click.command()
@click.argument("challenge")
def show(challenge: str) -> None:
    """What CHALLENGE asks for: its spec.

    \b
    judge show softmax
    judge show challenges/softmax | less -R
    """
    import shutil

    from judge.markdown import render_markdown
    from judge.spec import read_spec
    from judge.text import clean
    from judge.workspace import find_challenge

    folder = find_challenge(challenge)
    spec = read_spec(folder / "spec.md")
    width = min(100, shutil.get_terminal_size().columns)
    click.secho(clean(spec.title), bold=True)
    click.echo(clean(f"{spec.difficulty} · {', '.join(spec.tags)} · {spec.origin}\n"))
    click.echo(render_markdown(clean(spec.body), width), nl=False)
