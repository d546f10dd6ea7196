"""The clock: how long one call takes, measured in a process that the submission cannot reach.

There are K independent sets of buffers. One pass over k of them is:

    stop the runner; write fresh inputs; poison the outputs; synchronize;
    continue the runner; t0; "go k"; ... "done"; copy sampled output elements into the judge's memory; t1

Between "continue" and t0 the runner has a moment to wake up and to get the GPU back. Both take long, and not
always the same time. A submission that starts to compute in this moment gains nothing: the moment is shorter
than the shorter pass, so the head start is the same in both passes and cancels.

One sample is (T(K) - T(K/4)) / (K - K/4), in which the other costs of a pass cancel. An early "done" gains
nothing: the snapshot then holds poison, and differs from what the buffers hold in the end. After every pass
some whole sets, chosen only then, are compared with the reference.
"""

import contextlib
import gc
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from judge.challenges.protocol import Case, Challenge, Derived, Inputs, Sizes, drawn
from judge.challenges.rng import derive
from judge.engine.buffers import Pool
from judge.engine.runner import Runner
from judge.judging.expectation import Expectation, expect, expect_timed
from judge.judging.refill import Refill
from judge.judging.sampling import (
    MOST_SAMPLES,
    SETTLE_SECONDS,
    call_us,
    enough,
    sets_needed,
    settle_seconds,
    summary,
)
from judge.judging.session import Session
from judge.judging.snapshot import Snapshot
from judge.judging.tolerance import OwnError
from judge.verdict.diagnosis import Problem, Remark
from judge.verdict.failure import Failure
from judge.verdict.verdict import Timing

CHECKED_SETS = 3  # whole sets compared after each pass
RECENT = 5  # samples; their median bounds the moment before t0
WARM_UP = 2  # samples that do not count

Method = Literal["graph", "eager"]


class SideFailure(Failure):
    """A failure while several sides were sampled, and the side that failed."""

    def __init__(self, failure: Failure, side: "Side") -> None:
        super().__init__(failure.status, *failure.problems)
        self.side = side


