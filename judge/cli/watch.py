"""judge watch: a verdict after every save."""

from functools import partial
from typing import Any

import click

from judge.cli.options import DATABASE, judging


@click.command()
@judging
@click.option("--run", "correctness_only", is_flag=True, help="Correctness only, no times.")
@DATABASE
def watch(
    challenge: str, solution: str, as_json: bool, correctness_only: bool, timeout: float, **options: Any
) -> None:
    """Judge SOLUTION at once and after every save, and show what changed. Records nothing.

    \b
    judge watch softmax mine.py                           verdict; time against the last and the best
    judge watch softmax mine.py --run                     correctness only
    judge watch softmax mine.py --seed 42 --case 3        one case, until it is right
    judge watch softmax mine.py --json                    one line of JSON for each save

    The verdict is shown first, and then the time. It is sampled for less long than by judge submit,
    which puts it on the board. A save of the challenge starts a verdict too. Ctrl-C ends the watch.
    """
    from judge.cli.progress import Progress
    from judge.judging.session import Observer
    from judge.judging.submit import SubmitOptions
    from judge.show.units import duration
    from judge.watch.watch import watch as judge_on_save

    said: set[str] = set()
    with Progress() as progress:

        def say_once(line: str) -> None:
            if line not in said:
                said.add(line)
                progress.say(line)

        log = judge_on_save(
            challenge,
            solution,
            SubmitOptions(timed=not correctness_only, seconds=timeout, **options),
            Observer(say_once, progress.show),
            partial(progress.say, err=False),
            as_json,
        )
        best = f", best {duration(log.best.us)}" if log.best else ""
        progress.say(f"{log.judged} judged, {log.accepted} accepted{best}; nothing recorded")
