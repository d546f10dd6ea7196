"""Options that several commands share."""

import math
from typing import Any

import click

from judge.verdict.verdict import MOST_SEED


class Seconds(click.FloatRange):
    """The type of an option for a time above 0. It refuses NaN, a limit that no time would ever reach."""

    def __init__(self) -> None:
        super().__init__(0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return seconds


DATABASE = click.option(
    "--database",
    help="SQLAlchemy URL of the leaderboard; else JUDGE_DATABASE_URL; else .judge/leaderboard.db.",
)
DEVICE = click.option(
    "--device", default="auto", show_default=True, help="auto, cuda, cuda:N or interpreter."
)
SEED = click.option("--seed", type=click.IntRange(0, MOST_SEED), help="Replay the random inputs of a run.")
TIMEOUT = click.option(
    "--timeout",
    default=60.0,
    type=Seconds(),
    show_default=True,
    help="Seconds for each call of a submission, compilation included.",
)
REQUIRE_SANDBOX = click.option(
    "--require-sandbox", is_flag=True, help="Refuse to run in an incomplete sandbox."
)


def judging(command: Any) -> Any:
    """The arguments and options that all judging commands share."""
    for decorate in reversed(
        [
            click.argument("challenge"),
            click.argument("solution"),
            DEVICE,
            SEED,
            click.option("--case", type=int, help="Judge only this case, untimed and unrecorded."),
            TIMEOUT,
            REQUIRE_SANDBOX,
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout."),
        ]
    ):
        command = decorate(command)
    return command