@dataclass
class Side:
    """One program that is timed: a runner that has loaded it, on a case of a challenge.

    `check` says whether its outputs are compared: a submission's are, those of the judge's own reference
    are not (it keeps its results elsewhere).
    """

    runner: Runner
    session: Session
    challenge: Challenge
    case: Case
    check: bool = True
    errors: dict[str, OwnError] = field(default_factory=dict)
    pool: Pool | None = None
    method: Method = "graph"
    _recent: list[float] = field(default_factory=list)  # the last samples, in microseconds
    _passes: int = 0
    _refills: dict[int, Refill] = field(default_factory=dict)

    def prepare(self, sizes: Sizes) -> None:
        """Choose K, share the buffers, warm up, and capture graphs. If that fails, use eager calls."""
        self._map(Pool(sizes.tensors, self.session.torch_device, self.session.sharing, 1))
        self._fill(1)
        self.runner.ask("call", self.session.seconds)  # compiles and tunes
        count = self._sets_needed(sizes, self._rough_seconds())
        self._share(sizes, count)
        # An eager call takes longer than the same call in a graph, whose time may ask for more sets.
        more = self._sets_needed(sizes, max(self.sample(), self.sample(), 0.1) * 1e-6)
        if more > 1.2 * count:
            self._share(sizes, more)

    def _sets_needed(self, sizes: Sizes, call_seconds: float) -> int:
        l2_bytes = torch.cuda.get_device_properties(self.session.torch_device).L2_cache_size
        free_bytes, _ = torch.cuda.mem_get_info(self.session.torch_device)
        return sets_needed(sizes.bytes, call_seconds, l2_bytes, free_bytes)

    def _share(self, sizes: Sizes, count: int) -> None:
        """Make `count` sets of buffers, and graphs over them if the program can be captured."""
        self._map(Pool(sizes.tensors, self.session.torch_device, self.session.sharing, count))
        self._fill(count)
        if self.session.sharing == "staged":
            self.method = "eager"
        elif self.method == "graph":
            self.capture()

    def _map(self, pool: Pool) -> None:
        self.release()
        self.pool = pool
        inputs = drawn(self.challenge, self.case.shape, self.case.seed, self.session.torch_device)
        descriptors = [pool.descriptor] if pool.descriptor >= 0 else []
        description = pool.description(self.challenge.signature.names, inputs)
        self.runner.ask("map", self.session.seconds, descriptors, **description)

    def _rough_seconds(self) -> float:
        """The rough time of a call, good enough to choose K."""

        def least(count: int) -> float:
            times = []
            for _ in range(3):
                began = time.perf_counter()
                self.runner.ask("go", self.session.seconds, spin=True, count=count, method="eager")
                times.append(time.perf_counter() - began)
            return min(times)

        return max(least(1) - least(0), 1e-6)

    def capture(self) -> None:
        assert self.pool
        try:
            self.runner.ask("capture", self.session.seconds, counts=[self.pool.count // 4, self.pool.count])
        except Failure as failure:
            if failure.status not in ("runtime_error", "compile_error"):
                raise
            self.method = "eager"
            self.runner.ask(
                "go", self.session.seconds, count=1, method="eager"
            )  # raises if the program cannot run at all

    def release(self) -> None:
        """Take the buffers back. It may be called again."""
        self.runner.resume()
        self._refills.clear()
        if self.pool:
            with contextlib.suppress(Failure):
                self.runner.ask("unmap", self.session.seconds)
            self.pool.close()
            self.pool = None

    # -- a sample ---------------------------------------------------------------------------------

    def sample(self, method: Method | None = None) -> float:
        """The time of one call in microseconds, from a pass over K sets and one over K/4."""
        assert self.pool
        many, few = self.pool.count, self.pool.count // 4
        order = [many, few]
        random.shuffle(order)
        # The judge's own reference does not cheat, so it may have the longest moment.
        settle = settle_seconds(few, self._recent) if self.check else SETTLE_SECONDS
        times = {k: self._pass(k, method or self.method, settle) for k in order}
        taken = call_us(many, times[many], few, times[few])
        self._recent = [*self._recent, taken][-RECENT:]
        return taken

    def _pass(self, count: int, method: Method, settle: float) -> float:
        """Seconds from "go" until the judge holds a snapshot of the outputs of `count` sets.

        The runner is stopped before and after, so that it does not disturb the passes of other sides.
        """
        pool = self.pool
        assert pool
        self.runner.stop()
        self._fill(count)
        snapshot = Snapshot(pool, count)
        snapshot.take()  # the first use of its memory must not be timed
        torch.cuda.synchronize()
        self.runner.require_stopped()
        packet = self.runner.compose("go", count=count, method=method)
        self.runner.resume()
        _spin(settle)
        began = time.perf_counter()
        self.runner.post(packet)
        answer = self.runner.receive(self.session.seconds, spin=True)
        seen = snapshot.take()
        ended = time.perf_counter()
        self.runner.check(answer)
        seen = seen.clone()
        self.runner.stop()
        if self.check:
            self._verify(count, snapshot, seen)
        return ended - began

    def _fill(self, count: int) -> None:
        assert self.pool
        self._passes += 1
        if count not in self._refills:
            self._refills[count] = Refill(self.session, self.challenge, self.case, self.pool, count)
        self._refills[count](derive(self.case.seed, "pass", self._passes, self.check))
        self.pool.poison()
        torch.cuda.synchronize()

    def _verify(self, count: int, snapshot: "Snapshot", seen: Tensor) -> None:
        pool = self.pool
        assert pool
        if not torch.equal(seen, snapshot.take()):
            raise Failure("rule_violation", "outputs were still being written after the submission said done")
        timed = Remark(f"while timed: {self.case.name}")
        overrun = pool.broken_guard()
        if overrun:
            raise Failure("wrong_answer", overrun, timed)
        inputs_of = self._refills[count].inputs
        for k in random.sample(range(count), min(count, CHECKED_SETS)):
            inputs = inputs_of[k]
            changed = pool.changed_input(k, inputs)
            if changed:
                raise Failure("wrong_answer", changed, timed)
            got = pool.read(k)
            problem = _difference(expect_timed(self.challenge, inputs, self.errors), pool, got)
            if problem and not self._right_after_all(inputs, pool, got):
                told = Remark(f"right when checked, wrong when timed: {self.case.name}")
                raise Failure("rule_violation", told, problem)

    def _right_after_all(self, inputs: Inputs, pool: Pool, got: dict[str, Tensor]) -> bool:
        """Whether outputs that differ from the reference are right by the golden answer.

        The reference rounds too: where an answer cancels, two sums in float32 may differ by more than the
        error of either. In half precision the golden answer has the wider tolerance, so it is not used. It is
        used if the tolerance is the challenge's own, because that one is meant for the golden answer.
        """
        half = any(values.is_floating_point() and values.dtype.itemsize < 4 for values in got.values())
        if half and isinstance(self.challenge.acceptance, Derived):
            return False
        try:
            return not _difference(expect(self.challenge, inputs), pool, got)
        except (torch.OutOfMemoryError, MemoryError):
            return False


def _difference(expected: Expectation, pool: Pool, got: dict[str, Tensor]) -> Problem | None:
    """The first problem of the outputs of a set, None if there is none."""
    compared = expected.compare(got, {name: pool.unwritten(name, values) for name, values in got.items()})
    return next((c.problem for c in compared if c.problem), None)


def measure(
    sides: list[Side],
    budget: float,
    method: Method | None = None,
    tick: Callable[[int], None] = lambda n: None,
) -> list[Timing]:
    """Sample all sides in turn (A B A B), until each is precise or `budget` seconds are spent.

    `method` overrides what each side would use. Raises SideFailure if a side's outputs are wrong.
    """
    with _steady():
        for _ in range(WARM_UP):
            for side in sides:
                _sample(side, method)
        taken: list[list[float]] = [[] for _ in sides]
        began = time.perf_counter()
        for n in range(MOST_SAMPLES):
            for side, samples in zip(sides, taken, strict=True):
                samples.append(_sample(side, method))
            tick(n + 1)
            if enough(taken, time.perf_counter() - began, budget):
                break
    return [
        summary(samples, "staged" if side.session.sharing == "staged" else method or side.method)
        for side, samples in zip(sides, taken, strict=True)
    ]


def _sample(side: Side, method: Method | None) -> float:
    try:
        return side.sample(method)
    except Failure as failure:
        raise SideFailure(failure, side) from None


def _spin(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


@contextlib.contextmanager
def _steady() -> Iterator[None]:
    """Turn off garbage collection while times are taken."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
