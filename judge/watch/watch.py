"""Judges a solution again on every save.

The runners for the next verdict are started when the last one has been shown, so that their imports are done
when the next save comes. Each runner judges only one version, as in `judge submit`.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from judge.challenges.finding import find_challenge
from judge.challenges.format import FoundChallenge
from judge.engine.device import Device, choose
from judge.errors import BadInput
from judge.judging.session import Observer, Session
from judge.judging.submit import SubmitOptions, judge
from judge.solutions.finding import find_solution
from judge.watch.log import Log
from judge.watch.saves import saved

SAMPLING_SECONDS = 0.2  # per benchmark case: enough to see a change; judge submit takes longer


def watch(
    challenge_name: str,
    solution_name: str,
    options: SubmitOptions,
    observer: Observer,
    echo: Callable[[str], None],
    as_json: bool = False,
) -> Log:
    """Judge at once, and again whenever the solution or the challenge is saved. Returns when interrupted.

    `echo` shows a line. Raises BadInput if there is nothing to watch. A later problem is shown instead,
    because the user may fix it.
    """
    found = find_challenge(challenge_name)
    path = find_solution(solution_name).path
    device = choose(options.device)
    options = replace(options, record=False, baselines=(), sampling_seconds=SAMPLING_SECONDS)
    log = Log(found, device, options, echo, as_json)
    with suppress(KeyboardInterrupt):  # Ctrl-C is the way to end it
        log.begin()
        _judge_saves(found, path, device, options, replace(observer, right=log.right), log)
    return log


def _judge_saves(
    found: FoundChallenge,
    path: Path,
    device: Device,
    options: SubmitOptions,
    observer: Observer,
    log: Log,
) -> None:
    saves = saved([path, *found.files])
    while True:
        # A new session for each save, because the challenge may be what was saved.
        with Session(found, device, options.seconds, observer, options.require_sandbox) as session:
            runners = session.start_runners()
            observer.progress("waiting for a save", 0, 0)
            log.saved = next(saves)
            while not path.is_file():
                log.problem(f"{path} is gone; it is judged when it is back")
                log.saved = next(saves)
            try:
                found.format.require_complete(found.path)
                log.verdict(judge(session, find_solution(str(path)), runners, options))
            except BadInput as problem:
                log.problem(str(problem))
