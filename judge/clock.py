"""The clock: how long one call takes, seen from a process that the submission cannot reach.

K independent sets of buffers. One pass, over k of them:

    stop the runner; write fresh inputs; poison the outputs; synchronize;
    continue the runner; t0; "go k"; ... "done"; copy sampled output elements into the judge's memory; t1

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

from judge.buffers import How, Pool
from judge.challenge import Case, Challenge, Inputs, TensorShape
from judge.compare import compare, expect_timed
from judge.inputs import derive
from judge.process import Runner
from judge.verdict import Failure, Timing

SNAPSHOT = 4096  # output elements copied inside the timed region
CHECKED_SETS = 3  # whole sets compared after each pass
PASS_SECONDS = 0.05  # the longest that a pass over K sets should take
COLD_L2 = 16  # the sets together, in L2 caches
MOST_SETS, FEWEST_SETS = 128, 4
WARM_UP = 2  # samples that do not count
FEWEST_SAMPLES, MOST_SAMPLES = 12, 400
PRECISE = 0.005  # half of the 95 % interval, as a fraction of the median

Method = Literal["graph", "eager"]


@dataclass
class Side:
    """A program being timed: a runner that has loaded it, on a case of a challenge.

    `check` says whether its outputs are compared: a submission's are, those of the judge's own reference
    are not (it keeps its results elsewhere).
    """

    runner: Runner
    challenge: Challenge
    case: Case
    device: str
    how: How
    seconds: float
    check: bool = True
    ratios: dict[str, float] = field(default_factory=dict)
    pool: Pool | None = None
    method: Method = "graph"
    samples: list[float] = field(default_factory=list)
    _passes: int = 0

    def prepare(self, shapes: tuple[list[TensorShape], list[TensorShape]]) -> None:
        """Choose K, share the buffers, warm up, and capture, or settle for eager calls."""
        set_bytes = sum(t.bytes for ts in shapes for t in ts)
        self._map(Pool(*shapes, self.device, self.how, 1))
        assert self.pool
        self._fill(1)
        self.runner.ask("call", self.seconds)  # compiles and tunes
        began = time.perf_counter()
        self.runner.ask("call", self.seconds)
        count = _count(set_bytes, time.perf_counter() - began, self.device)
        inputs, outputs = shapes
        self._map(Pool(inputs, outputs, self.device, self.how, count))
        self._fill(count)
        if self.how == "staged":
            self.method = "eager"
        else:
            self.capture()

    def _map(self, pool: Pool) -> None:
        self.release()
        self.pool = pool
        inputs = self.challenge.draw(self.case.shape, self._seed(0), self.device)
        descriptors = [pool.descriptor] if pool.descriptor >= 0 else []
        self.runner.ask("map", self.seconds, descriptors, **pool.description(inputs))

    def capture(self) -> None:
        assert self.pool
        try:
            self.runner.ask("capture", self.seconds, counts=[self.pool.count // 4, self.pool.count])
        except Failure as failure:
            if failure.status not in ("runtime_error", "compile_error"):
                raise
            self.method = "eager"
            self.runner.ask("go", self.seconds, count=1, method="eager")  # dead, or only uncapturable?

    def release(self) -> None:
        """Take the buffers back."""
        self.runner.resume()
        if self.pool:
            with contextlib.suppress(Failure):
                self.runner.ask("unmap", self.seconds)
            self.pool.close()
            self.pool = None

    # -- a sample ---------------------------------------------------------------------------------

    def sample(self, method: Method | None = None) -> float:
        """The time of one call in microseconds, from a pass over K sets and one over K/4."""
        assert self.pool
        many, few = self.pool.count, self.pool.count // 4
        order = [many, few]
        random.shuffle(order)
        times = {k: self._pass(k, method or self.method) for k in order}
        return (times[many] - times[few]) / (many - few) * 1e6

    def _pass(self, count: int, method: Method) -> float:
        """Seconds from "go" until the judge holds a snapshot of the outputs of `count` sets.

        The runner stands still before and after: it is no burden on the other side's pass.
        """
        pool = self.pool
        assert pool
        self.runner.stop()
        self._fill(count)
        snapshot = _Snapshot(pool, count)
        snapshot.take()  # the first touch of its memory stays outside
        torch.cuda.synchronize()
        self.runner.resume()
        began = time.perf_counter()
        self.runner.send("go", count=count, method=method)
        self.runner.wait_done(self.seconds, spin=True)
        seen = snapshot.take()
        ended = time.perf_counter()
        self.runner.stop()
        if self.check:
            self._verify(count, snapshot, seen)
        return ended - began

    def _fill(self, count: int) -> None:
        assert self.pool
        self._passes += 1
        for k in range(count):
            self.pool.write(k, self._inputs(k))
        self.pool.poison()
        torch.cuda.synchronize()

    def _seed(self, k: int) -> int:
        return derive(self.case.seed, "pass", self._passes, "set", k, "checked", self.check)

    def _inputs(self, k: int) -> Inputs:
        return self.challenge.draw(self.case.shape, self._seed(k), self.device)

    def _verify(self, count: int, snapshot: "_Snapshot", seen: Tensor) -> None:
        pool = self.pool
        assert pool
        if not torch.equal(seen, snapshot.take()):
            raise Failure("rule_violation", "outputs were still being written after the submission said done")
        where = pool.broken_guard()
        if where:
            raise Failure("wrong_answer", f"while timed, bytes were written {where}")
        for k in random.sample(range(count), min(count, CHECKED_SETS)):
            inputs = self._inputs(k)
            changed = pool.changed_input(k, inputs)
            if changed:
                raise Failure("wrong_answer", f"while timed, the input {changed} was changed")
            got = pool.read(k)
            for expected in expect_timed(self.challenge, inputs, self.ratios):
                name = expected.name
                result = compare(expected, got[name], lambda v, n=name: pool.unwritten(n, v))  # type: ignore[misc]
                if result.message:
                    raise Failure(
                        "rule_violation",
                        f"right when checked, wrong when timed: {self.case.name}\n{result.message}",
                    )


class _Snapshot:
    """Some output elements at random places of the first `count` sets of a pool."""

    def __init__(self, pool: Pool, count: int) -> None:
        places = []
        outputs = [t for t in pool.outputs if t.elements]
        for tensor in outputs:
            n = max(1, SNAPSHOT // len(outputs))
            sets = torch.randint(0, count, (n, 1))
            elements = torch.randint(0, tensor.elements, (n, 1))
            size = tensor.dtype.itemsize
            first = sets * pool.stride + pool.offsets[tensor.name] + elements * size
            places.append((first + torch.arange(size)).reshape(-1))
        self._memory = pool.memory.view(-1)
        self._places = torch.cat(places).to(self._memory.device)
        self._gathered = torch.empty(len(self._places), dtype=torch.uint8, device=self._memory.device)

    def take(self) -> Tensor:
        """The elements' bytes now, in the judge's own CPU memory."""
        torch.index_select(self._memory, 0, self._places, out=self._gathered)
        return self._gathered.cpu()


def _count(set_bytes: int, call_seconds: float, device: str) -> int:
    """K: many times the L2 cache, within a quarter of the free memory and within PASS_SECONDS."""
    properties = torch.cuda.get_device_properties(device)
    free, _ = torch.cuda.mem_get_info(device)
    cold = max(16, math.ceil(COLD_L2 * properties.L2_cache_size / max(set_bytes, 1)))
    fitting = free // 4 // max(set_bytes, 1)
    quick = int(PASS_SECONDS / max(call_seconds, 1e-6))
    count = max(FEWEST_SETS, min(cold, fitting, quick, MOST_SETS))
    return count // 4 * 4


def interval(samples: list[float]) -> tuple[float, float]:
    """The 95 % interval of the median, from order statistics.

    Source: Conover, "Practical Nonparametric Statistics", confidence interval for a quantile.
    """
    ordered = sorted(samples)
    n = len(ordered)
    reach = 1.96 * math.sqrt(n) / 2
    low = max(0, math.floor(n / 2 - reach) - 1)
    high = min(n - 1, math.ceil(n / 2 + reach))
    return ordered[low], ordered[high]


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

    `method` overrides what each side would use. Raises Failure if a side's outputs are wrong.
    """
    with _steady():
        for _ in range(WARM_UP):
            for side in sides:
                side.sample(method)
        taken: list[list[float]] = [[] for _ in sides]
        began = time.perf_counter()
        for n in range(MOST_SAMPLES):
            for side, samples in zip(sides, taken, strict=True):
                samples.append(side.sample(method))
            tick(n + 1)
            spent = time.perf_counter() - began
            if all(map(precise, taken)) or (spent > budget and n + 1 >= FEWEST_SAMPLES):
                break
            if spent > 10 * budget and n >= 2:  # calls of seconds: a few must do
                break
    return [
        summary(samples, "staged" if side.how == "staged" else method or side.method)
        for side, samples in zip(sides, taken, strict=True)
    ]


@contextlib.contextmanager
def _steady() -> Iterator[None]:
    """No garbage collection inside a timed region."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
