"""The clock: how long one call takes, seen from a process that the submission cannot reach.

K independent sets of buffers. One pass, over k of them:

    stop the runner; write fresh inputs; poison the outputs; synchronize;
    continue the runner; t0; "go k"; ... "done"; copy sampled output elements into the judge's memory; t1

Between "continue" and t0 the runner has a moment to wake and to get the GPU back, for both take long, and
unevenly so. Who starts computing then gains nothing: the moment is shorter than the shorter pass, so the head
start is the same in both, and cancels too.

One sample is (T(K) - T(K/4)) / (K - K/4): what a pass costs besides the calls cancels. "done" alone earns
nothing: if it comes early, the snapshot holds poison and differs from what the buffers hold in the end. After
every pass some whole sets, chosen after the fact, are compared with the reference.
"""

import contextlib
import gc
import math
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from judge.buffers import Pool
from judge.challenge import Case, Inputs, TensorShape
from judge.compare import Expected, OwnError, compare, expect, expect_timed
from judge.inputs import derive
from judge.process import Runner
from judge.refill import Refill
from judge.setting import Setting
from judge.snapshot import Snapshot
from judge.verdict import Failure, Timing

CHECKED_SETS = 3  # whole sets compared after each pass
SETTLE_SECONDS = 0.0006  # at most, from "continue" to t0
STEADY_SECONDS = 0.0036  # of a pass over K sets: long against what is uneven, and room to settle
RECENT = 5  # samples; their median bounds the moment before t0
LONGEST_SECONDS = 0.05  # a pass should not be longer
COLD_L2 = 16  # the sets together, in L2 caches
MOST_SETS, FEWEST_SETS = 768, 4
WARM_UP = 2  # samples that do not count
FEWEST_SAMPLES, MOST_SAMPLES = 12, 400
PRECISE = 0.005  # half of the 95 % interval, as a fraction of the median

Method = Literal["graph", "eager"]


class SideFailure(Failure):
    """A failure while several sides were sampled, and whose it is."""

    def __init__(self, failure: Failure, side: "Side") -> None:
        super().__init__(failure.status, failure.message)
        self.side = side


