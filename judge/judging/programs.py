"""Times programs, each loaded in a runner, by the process clock or from their recordings by the replay
clock.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch

from judge.challenges.protocol import Challenge
from judge.engine.answers import NotReplayable
from judge.engine.runner import Runner
from judge.judging.baselines import baseline_errors, load_baseline
from judge.judging.calls import SizedCase
from judge.judging.process_clock import ProcessSide, time_processes
from judge.judging.recorded import record
from judge.judging.replay_clock import ReplaySide
from judge.judging.replay_times import time_replays
from judge.judging.session import Session
from judge.judging.timing import Tick, Timed
from judge.judging.tolerance import Errors
from judge.verdict.failure import Failure


@dataclass(frozen=True)
class Program:
    """A program that a runner has loaded. `check` says whether its outputs are compared: those of the judge's
    own reference are not. `errors` has PyTorch's own error of each output.
    """

    runner: Runner
    check: bool = False
    errors: Errors = field(default_factory=dict)


def recorded_of_ours(
    runner: Runner,
    session: Session,
    sized: SizedCase,
    errors: Errors,
    challenge: Challenge | None = None,
) -> ReplaySide | None:
    """The recording of a program of ours in a player, None if it cannot be replayed. This is tried before
    anything depends on it: libraries may keep addresses where no recorder finds them. The challenge is the
    session's, unless another is given.
    """
    if session.sharing != "ipc":
        return None
    side = None
    try:
        recording = record(runner, session, sized, challenge)
        challenge = challenge or session.challenge
        side = ReplaySide(recording, session, challenge, sized.case, False, errors)
        side.prepare(sized.sizes)
        if side.is_right():
            side.rest()
            if side.drawn and not side.drawn.is_slow:
                side.drawn = None  # it is drawn again sooner than its memory could be missed
            return side
    except (NotReplayable, Failure, MemoryError, torch.OutOfMemoryError):
        pass
    if side:
        side.release()
    torch.cuda.empty_cache()
    return None


def by_process(
    programs: Sequence[Program],
    session: Session,
    sized: SizedCase,
    budget: float,
    tick: Tick,
    needed: int | None = None,
) -> list[Timed]:
    """Time programs by the process clock. Raises the failure of the one that is `needed`."""
    sides = [
        ProcessSide(each.runner, session, session.challenge, sized.case, each.check, each.errors)
        for each in programs
    ]
    wanted = None if needed is None else sides[needed]
    own = next((side for side in sides if not side.check), None)
    if own:
        return time_processes(sides, sized.sizes, own, budget, tick, wanted)
    with _runner_of_ours(session) as runner:
        own = ProcessSide(runner, session, session.challenge, sized.case, check=False)
        return time_processes(sides, sized.sizes, own, budget, tick, wanted)


@contextlib.contextmanager
def _runner_of_ours(session: Session) -> Iterator[Runner]:
    """A runner with the reference, where there is no baseline."""
    with session.start_runner(triton=False) as runner:
        session.wait_ready(runner)
        with baseline_errors(f"{session.challenge.path}: baseline torch"):
            load_baseline(runner, session.challenge, "torch", session.seconds)
        yield runner


def by_replay(
    sides: Sequence[ReplaySide | None],
    session: Session,
    sized: SizedCase,
    budget: float,
    tick: Tick,
    needed: int | None = None,
) -> list[Timed]:
    """Time recordings by the replay clock; those that are None get no time. Raises the failure of the one
    that is `needed`.
    """
    numbers = [n for n, side in enumerate(sides) if side]
    ready = [side for side in sides if side]
    wanted = None if needed is None else sides[needed]
    shared = [side.drawn for side in ready if side.drawn]
    drawn = max(shared, key=lambda each: len(each.inputs), default=None)
    for side in ready:
        side.drawn = drawn or side.drawn
    try:
        timed = time_replays(ready, sized.sizes, session.device, budget, tick, wanted)
    except NotReplayable as reason:
        raise Failure("rule_violation", f"what was recorded of it cannot be loaded: {reason}") from None
    by_number = dict(zip(numbers, timed, strict=True))
    return [by_number.get(n, Timed()) for n in range(len(sides))]


def merged(replayed: Sequence[Timed], processed: Sequence[Timed] | None) -> list[Timed]:
    """The times by the replay clock, and those by the process clock where there are such."""
    if not processed:
        return list(replayed)
    return [
        Timed(r.timing or p.timing, p.timing, r.failure or p.failure)
        for r, p in zip(replayed, processed, strict=True)
    ]
