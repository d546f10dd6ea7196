"""The replay clock: a player replays a recording on the judge's buffers and times it on the GPU.

A pass has n calls, on sets that are drawn anew from a pool:

    the player builds the chain; all sets of the pool get fresh inputs and poison, the program's own memory
    its contents, the L2 cache other data; "go"; the player answers with its time; copy sampled outputs;
    verify

Before a pass nothing in the GPU's memory tells how many calls it has, or on which sets. After it the sets
that were left out must hold their poison, and some whole sets of the others are compared.
"""

import math
import random
import statistics
import time
from dataclasses import dataclass, field

import torch
from torch import Tensor

from judge.challenges.protocol import Case, Challenge, Inputs, Sizes
from judge.challenges.rng import Rng, derive
from judge.engine.buffers import Pool
from judge.engine.memory import OwnMemory
from judge.engine.player import Player
from judge.engine.recordings import Held
from judge.errors import BadInput
from judge.judging.estimate import Pass
from judge.judging.expectation import Expectation, expect, expect_timed
from judge.judging.refill import Refill
from judge.judging.session import Session
from judge.judging.snapshot import Snapshot
from judge.judging.timed_answer import problem_of, wrong_when_timed
from judge.judging.tolerance import OwnError
from judge.protocol import messages
from judge.protocol.recording import Kernel, Recording, encode
from judge.verdict.diagnosis import Remark
from judge.verdict.failure import Failure

CHECKED_SETS = 3  # whole sets compared after each pass
KINDS = 4  # of inputs that a recording is judged on
PASS_US, LONGEST_US = 1500.0, 50_000.0  # a long pass takes at least, and at most
FEWEST_CALLS, MOST_CALLS = 4, 512
FLUSH = 2  # L2 caches of other data before a pass


