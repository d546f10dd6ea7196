"""Decides whether a pass of replayed calls was right: what was written, where, and by how many."""

import secrets
from dataclasses import dataclass, field

import torch
from torch import Tensor

from judge.challenges.protocol import Case, Challenge, Inputs
from judge.engine.buffers import Pool, identical
from judge.judging.expectation import Expectation, expect, expect_timed
from judge.judging.kinds import Special
from judge.judging.timed_answer import problem_of, wrong_when_timed
from judge.judging.tolerance import Errors
from judge.verdict.diagnosis import ChangedInput, Problem, Remark
from judge.verdict.failure import Failure

_random = secrets.SystemRandom()


@dataclass
class PassCheck:
    """The check of a pass over a pool whose sets were filled with `inputs`. `answers` has what is expected of
    some of them, by their id. It gets what is computed, if this is to be `kept`.
    """

    challenge: Challenge
    case: Case
    errors: Errors
    pool: Pool
    inputs: list[Inputs]
    answers: dict[int, Expectation] = field(default_factory=dict)
    kept: bool = False

    def check(self, sets: list[int], compared: list[int], special: Special | None) -> None:
        """Raises Failure unless the calls on `sets` wrote right outputs, and nothing else was written.

        The sets `compared` are looked at as a whole. The last set of the pass had `special` inputs, if there
        are such: it must be right by the golden answer.
        """
        timed = Remark(f"while timed: {self.case.name}")
        overrun = self.pool.broken_guard()
        if overrun:
            raise Failure("wrong_answer", overrun, timed)
        left_out = sorted(set(range(self.pool.count)) - set(sets))
        touched = self.pool.touched(left_out)
        if touched:
            what = f"{touched} was written in a set of buffers that no call was given"
            raise Failure("rule_violation", Remark(what), timed)
        self._require_written(sets, special, timed)
        self._require_as_it_was(_random.choice(left_out), timed)
        for k in compared:
            self._compare(k, special if k == sets[-1] else None, timed)

    def _require_written(self, sets: list[int], special: Special | None, timed: Remark) -> None:
        """Each call must have written its outputs. A right answer may be equal to the poison, above all in a
        narrow dtype: then it must be right as a whole.
        """
        untouched = self.pool.untouched(sets)
        for k in sets if untouched else ():
            if self.pool.untouched([k]):
                try:
                    self._compare(k, special if k == sets[-1] else None, timed)
                except Failure:
                    told = Remark(f"{untouched} was not written by one of the calls")
                    raise Failure("rule_violation", told, timed) from None

    def _require_as_it_was(self, k: int, timed: Remark) -> None:
        """A set that was left out must be as it was, also a tensor that is read and written."""
        changed = self.pool.changed_input(k, self.inputs[k])
        for tensor in self.pool.tensors:
            if tensor.is_read and tensor.is_written and not changed:
                held = self.pool.view(k, tensor)
                same = identical(held, self.inputs[k][tensor.name].to(held.device))
                changed = None if same else ChangedInput(tensor.name)
        if changed:
            raise Failure("rule_violation", changed, timed)

    def _compare(self, k: int, special: Special | None, timed: Remark) -> None:
        inputs = self.inputs[k] if special is None else special.inputs
        changed = self.pool.changed_input(k, inputs)
        if changed:
            raise Failure("wrong_answer", changed, timed)
        got = self.pool.read(k)
        unwritten = {name: self.pool.unwritten(name, values) for name, values in got.items()}
        if special is None:
            expected = self.answers.get(id(inputs)) or expect_timed(self.challenge, inputs, self.errors)
            if self.kept:
                self.answers[id(inputs)] = expected
            problem = wrong_when_timed(self.challenge, inputs, self.errors, got, unwritten, expected)
        else:
            problem = self._wrong_by_golden(special, got, unwritten)
        if problem:
            told = Remark(f"right when checked, wrong when replayed: {self.case.name}")
            raise Failure("rule_violation", told, problem)

    def _wrong_by_golden(
        self, special: Special, got: dict[str, Tensor], unwritten: dict[str, Tensor]
    ) -> Problem | None:
        """What is wrong by the golden answer: at full tolerance for usual values. Other kinds are tested at
        other sizes, where they may ask for less.
        """
        expected = special.expected = special.expected or self._golden(special.inputs)
        if not special.usual:
            if not expected.is_fair:
                return None  # not even PyTorch can do it at this size
            expected = expected.at_another_size()
        return problem_of(expected, got, unwritten)

    def _golden(self, inputs: Inputs) -> Expectation:
        """The golden answer; the reference's own where that takes too much memory."""
        try:
            return expect(self.challenge, inputs)
        except (torch.OutOfMemoryError, MemoryError):
            torch.cuda.empty_cache()
            return expect_timed(self.challenge, inputs, self.errors)
