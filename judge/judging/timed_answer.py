"""Decides whether the outputs of a timed call are right."""

import torch
from torch import Tensor

from judge.challenges.protocol import Challenge, Derived, Inputs
from judge.judging.expectation import Expectation, expect, expect_timed
from judge.judging.tolerance import Errors
from judge.verdict.diagnosis import Problem


def wrong_when_timed(
    challenge: Challenge,
    inputs: Inputs,
    errors: Errors,
    got: dict[str, Tensor],
    unwritten: dict[str, Tensor],
    expected: Expectation | None = None,
) -> Problem | None:
    """What is wrong with the outputs of a timed call, None if nothing is. `expected` is what `expect_timed`
    gives, if that is known.

    They are compared with the reference, which rounds too: where an answer cancels, two sums in float32 may
    differ by more than the error of either. So outputs that differ from it may still be right by the golden
    answer. In half precision that has the wider tolerance, so it is not used. It is used if the tolerance is
    the challenge's own, because that one is meant for the golden answer.
    """
    problem = problem_of(expected or expect_timed(challenge, inputs, errors), got, unwritten)
    half = any(values.is_floating_point() and values.dtype.itemsize < 4 for values in got.values())
    if not problem or (half and isinstance(challenge.acceptance, Derived)):
        return problem
    try:
        return problem if problem_of(expect(challenge, inputs), got, unwritten) else None
    except (torch.OutOfMemoryError, MemoryError):
        return problem


def problem_of(expected: Expectation, got: dict[str, Tensor], unwritten: dict[str, Tensor]) -> Problem | None:
    """The first problem of some outputs, None if there is none."""
    return next((c.problem for c in expected.compare(got, unwritten) if c.problem), None)
