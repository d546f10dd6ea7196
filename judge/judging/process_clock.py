"""The process clock, for programs that cannot be replayed: plain calls in the program's own process.

There are K independent sets of buffers. One pass over k of them is:

    stop the runner; write fresh inputs; poison the outputs; synchronize;
    t0; continue the runner; "go k"; ... "done"; copy sampled output elements into the judge's memory; t1

    one sample = (T(K) - what an empty pass costs in a runner of ours, the median of all) / K

What is subtracted never comes from the submission, and K comes from sizes and from the baseline. So a program
that is slow at one time gains nothing at another. An early "done" gains nothing: the snapshot then holds
poison, and differs from what the buffers hold in the end. After every pass some whole sets are compared.

What this clock cannot see: one launch for several calls, and calls that overlap.
"""

import contextlib
import math
import secrets
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from judge.challenges.protocol import Case, Challenge, Sizes, drawn
from judge.challenges.rng import derive
from judge.engine.buffers import Pool
from judge.engine.runner import Runner
from judge.judging.refill import Drawn, Refill
from judge.judging.sampling import MOST_SAMPLES, enough, sets_needed, summary
from judge.judging.session import Session
from judge.judging.snapshot import Snapshot
from judge.judging.timed_answer import wrong_when_timed
from judge.judging.timing import SideFailure, Tick, Timed, blaming, steady_process, time_together
from judge.judging.tolerance import Errors
from judge.judging.work import work_of_profile
from judge.verdict.diagnosis import Remark
from judge.verdict.failure import Failure
from judge.verdict.verdict import Timing, Work

CHECKED_SETS = 3  # whole sets compared after each pass
WARM_UP = 2  # samples that do not count
_random = secrets.SystemRandom()


@dataclass
class ProcessSide:
    """One program that is timed: a runner that has loaded it, on a case of a challenge.

    `check` says whether its outputs are compared: a submission's are, those of the judge's own reference
    are not (it keeps its results elsewhere).
    """

    runner: Runner
    session: Session
    challenge: Challenge
    case: Case
    check: bool = True
    errors: Errors = field(default_factory=dict)
    pool: Pool | None = None
    _passes: int = 0
    _refills: dict[int, Refill] = field(default_factory=dict)
    _drawn: Drawn | None = None

    def prepare(self, sizes: Sizes) -> None:
        """Share one set of buffers, and let the program compile and tune."""
        self._map(Pool(sizes.tensors, self.session.torch_device, self.session.sharing, 1))
        self._fill(1)
        self.runner.ask("call", self.session.seconds)

    def share(self, sizes: Sizes, call_seconds: float) -> None:
        """Share K sets of buffers. `call_seconds` is the time of a call of the baseline."""
        properties = torch.cuda.get_device_properties(self.session.torch_device)
        free_bytes, _ = torch.cuda.mem_get_info(self.session.torch_device)
        count = sets_needed(sizes.bytes, call_seconds, properties.L2_cache_size, free_bytes)
        self._map(Pool(sizes.tensors, self.session.torch_device, self.session.sharing, count))
        self._fill(count)

    def _map(self, pool: Pool) -> None:
        self.release()
        self.pool = pool
        inputs = drawn(self.challenge, self.case.shape, self.case.seed, self.session.torch_device)
        descriptors = [pool.descriptor] if pool.descriptor >= 0 else []
        description = pool.description(self.challenge.signature.names, inputs)
        self.runner.ask("map", self.session.seconds, descriptors, **description)

    def release(self) -> None:
        """Take the buffers back. It may be called again."""
        self.runner.resume()
        self._refills.clear()
        self._drawn = None
        if self.pool:
            with contextlib.suppress(Failure):
                self.runner.ask("unmap", self.session.seconds)
            self.pool.close()
            self.pool = None

    def seconds(self, count: int) -> float:
        """Seconds from "continue" until the judge holds a snapshot of the outputs of `count` sets.

        The runner is stopped before and after, so that it does not disturb the passes of other sides. Raises
        Failure if an output is wrong.
        """
        self.runner.stop()
        self._fill(count)
        snapshot = None
        if count:
            assert self.pool
            snapshot = Snapshot(self.pool, count)
            snapshot.take()  # the first use of its memory must not be timed
        torch.cuda.synchronize()
        self.runner.require_stopped()
        packet = self.runner.compose("go", count=count)
        began = time.perf_counter()
        self.runner.resume()
        self.runner.post(packet)
        answer = self.runner.receive(self.session.seconds, spin=True)
        if snapshot:
            snapshot.take()
        ended = time.perf_counter()
        self.runner.check(answer)
        self.runner.ask("forget", self.session.seconds)
        self.runner.stop()
        if self.check and snapshot:
            self._verify(count, snapshot)
        return ended - began

    def profiled(self) -> Work | None:
        """What did the work of a call, as PyTorch's profiler sees it in the program's own process, where a
        submission could change it. None if it sees nothing.
        """
        self.runner.resume()
        with contextlib.suppress(Failure):
            return work_of_profile(self.runner.ask("profile", self.session.seconds).get("kernels"))
        return None

    def _fill(self, count: int) -> None:
        if not count:
            return
        assert self.pool
        self._passes += 1
        if count not in self._refills:
            self._drawn = self._drawn or Drawn(self.session, self.challenge, self.case, moved=False)
            self._refills[count] = Refill(self.pool, count, self._drawn)
        self._refills[count](derive(self.case.seed, "pass", self._passes, self.check))
        self.pool.poison()
        torch.cuda.synchronize()

    def _verify(self, count: int, snapshot: Snapshot) -> None:
        pool = self.pool
        assert pool
        snapshot.require_same("the submission said done")
        timed = Remark(f"while timed: {self.case.name}")
        overrun = pool.broken_guard()
        if overrun:
            raise Failure("wrong_answer", overrun, timed)
        inputs_of = self._refills[count].inputs
        for k in _random.sample(range(count), min(count, CHECKED_SETS)):
            changed = pool.changed_input(k, inputs_of[k])
            if changed:
                raise Failure("wrong_answer", changed, timed)
            got = pool.read(k)
            unwritten = {name: pool.unwritten(name, values) for name, values in got.items()}
            problem = wrong_when_timed(self.challenge, inputs_of[k], self.errors, got, unwritten)
            if problem:
                told = Remark(f"right when checked, wrong when timed: {self.case.name}")
                raise Failure("rule_violation", told, problem)
        snapshot.require_same("the submission said done")  # what was judged is what was there then


