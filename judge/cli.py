"""The command line: each command is one call into the package."""

import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import click

from judge import __version__
from judge.errors import BadInput

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="judge")
def cli() -> None:
    """Judge GPU kernels written in Triton: right or wrong, how fast, how far from the hardware's limit.

    \b
    judge list                                            what there is to solve
    judge show softmax                                    what to compute
    judge submit softmax mine.py                          judge a solution
    judge leaderboard softmax                             who is fastest
    """


def _judging(command: Any) -> Any:
    """The arguments and options that submit and run share."""
    for decorate in reversed(
        [
            click.argument("challenge"),
            click.argument("solution"),
            click.option(
                "--device",
                default="auto",
                help="auto, cuda, cuda:N or interpreter.",
                show_default=True,
            ),
            click.option(
                "--seed",
                type=click.IntRange(0, 2**63 - 1),
                help="Replay a verdict's random inputs.",
            ),
            click.option("--case", type=int, help="Judge only this case, untimed and unrecorded."),
            click.option(
                "--timeout",
                "seconds",
                default=60.0,
                type=click.FloatRange(0, min_open=True),
                show_default=True,
                help="Seconds for each call of the submission, compilation included.",
            ),
            click.option("--require-sandbox", is_flag=True, help="Refuse to run in an incomplete sandbox."),
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout."),
        ]
    ):
        command = decorate(command)
    return command


DATABASE = click.option(
    "--database",
    help="SQLAlchemy URL of the leaderboard; else JUDGE_DATABASE_URL; else .judge/leaderboard.db.",
)


@cli.command()
@_judging
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    type=click.Choice(["torch", "compile"]),
    help="Also time torch.compile.",
)
@click.option("--author", help="Name on the leaderboard; else git's user.name.")
@DATABASE
@click.option("--no-record", is_flag=True, help="Leave the leaderboard as it is.")
def submit(as_json: bool, no_record: bool, baselines: tuple[str, ...], **options: Any) -> None:
    """Judge SOLUTION as an answer to CHALLENGE: correctness, time, roofline, rank.

    \b
    judge submit challenges/softmax solutions/softmax.py
    judge submit softmax mine.py                          the challenge by its name
    judge submit softmax mine.py --seed 42 --case 3       one case again
    judge submit softmax mine.py --baseline compile       compare with torch.compile too
    judge submit softmax mine.py --json | jq .status      for programs

    Exit codes: 0 accepted, 1 any other verdict, 2 bad usage or input.
    """
    names = tuple(dict.fromkeys(("torch", *baselines)))
    _judge(as_json, record=not no_record, baselines=names, **options)


@cli.command()
@_judging
def run(as_json: bool, **options: Any) -> None:
    """Judge only whether SOLUTION is right; records nothing.

    \b
    judge run softmax mine.py
    judge run softmax mine.py --device interpreter        also without a GPU; finds stray accesses
    judge run softmax mine.py --timeout 5
    """
    _judge(as_json, record=False, timed=False, **options)


def _judge(as_json: bool, challenge: str, solution: str, **options: Any) -> None:
    from judge.progress import Progress
    from judge.render import render
    from judge.submit import Observer, Options
    from judge.submit import submit as judge_solution

    with Progress() as progress:
        observer = Observer(progress.say, progress.show)
        verdict = judge_solution(challenge, solution, Options(**options), observer)
    click.echo(json.dumps(verdict.as_json()) if as_json else render(verdict))
    sys.exit(0 if verdict.status == "accepted" else 1)


@cli.command()
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
    """Who is fastest, per challenge and device.

    \b
    judge leaderboard                                     every board
    judge leaderboard softmax --device H200
    judge leaderboard softmax --all                       the history
    judge leaderboard --export results.jsonl
    judge leaderboard --import results.jsonl              rows already here stay as they are
    """
    from judge.boards import boards, history
    from judge.leaderboard import Leaderboard
    from judge.render import render_board, render_history

    board = Leaderboard(database)
    if import_from:
        added, known = board.import_(import_from)
        click.echo(f"{added} rows added, {known} already here", err=True)
    if export_to:
        click.echo(f"{board.export(export_to, challenge)} rows written to {export_to}", err=True)
    if import_from or export_to:
        return
    if everything:
        rows = history(board, challenge, device)
        click.echo(json.dumps(rows) if as_json else render_history(rows) if rows else "nothing recorded yet")
        return
    found = boards(board, challenge, device)
    if as_json:
        click.echo(json.dumps([entry for entries in found.values() for entry in entries]))
        return
    for name, entries in found.items():
        click.echo(f"{click.style(name, bold=True)}\n\n{render_board(entries)}\n")
    if not found:
        click.echo("no times yet: judge submit puts the first one here")


@cli.command("list")
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


@cli.command()
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
    from judge.workspace import find_challenge

    folder = find_challenge(challenge)
    spec = read_spec(folder / "spec.md")
    width = min(100, shutil.get_terminal_size().columns)
    click.secho(spec.title, bold=True)
    click.echo(f"{spec.difficulty} · {', '.join(spec.tags)} · {spec.origin}\n")
    click.echo(render_markdown(spec.body, width), nl=False)


@cli.command()
def doctor() -> None:
    """What this machine has, what is missing, and what to do.

    \b
    judge doctor
    """
    from judge.doctor import examine

    marks = {True: click.style("ok", fg="green"), False: click.style("!!", fg="red"), None: "--"}
    for line in examine():
        click.echo(f"  {marks[line.ok]}  {line.what:<13} {line.text}")


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End once, and clean up undisturbed."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """The console script: exit codes 0, 1, 2, and 130 for an interruption. No traceback reaches the user."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _interrupt)
    try:
        cli.main(standalone_mode=False)
    except BadInput as error:
        _fail(str(error))
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted: nothing recorded, nothing left running", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def _fail(message: str) -> None:
    click.echo(f"{click.style('judge:', fg='red')} {message}", err=True)
    sys.exit(2)
