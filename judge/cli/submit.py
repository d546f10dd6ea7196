"""judge submit, judge run: a verdict on one solution."""

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from judge.cli.options import DATABASE, judging

if TYPE_CHECKING:
    from judge import Verdict


@click.command()
@judging
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    metavar="NAME",
    help="Also time this baseline: compile, or one that the challenge names.",
)
@click.option(
    "--own-kernels", is_flag=True, help="Refuse work that PyTorch's or a vendor's kernels do (needs a GPU)."
)
@click.option("--author", help="Name on the leaderboard; else git's user.name.")
@DATABASE
@click.option("--no-record", is_flag=True, help="Leave the leaderboard as it is.")
def submit(as_json: bool, no_record: bool, **options: Any) -> None:
    """Judge SOLUTION as an answer to CHALLENGE: correctness, time, roofline, rank.

    \b
    judge submit challenges/softmax solutions/softmax.py
    judge submit softmax mine.py                          the challenge by its name
    judge submit softmax mine.py --seed 42 --case 3       one case again
    judge submit softmax mine.py --baseline compile       compare with torch.compile too
    judge submit flash_attention mine.py --baseline sdpa-flash
    judge submit softmax mine.py --json | jq .status      for programs

    Exit codes: 0 accepted, 1 any other verdict, 2 bad usage or input.
    """
    import judge

    _end(as_json, judge.submit, record=not no_record, **options)


@click.command()
@judging
def run(as_json: bool, **options: Any) -> None:
    """Judge only whether SOLUTION is right. Records nothing.

    \b
    judge run softmax mine.py
    judge run softmax mine.py --device interpreter        also without a GPU; finds stray accesses
    judge run softmax mine.py --timeout 5
    """
    import judge

    _end(as_json, judge.run, **options)


def _end(as_json: bool, judged: Callable[..., "Verdict"], **arguments: Any) -> None:
    """Print a verdict and end with its exit code."""
    from judge import Observer
    from judge.cli.progress import Progress
    from judge.show.verdict import verdict_text

    with Progress() as progress:
        verdict = judged(observer=Observer(progress.say, progress.show), **arguments)
    click.echo(json.dumps(verdict.as_json()) if as_json else verdict_text(verdict))
    sys.exit(0 if verdict.status == "accepted" else 1)
