"""The replay clock: a player replays a recording on the judge's buffers and times it on the GPU.

A pass has n calls, on sets that are drawn anew from a pool:

    the player builds the chain; all sets of the pool get fresh inputs and poison, the program's own memory
    its contents, the L2 cache other data; "go"; the player answers with its time; copy sampled outputs;
    verify

Before a pass nothing in the GPU's memory tells how many calls it has, or on which sets. After it the sets
that were left out must hold their poison, and some whole sets of the others are compared.
"""

import math
import secrets
import statistics
import time
from dataclasses import dataclass, field

import torch

from judge.challenges.protocol import Case, Challenge, Sizes
from judge.challenges.rng import derive
from judge.engine.buffers import layout
from judge.engine.player import SETUP_SECONDS, Player
from judge.engine.recordings import Held
from judge.judging.compared_sets import compared, telling
from judge.judging.estimate import Pass
from judge.judging.expectation import expect
from judge.judging.kinds import Kinds, Special
from judge.judging.pass_check import PassCheck
from judge.judging.pass_length import (
    FEWEST_CALLS,
    FIRST_LENGTH,
    LONGEST_US,
    USUAL_CALLS,
    Length,
    length_of,
)
from judge.judging.place import Place
from judge.judging.refill import SLOW_SECONDS, Drawn
from judge.judging.session import PLAYER_BYTES, Session
from judge.judging.timed_answer import problem_of, wrong_when_timed
from judge.judging.tolerance import Errors
from judge.judging.work import makers_of, work_of
from judge.protocol import messages
from judge.protocol.recording import Kernel, Recording, encode
from judge.verdict.failure import Failure
from judge.verdict.verdict import Work

WEIGH_SECONDS = 10.0
MOST_COLD = 4  # kernels: else many idle ones would hide much
FLUSH = 2  # L2 caches of other data before a pass
_random = secrets.SystemRandom()