@dataclass
class ReplaySide:
    """A recording that is timed, on a case of a challenge. `check` says whether its outputs are compared:
    those of the judge's own reference are not.
    """

    recording: Recording
    session: Session
    challenge: Challenge
    case: Case
    check: bool = True
    errors: dict[str, OwnError] = field(default_factory=dict)
    calls: int = 0  # of a long pass
    sides: int = 2  # that share the GPU's memory
    _sizes: Sizes | None = None
    _player: Player | None = None
    _pool: Pool | None = None
    _memory: OwnMemory | None = None
    _refill: Refill | None = None
    _snapshot: Snapshot | None = None
    _passes: int = 0

    @property
    def kernels(self) -> int:
        """The kernels of one call."""
        return sum(isinstance(node, Kernel) for node in self.recording.nodes)

    # -- setting up -------------------------------------------------------------------------------

    def prepare(self, sizes: Sizes) -> None:
        """Start a player, choose the number of calls, and judge the recording itself.

        Raises Failure, NotReplayable if the driver does not take it, and MemoryError.
        """
        self._sizes = sizes
        self._player = self.session.start_player()
        self.session.wait_ready(self._player)
        self.calls = 2 * FEWEST_CALLS
        self.allocate()
        stride = self._pool.stride if self._pool else 0
        with Held(encode(self.recording)) as held:
            self._player.take(held, stride, self.session.seconds)
        self._map()
        if self.check:
            self._judge_recording()
        self.calls = self._calls_for(sizes, self._rough_us())

    def allocate(self) -> None:
        """Give the sets and the program's own memory new places, which the player maps from the second time on."""
        assert self._sizes
        mapped = self._pool is not None
        self._give_back()
        left_out = max(2, self.calls // 4)
        self._pool = Pool(self._sizes.tensors, self.session.torch_device, "ipc", self.calls + left_out)
        self._memory = OwnMemory(self.recording.memory, self.session.torch_device)
        self._refill = Refill(self.session, self.challenge, self.case, self._pool, self._pool.count)
        self._snapshot = Snapshot(self._pool, self._pool.count)
        if mapped:
            self._map()

    def _map(self) -> None:
        assert self._player and self._pool and self._memory
        told = self._player.ask(
            "map",
            self.session.seconds,
            handle=self._pool.handle,
            stride=self._pool.stride,
            memory=self._memory.rows,
        )
        self._memory.settle(messages.number(told, "base"))
        self._fill()

    def _give_back(self) -> None:
        self._refill = self._snapshot = None
        if self._player and self._pool and self._player.process.poll() is None:
            self._player.ask("unmap", self.session.seconds)
        if self._pool:
            self._pool.close()
        if self._memory:
            self._memory.close()
        self._pool = self._memory = None

    def release(self) -> None:
        """End the player and give all memory back. It may be called again."""
        if self._player:
            self._player.close()  # with its kernels
            self._player = None
        self._give_back()

    def _rough_us(self) -> float:
        few, many = FEWEST_CALLS, 2 * FEWEST_CALLS
        slopes = [(self.run(many).us - self.run(few).us) / (many - few) for _ in range(3)]
        return max(statistics.median(slopes), 0.5)

    def _calls_for(self, sizes: Sizes, call_us: float) -> int:
        """The calls of a long pass: long compared with what varies, as far as memory and time allow."""
        free, _ = torch.cuda.mem_get_info(self.session.torch_device)
        fitting = int(0.6 * free / self.sides / max(1.3 * sizes.bytes, 1))
        wanted = max(4 * FEWEST_CALLS, math.ceil(PASS_US / call_us))
        return max(FEWEST_CALLS, min(wanted, MOST_CALLS, fitting, int(LONGEST_US / call_us)))

    # -- a pass -----------------------------------------------------------------------------------

    def run(self, calls: int, special: Inputs | None = None) -> Pass:
        """A pass. With `special` inputs, its one call gets these, and must be right at full tolerance.

        Raises Failure if an output is wrong.
        """
        pool, player, snapshot, memory = self._pool, self._player, self._snapshot, self._memory
        assert pool and player and snapshot and memory
        sets = random.sample(range(pool.count), calls)
        player.ask("prepare", self.session.seconds, sets=sets)
        # Without a call nothing of the submission runs. Our own reference does not look at what is there.
        if calls and (self.check or any(t.is_read and t.is_written for t in pool.tensors)):
            self._fill()
            if special is not None:
                pool.write(sets[0], special)
        memory.restore()
        self.session.flush_l2(FLUSH)
        snapshot.take()  # the first use of its memory must not be timed
        torch.cuda.synchronize()
        packet = player.compose("go")
        began = time.perf_counter()
        player.post(packet)
        answer = player.receive(self.session.seconds, spin=True)
        seen = snapshot.take()
        ended = time.perf_counter()
        us = player.read_us(answer)
        if self.check and calls:
            self._verify(sets, seen.clone(), special)
        return Pass(calls, us, (ended - began) * 1e6)

    def _fill(self) -> None:
        assert self._pool and self._refill
        self._passes += 1
        self._refill(derive(self.case.seed, "replay", self._passes, self.check))
        self._pool.poison()

    def _verify(self, sets: list[int], seen: Tensor, special: Inputs | None) -> None:
        pool, refill, snapshot = self._pool, self._refill, self._snapshot
        assert pool and refill and snapshot
        timed = Remark(f"while timed: {self.case.name}")
        if not torch.equal(seen, snapshot.take()):
            raise Failure("rule_violation", "outputs were still being written after the pass had ended")
        overrun = pool.broken_guard()
        if overrun:
            raise Failure("wrong_answer", overrun, timed)
        left_out = [k for k in range(pool.count) if k not in set(sets)]
        touched = pool.touched(left_out)
        if touched:
            what = f"{touched} was written in a set of buffers that no call was given"
            raise Failure("rule_violation", Remark(what), timed)
        for k in [*random.sample(sets, min(len(sets), CHECKED_SETS)), random.choice(left_out)]:
            inputs = special if special is not None and k == sets[0] else refill.inputs[k]
            changed = pool.changed_input(k, inputs)
            if changed:
                raise Failure("wrong_answer", changed, timed)
            if k in left_out:
                continue
            got = pool.read(k)
            unwritten = {name: pool.unwritten(name, values) for name, values in got.items()}
            if special is not None:
                problem = problem_of(self._golden(inputs), got, unwritten)
            else:
                problem = wrong_when_timed(self.challenge, inputs, self.errors, got, unwritten)
            if problem:
                told = Remark(f"right when checked, wrong when replayed: {self.case.name}")
                raise Failure("rule_violation", told, problem)

    # -- the recording itself ---------------------------------------------------------------------

    def _judge_recording(self) -> None:
        """Judge the recording on every kind of values that the challenge tests, at full tolerance: nothing
        lazier may have been recorded than was checked.
        """
        usual = self._draw({})
        assert usual is not None
        scalars = {n: v for n, v in usual.items() if not isinstance(v, Tensor)}
        kinds = self._kinds()
        for kind in [{}, *random.sample(kinds, min(len(kinds), KINDS))]:
            inputs = self._draw(kind)
            same = inputs and all(inputs.get(n) == v for n, v in scalars.items())
            if inputs and same and _same_shapes(inputs, usual):
                self.run(1, special=inputs)

    def _kinds(self) -> list[dict[str, object]]:
        """What the challenge's test cases have beyond sizes: large values, cancelling ones, infinities."""
        found = []
        for shape in self.challenge.test_shapes:
            kind = {key: value for key, value in shape.items() if key not in self.case.shape}
            if kind and kind not in found:
                found.append(kind)
        return found

    def _draw(self, kind: dict[str, object]) -> Inputs | None:
        """Inputs of one kind at the recorded shape; None if the challenge has none."""
        rng = Rng(self.case.seed, self.session.torch_device)
        rng.reseed(derive(self.case.seed, "kind", self._passes, str(kind)))
        try:
            return self.challenge.draw(rng, self.case.shape | kind)
        except (BadInput, torch.OutOfMemoryError):
            return None

    def _golden(self, inputs: Inputs) -> Expectation:
        try:
            return expect(self.challenge, inputs)
        except (torch.OutOfMemoryError, MemoryError):
            torch.cuda.empty_cache()
            return expect_timed(self.challenge, inputs, self.errors)


def _same_shapes(one: Inputs, other: Inputs) -> bool:
    """Whether two inputs have tensors of the same shapes and dtypes."""
    tensors = [(a, b) for a, b in zip(one.values(), other.values(), strict=True) if isinstance(a, Tensor)]
    return all((a.shape, a.dtype) == (b.shape, b.dtype) for a, b in tensors)
