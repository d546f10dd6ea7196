"""judge notes: what was learned by solving."""

import json

import click

from judge.commands.options import DATABASE


@click.command()
@click.argument("name", required=False)
@click.option("--tag", "tags", multiple=True, help="Only challenges with this tag (with all, if repeated).")
@click.option("--search", "text", default="", metavar="TEXT", help="Only notes with all these words.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array on stdout.")
@DATABASE
def notes(name: str | None, tags: tuple[str, ...], text: str, as_json: bool, database: str | None) -> None:
    """The notes of solutions: all in a table, or those of NAME, a challenge or a solution, with their code.

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

    from judge.notes import check_tags, find, listed, select
    from judge.reading import render_entry, render_list

    entries = listed(database)
    check_tags(entries, tags)
    found = select(find(entries, name, database) if name else entries, tags, text)
    columns = shutil.get_terminal_size().columns
    if as_json:
        click.echo(json.dumps([entry.as_json(whole=bool(name)) for entry in found]))
    elif not found:
        click.echo("no note fits: judge notes lists all")
    elif name:
        rule = f"\n{'─' * min(columns, 100)}\n\n"
        pages = rule.join(render_entry(entry, min(columns, 100)) for entry in found)
        click.echo_via_pager(pages, color=False if os.environ.get("NO_COLOR") else None)
    else:
        click.echo(render_list(found, columns if sys.stdout.isatty() else None))