@dataclass
class ReplaySide:
    """A recording that is timed, on a case of a challenge. `check` says whether its outputs are compared:
    those of the judge's own reference are not. `drawn` may be shared by all sides of a case.
    """

    recording: Recording
    session: Session
    challenge: Challenge
    case: Case
    check: bool = True
    errors: Errors = field(default_factory=dict)
    drawn: Drawn | None = None
    length: Length = FIRST_LENGTH  # of a long pass
    own_bytes: int = 0  # of the GPU's memory that the program takes for itself
    rough_us: float = 0.0  # the time of a call, while the number of calls is chosen
    sides: int = 2  # that share the GPU's memory
    _sizes: Sizes | None = None
    _player: Player | None = None
    _place: Place | None = None
    _kinds: Kinds | None = None
    _call_seconds: float = math.inf  # the least that a call took, by the judge's own clock
    _passes: int = 0
    _sets: list[int] = field(default_factory=list)  # of the last pass

    @property
    def calls(self) -> int:
        """The calls of a long pass."""
        return self.length.calls

    @property
    def kernels(self) -> int:
        """The different kernels of one call, of which each has a cold start; not more than a few count."""
        kernels = {(n.image, n.name) for n in self.recording.nodes if isinstance(n, Kernel)}
        return min(len(kernels), MOST_COLD)

    @property
    def _is_refilled(self) -> bool:
        """Whether each pass gets fresh inputs. Our own reference does not look at what is there."""
        assert self._sizes
        return self.check or any(t.is_read and t.is_written for t in self._sizes.tensors)

    def load(self, sizes: Sizes) -> None:
        """Start a player that loads the recording. Raises Failure, NotReplayable if the driver does not take
        it, and MemoryError.
        """
        torch.cuda.empty_cache()  # what PyTorch keeps for later, players cannot have
        self._sizes, self._player = sizes, self.session.start_player()
        _, _, stride = layout(sizes.tensors)
        with Held(encode(self.recording)) as held:
            self._player.take(held, stride, SETUP_SECONDS)

    def prepare(self, sizes: Sizes) -> None:
        """Have a player with the recording, and judge the recording itself.

        Raises Failure, NotReplayable if the driver does not take it, and MemoryError.
        """
        if not self._player:
            self.load(sizes)
        self.allocate()
        before = self._free_bytes()
        self.run(1)
        # A kernel with much local memory takes it when it is first launched, and no recording has it. What
        # the next player takes meanwhile does not count.
        taken = before - self._free_bytes() - PLAYER_BYTES
        self.own_bytes = self.recording.own_bytes + max(taken, 0)
        if self.check:
            self._kinds = Kinds(self.challenge, self.case, self.session.torch_device)
        self.judge_recording()

    def judge_recording(self) -> None:
        """Judge the recording on all kinds of values: nothing lazier may have been recorded than was checked.
        The call that gets them is one among others.
        """
        allowed = min(1.0, FEWEST_CALLS * self.session.seconds / self.calls)
        most = self.calls if self._call_seconds < allowed else FEWEST_CALLS
        for special in self._kinds.all() if self._kinds else ():
            self.run(_random.randint(1, most), special)
            del special  # while the next one is drawn

    def judge_again(self) -> None:
        """Judge the recording on one kind, in a pass like those that are timed: it may get lazier later."""
        if self._kinds:
            self.run(_random.randint(1, self.calls), self._kinds.next())

    def allocate(self) -> None:
        """Give the sets and the program's own memory a new place."""
        assert self._sizes and self._player
        self.rest()
        self.drawn = self.drawn or Drawn(self.session, self.challenge, self.case)
        self._place = Place(
            self.session.torch_device,
            self._sizes,
            self.recording.memory,
            self.calls,
            self._is_refilled,
            self.drawn,
        )
        told = self._player.ask("map", SETUP_SECONDS, **self._place.map)
        self._place.memory.settle(messages.number(told, "base"))
        self._place.pool.poison()

    def is_right(self) -> bool:
        """Whether a replayed program of ours does what it shall: it runs, and what it leaves in the outputs
        is right. A program may also leave its results elsewhere.
        """
        try:
            self.run(FEWEST_CALLS)
        except Failure:
            return False
        assert self._place
        pool, inputs_of = self._place.pool, self._place.refill.inputs
        k = self._sets[0]  # one that a call was given
        got = pool.read(k)
        unwritten = {name: pool.unwritten(name, values) for name, values in got.items()}
        # A baseline may give only the first outputs, and leave others elsewhere.
        given = {name: values for name, values in got.items() if not bool(unwritten[name].all())}
        if not given or not wrong_when_timed(self.challenge, inputs_of[k], self.errors, given, unwritten):
            return True
        # It may round otherwise than the reference does: the golden answer decides.
        try:
            return not problem_of(expect(self.challenge, inputs_of[k]), given, unwritten)
        except (torch.OutOfMemoryError, MemoryError):
            return False

    def rest(self) -> None:
        """Give all memory back, and keep the player."""
        if self._place:
            if self._player and self._player.process.poll() is None:
                self._player.ask("unmap", SETUP_SECONDS)
            self._place.close()
            self._place = None

    def kill(self) -> None:
        """Kill the player, without waiting for its end."""
        if self._player:
            self._player.kill()

    def release(self) -> None:
        """End the player and give all memory back. It may be called again."""
        if self._player:
            self._player.close()  # with its kernels
            self._player = None
        self._kinds = self.drawn = None
        self.rest()

    def estimate_roughly(self) -> None:
        """Set the rough time of a call, once. Raises Failure if an output is wrong."""
        if self.rough_us:
            return
        self.rough_us = self.run(1).us - self.run(0).us
        if self.rough_us > LONGEST_US / USUAL_CALLS:
            return  # what a pass costs beside its calls is nothing then
        few, many = FEWEST_CALLS, 2 * FEWEST_CALLS
        slopes = [(self.run(many).us - self.run(few).us) / (many - few) for _ in range(3)]
        self.rough_us = max(statistics.median(slopes), 0.5)

    def choose_calls(self, call_us: float) -> None:
        """Choose the calls of a long pass. `call_us` is the time of a call of a program of ours, if there is
        one.
        """
        assert self._sizes
        of_a_call = max(1.3 * self._sizes.bytes, 1) * self.sides / 0.6
        nodes, edges = len(self.recording.nodes), len(self.recording.edges)
        free = self._free_bytes()
        self.length = length_of(call_us, self.rough_us, nodes, edges, of_a_call, free, self.own_bytes)

    def _free_bytes(self) -> int:
        torch.cuda.empty_cache()  # what PyTorch keeps for later is free
        free, _ = torch.cuda.mem_get_info(self.session.torch_device)
        return int(free)

    def weigh(self) -> Work | None:
        """What did the work of a call; None if that cannot be told, as kernels may wait for one another."""
        makers = makers_of(self.recording)
        weights = [1.0] * len(makers)
        if len({maker for _, maker in makers}) > 1:  # else there is nothing to weigh
            try:
                assert self._player
                weights = self._player.weigh(0, len(makers), min(self.session.seconds, WEIGH_SECONDS))
            except Failure:
                return None
        return work_of((*each, us) for each, us in zip(makers, weights, strict=True))

    def run(self, calls: int, special: Special | None = None) -> Pass:
        """A pass. Its last call gets the `special` inputs, if there are some, and must be right by the golden
        answer.

        Raises Failure if an output is wrong.
        """
        place, player = self._place, self._player
        assert place and player
        pool, late = place.pool, place.late
        sets = _random.sample(range(pool.count), calls)
        self._sets = sets
        player.send("prepare", sets=sets, late=late.choose(sets))
        # Without a call nothing of the submission runs.
        if calls and self._is_refilled:
            self._fill(telling(sets, late.sets, special is not None))
            if special is not None:
                pool.write(sets[-1], special.inputs)
        player.wait_done(SETUP_SECONDS)
        late.take_away()
        place.memory.restore()
        self.session.flush_l2(FLUSH)
        place.snapshot.take()  # the first use of its memory must not be timed
        torch.cuda.synchronize()
        packet = player.compose("go")
        began = time.perf_counter()
        player.post(packet)
        answer = player.receive(self._seconds_allowed(calls), spin=True)
        place.snapshot.take()
        ended = time.perf_counter()
        us = player.read_us(answer)
        late.give_back()
        if self.check and calls:
            self._check(place, special)
        if calls:
            self._call_seconds = min(self._call_seconds, (ended - began) / calls)
        return Pass(calls, us, (ended - began) * 1e6)

    def _seconds_allowed(self, calls: int) -> float:
        """The first call may take as long as the user allows for one, others not much longer than the fastest
        so far, and all together as long as a few calls may.
        """
        longer = 0.0 if math.isinf(self._call_seconds) else 4 * calls * self._call_seconds
        return self.session.seconds + min(longer, FEWEST_CALLS * self.session.seconds)

    def _fill(self, compared: list[int]) -> None:
        assert self._place
        self._passes += 1
        self._place.fill(derive(self.case.seed, "replay", self._passes, self.check), compared)

    def _check(self, place: Place, special: Special | None) -> None:
        place.snapshot.require_same("the pass had ended")
        assert self.drawn
        inputs, answers, slow = place.refill.inputs, self.drawn.answers, bool(self.drawn.is_slow)
        known = {k for k in self._sets if id(inputs[k]) in answers} if slow else None
        sets = compared(self._sets, place.late.sets, special is not None, known)
        look = PassCheck(self.challenge, self.case, self.errors, place.pool, inputs, answers, kept=slow)
        began = time.monotonic()
        look.check(self._sets, sets, special)
        place.snapshot.require_same("the pass had ended")  # what was judged is what was there then
        if special and self._kinds and time.monotonic() - began > SLOW_SECONDS:
            self._kinds.keep(special)