@dataclass
class Side:
    """A program being timed: a runner that has loaded it, on a case of a challenge.

    `check` says whether its outputs are compared: a submission's are, those of the judge's own reference
    are not (it keeps its results elsewhere).
    """

    runner: Runner
    setting: Setting
    case: Case
    check: bool = True
    errors: dict[str, OwnError] = field(default_factory=dict)
    pool: Pool | None = None
    method: Method = "graph"
    _recent: list[float] = field(default_factory=list)  # the last samples, in microseconds
    _passes: int = 0
    _refills: dict[int, Refill] = field(default_factory=dict)

    def prepare(self, shapes: tuple[list[TensorShape], list[TensorShape]]) -> None:
        """Choose K, share the buffers, warm up, and capture, or settle for eager calls."""
        set_bytes = sum(t.bytes for ts in shapes for t in ts)
        self._map(Pool(*shapes, self.setting.torch_device, self.setting.how, 1))
        self._fill(1)
        self.runner.ask("call", self.setting.seconds)  # compiles and tunes
        count = _count(set_bytes, self._rough_seconds(), self.setting.torch_device)
        self._share(shapes, count)
        # An eager call takes longer than the same call in a graph: measured in one, more sets may be due.
        call_seconds = max(self.sample(), self.sample(), 0.1) * 1e-6
        more = _count(set_bytes, call_seconds, self.setting.torch_device)
        if more > 1.2 * count:
            self._share(shapes, more)

    def _share(self, shapes: tuple[list[TensorShape], list[TensorShape]], count: int) -> None:
        """Have `count` sets of buffers, and graphs over them if the program can be captured."""
        self._map(Pool(*shapes, self.setting.torch_device, self.setting.how, count))
        self._fill(count)
        if self.setting.how == "staged":
            self.method = "eager"
        elif self.method == "graph":
            self.capture()

    def _map(self, pool: Pool) -> None:
        self.release()
        self.pool = pool
        inputs = self.setting.challenge.draw(self.case.shape, self.case.seed, self.setting.torch_device)
        descriptors = [pool.descriptor] if pool.descriptor >= 0 else []
        self.runner.ask("map", self.setting.seconds, descriptors, **pool.description(inputs))

    def _rough_seconds(self) -> float:
        """About how long a call takes: good enough to choose K."""

        def least(count: int) -> float:
            times = []
            for _ in range(3):
                began = time.perf_counter()
                self.runner.ask("go", self.setting.seconds, spin=True, count=count, method="eager")
                times.append(time.perf_counter() - began)
            return min(times)

        return max(least(1) - least(0), 1e-6)

    def capture(self) -> None:
        assert self.pool
        try:
            self.runner.ask("capture", self.setting.seconds, counts=[self.pool.count // 4, self.pool.count])
        except Failure as failure:
            if failure.status not in ("runtime_error", "compile_error"):
                raise
            self.method = "eager"
            self.runner.ask(
                "go", self.setting.seconds, count=1, method="eager"
            )  # dead, or only uncapturable?

    def release(self) -> None:
        """Take the buffers back."""
        self.runner.resume()
        self._refills.clear()
        if self.pool:
            with contextlib.suppress(Failure):
                self.runner.ask("unmap", self.setting.seconds)
            self.pool.close()
            self.pool = None

    # -- a sample ---------------------------------------------------------------------------------

    def sample(self, method: Method | None = None) -> float:
        """The time of one call in microseconds, from a pass over K sets and one over K/4."""
        assert self.pool
        many, few = self.pool.count, self.pool.count // 4
        order = [many, few]
        random.shuffle(order)
        # The judge's own reference does not cheat, and may settle for as long as it takes.
        call = statistics.median(self._recent or [0.0]) * 1e-6 if self.check else math.inf
        settle = max(0.0, min(SETTLE_SECONDS, 0.9 * few * call))
        times = {k: self._pass(k, method or self.method, settle) for k in order}
        call_us = (times[many] - times[few]) / (many - few) * 1e6
        self._recent = [*self._recent, call_us][-RECENT:]
        return call_us

    def _pass(self, count: int, method: Method, settle: float) -> float:
        """Seconds from "go" until the judge holds a snapshot of the outputs of `count` sets.

        The runner stands still before and after: it is no burden on the other side's pass.
        """
        pool = self.pool
        assert pool
        self.runner.stop()
        self._fill(count)
        snapshot = Snapshot(pool, count)
        snapshot.take()  # the first touch of its memory stays outside
        torch.cuda.synchronize()
        self.runner.require_stopped()
        packet = self.runner.compose("go", count=count, method=method)
        self.runner.resume()
        _spin(settle)
        began = time.perf_counter()
        self.runner.post(packet)
        answer = self.runner.receive(self.setting.seconds, spin=True)
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
            self._refills[count] = Refill(self.setting, self.case, self.pool, count)
        self._refills[count](derive(self.case.seed, "pass", self._passes, self.check))
        self.pool.poison()
        torch.cuda.synchronize()

    def _verify(self, count: int, snapshot: "Snapshot", seen: Tensor) -> None:
        pool = self.pool
        assert pool
        if not torch.equal(seen, snapshot.take()):
            raise Failure("rule_violation", "outputs were still being written after the submission said done")
        where = pool.broken_guard()
        if where:
            raise Failure("wrong_answer", f"while timed, bytes were written {where}")
        inputs_of = self._refills[count].inputs
        for k in random.sample(range(count), min(count, CHECKED_SETS)):
            inputs = inputs_of[k]
            changed = pool.changed_input(k, inputs)
            if changed:
                raise Failure("wrong_answer", f"while timed, the input {changed} was changed")
            got = pool.read(k)
            message = _difference(expect_timed(self.setting.challenge, inputs, self.errors), pool, got)
            if message and not self._right_after_all(inputs, pool, got):
                raise Failure(
                    "rule_violation",
                    f"right when checked, wrong when timed: {self.case.name}\n{message}",
                )

    def _right_after_all(self, inputs: Inputs, pool: Pool, got: dict[str, Tensor]) -> bool:
        """Whether the golden answer allows what the reference's own rounding made look wrong.

        Where an answer cancels, two sums in float32 may differ by more than either errs. In half precision
        the golden answer's tolerance is the wider one, and is not asked.
        """
        if any(values.is_floating_point() and values.dtype.itemsize < 4 for values in got.values()):
            return False
        try:
            return not _difference(expect(self.setting.challenge, inputs), pool, got)
        except (torch.OutOfMemoryError, MemoryError):
            return False


def _difference(expected: list[Expected], pool: Pool, got: dict[str, Tensor]) -> str:
    """What is wrong with the outputs of a set, "" if nothing is."""
    compared = (compare(e, got[e.name], pool.unwritten(e.name, got[e.name])) for e in expected)
    return next((c.message for c in compared if c.message), "")


def _count(set_bytes: int, call_seconds: float, device: str) -> int:
    """K: many times the L2 cache and long against what is uneven, as memory and time allow.

    A set is in memory three times at the most: shared, as drawn, and as a reference's result.
    """
    properties = torch.cuda.get_device_properties(device)
    free, _ = torch.cuda.mem_get_info(device)
    cold = math.ceil(COLD_L2 * properties.L2_cache_size / max(set_bytes, 1))
    steady = math.ceil(STEADY_SECONDS / call_seconds)
    fitting = free // 8 // max(set_bytes, 1)
    quick = int(LONGEST_SECONDS / call_seconds)
    count = max(FEWEST_SETS, min(max(cold, steady), fitting, quick, MOST_SETS))
    return count // 4 * 4


def interval(samples: list[float]) -> tuple[float, float]:
    """The 95 % interval of the median, from order statistics; all samples if they are fewer than six.

    Source: Conover, "Practical Nonparametric Statistics", confidence interval for a quantile: the l-th
    smallest and l-th largest of n samples miss the median with probability 2 P(Binomial(n, 1/2) < l).
    """
    ordered = sorted(samples)
    n, place, missed = len(ordered), 0, 1
    while 2 * (missed + math.comb(n, place + 1)) <= 0.05 * 2**n:
        place += 1
        missed += math.comb(n, place)
    return ordered[place], ordered[n - 1 - place]


def summary(samples: list[float], method: str) -> Timing:
    """Median and interval of some samples, in microseconds."""
    low, high = interval(samples)
    median = statistics.median(samples)
    return Timing(round(median, 4), (round(low, 4), round(high, 4)), len(samples), method)  # type: ignore[arg-type]


def precise(samples: list[float]) -> bool:
    """Whether the interval of the median is within PRECISE of it on both sides."""
    if len(samples) < FEWEST_SAMPLES:
        return False
    low, high = interval(samples)
    median = statistics.median(samples)
    return max(high - median, median - low) <= PRECISE * abs(median)


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
            spent = time.perf_counter() - began
            if all(map(precise, taken)) or (spent > budget and n + 1 >= FEWEST_SAMPLES):
                break
            if spent > 10 * budget and n >= 2:  # calls of seconds: a few must do
                break
    return [
        summary(samples, "staged" if side.setting.how == "staged" else method or side.method)
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
    """No garbage collection inside a timed region."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
