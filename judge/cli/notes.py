"""judge notes: what was learned by solving."""

import json

import click

from judge.cli.options import DATABASE


@click.command()
@click.argument("name", required=False)
@click.option("--tag", "tags", multiple=True, help="Only challenges with this tag; if repeated, with all.")
@click.option("--search", "text", default="", metavar="TEXT", help="Only notes with all these words.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array on stdout.")
@DATABASE
def notes(name: str | None, tags: tuple[str, ...], text: str, as_json: bool, database: str | None) -> None:
    """Show the notes of solutions: a table of all, or the notes of NAME with their code.

    NAME is a challenge or a solution.

    \b
    judge notes
    judge notes flash_attention                           every solution's note, the fastest first
    judge notes flash_attention_3                         one solution's note
    judge notes solutions/softmax.py | grep L2
    judge notes --tag memory-bound --search "two passes"
    judge notes softmax --json | jq -r '.[].note'
    """
    import os
    import shutil
    import sys

    from judge.board.notes import check_tags, find, listed, select
    from judge.board.standings import Standings
    from judge.show.notes import note_text, notes_text

    standings = Standings(database)
    known = listed(standings)
    check_tags(known, tags)
    found = select(find(known, name, standings) if name else known, tags, text)
    columns = shutil.get_terminal_size().columns
    if as_json:
        click.echo(json.dumps([each.as_json(whole=bool(name)) for each in found]))
    elif not found:
        click.echo("no note fits: judge notes lists all")
    elif name:
        rule = f"\n{'─' * min(columns, 100)}\n\n"
        pages = rule.join(note_text(each, min(columns, 100)) for each in found)
        click.echo_via_pager(pages, color=False if os.environ.get("NO_COLOR") else None)
    else:
        click.echo(notes_text(found, columns if sys.stdout.isatty() else None))
