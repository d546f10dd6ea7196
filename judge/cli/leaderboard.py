"""judge leaderboard: who is fastest."""

import json
from pathlib import Path

import click

from judge.cli.options import DATABASE


@click.command()
@click.argument("challenge", required=False)
@click.option("--all", "everything", is_flag=True, help="Every verdict, not only each author's best.")
@click.option("--device", help="Only this device, by its name (or a part of it).")
@click.option(
    "--export",
    "export_to",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write rows as JSON lines.",
)
@click.option(
    "--import",
    "import_from",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Add rows from a file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array on stdout.")
@DATABASE
def leaderboard(
    challenge: str | None,
    everything: bool,
    device: str | None,
    export_to: Path | None,
    import_from: Path | None,
    as_json: bool,
    database: str | None,
) -> None:
    """Show who is fastest, for each challenge, device and clock.

    \b
    judge leaderboard                                     every board
    judge leaderboard softmax --device H200
    judge leaderboard softmax --all                       the history
    judge leaderboard --export results.jsonl
    judge leaderboard --import results.jsonl              rows already here stay as they are
    """
    from judge.board.boards import boards, history, public
    from judge.board.lines import write_lines
    from judge.board.standings import Standings
    from judge.board.store import Leaderboard
    from judge.show.board import board_text, history_text

    if import_from or export_to:
        if as_json or everything:
            raise click.UsageError(f"{'--json' if as_json else '--all'} prints rows: it goes with no file")
        if import_from and (challenge or device):
            raise click.UsageError("--import takes all rows of its file, whatever their challenge and device")
        board = Leaderboard(database)
        if import_from:
            added, known = board.import_(import_from)
            click.echo(f"{added} rows added, {known} already here", err=True)
        if export_to:
            rows = history(Standings(board), challenge, device)
            click.echo(f"{write_lines(export_to, rows)} rows written to {export_to}", err=True)
        return
    standings = Standings(database)
    if everything:
        records = history(standings, challenge, device)
        if as_json:
            click.echo(json.dumps([public(record) for record in records]))
        else:
            click.echo(history_text(records) if records else "nothing recorded yet")
        return
    found = boards(standings, challenge, device)
    if as_json:
        rows = [
            public(entry.record) | dict(rank=entry.rank, outdated=entry.outdated)
            for of_challenge in found.values()
            for board in of_challenge
            for entry in board.entries
        ]
        click.echo(json.dumps(rows))
        return
    for name, of_challenge in found.items():
        click.echo(f"{click.style(name, bold=True)}\n\n{board_text(of_challenge)}\n")
    if not found:
        where = f" on a device like {device}" if device else ""
        click.echo(f"no times yet{where}: judge submit puts the first one here")