def time_processes(
    sides: Sequence[ProcessSide],
    sizes: Sizes,
    own: ProcessSide,
    budget: float,
    tick: Tick = lambda n: None,
    needed: ProcessSide | None = None,
) -> list[Timed]:
    """Time programs in turn (A B A B), until each is precise or `budget` seconds are spent. Raises the
    failure of the side that is `needed`.

    `own` is a side of ours, which may be one of them: its empty passes are what a pass costs beside its
    calls, and its calls decide how many a pass has.
    """
    everything = [*sides, *([] if own in sides else [own])]
    found = time_together(
        everything,
        sizes,
        lambda ready: _measure(ready, sizes, own, budget, tick),
        needed,
        lambda what, n: tick(n),
    )
    return found[: len(sides)]


def _measure(
    sides: list[ProcessSide], sizes: Sizes, own: ProcessSide, budget: float, tick: Tick
) -> list[Timing]:
    call_seconds = math.inf  # where our own program does not run beside the others: the sets are only cold
    if own in sides:
        with blaming(own):
            call_seconds = min(own.seconds(1) for _ in range(3)) - min(own.seconds(0) for _ in range(3))
    for side in sides:
        with blaming(side):
            side.share(sizes, max(call_seconds, 1e-6))
    with steady_process():
        for _ in range(WARM_UP):
            for side in sides:
                _seconds(side)
        empty: list[float] = []
        taken: list[list[float]] = [[] for _ in sides]
        samples: list[list[float]] = []
        began = time.perf_counter()
        for n in range(MOST_SAMPLES):
            empty.append(_empty_seconds(own, sides))
            for side, seconds in zip(sides, taken, strict=True):
                seconds.append(_seconds(side))
            nothing = statistics.median(empty)
            samples = [
                [(each - nothing) / _count(side) * 1e6 for each in seconds]
                for side, seconds in zip(sides, taken, strict=True)
            ]
            tick(n + 1)
            if enough(samples, time.perf_counter() - began, budget):
                break
    found = [summary(each, "process") for each in samples]
    for side, timing in zip(sides, found, strict=True):
        timing.work = side.profiled() if side.check else None
    return found


def _empty_seconds(own: ProcessSide, sides: list[ProcessSide]) -> float:
    """The seconds of an empty pass of our own program."""
    try:
        return own.seconds(0)
    except Failure as failure:
        if own in sides:
            raise SideFailure(failure, own) from None
        # No fault of the others: there is no time.
        raise MemoryError("the judge's own program has ended") from None


def _seconds(side: ProcessSide) -> float:
    """The seconds of a pass over all sets."""
    with blaming(side):
        return side.seconds(_count(side))


def _count(side: ProcessSide) -> int:
    assert side.pool
    return side.pool.count
