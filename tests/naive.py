"""Judges as people write them first, each for some of the files in tests/adversaries to beat.

TRITON_INTERPRET=1 python tests/naive.py JUDGE CHALLENGE FILE

A judge runs the submission in its own process, on the CPU, and ends with a line "accepted" or "refused: ...".
Each takes an honest file, and refuses one that is plainly wrong.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from judge.challenges.finding import find_challenge
from judge.challenges.protocol import Case, Challenge, Inputs
from judge.challenges.rng import Rng

SEED = 7
MOST_ELEMENTS, MOST_CASES = 40_000, 10
Solve = Callable[..., object]
Verdict = str  # "" if accepted, else what is wrong


def drawn(challenge: Challenge, case: Case) -> Inputs:
    return challenge.draw(Rng(case.seed, "cpu"), case.shape)


def small_cases(challenge: Challenge) -> list[Case]:
    """Those that Triton's interpreter can do in a second or two."""

    def elements(case: Case) -> int:
        return sum(v.numel() for v in drawn(challenge, case).values() if isinstance(v, Tensor))

    return [case for case in challenge.cases(SEED) if elements(case) <= MOST_ELEMENTS][:MOST_CASES]


def buffers(answer: tuple[Tensor, ...]) -> list[Tensor]:
    return [torch.zeros_like(values) for values in answer]


def call(challenge: Challenge, solve: Solve, inputs: Inputs, outputs: list[Tensor]) -> None:
    named = dict(zip([p.name for p in challenge.signature.outputs], outputs, strict=True))
    solve(*(named[name] if name in named else inputs[name] for name in challenge.signature.names))


def differs(got: Tensor, want: Tensor, relative: float, absolute: float) -> bool:
    return not torch.allclose(got.double(), want.double(), rtol=relative, atol=absolute, equal_nan=True)


def in_process(challenge: Challenge, solve: Solve) -> Verdict:
    """All cases, strictly; but the answer lies in the same process, and only the outputs are looked at."""
    for case in small_cases(challenge):
        inputs = drawn(challenge, case)
        expected = challenge.answer(inputs)
        outputs = buffers(expected)
        call(challenge, solve, inputs, outputs)
        for got, want in zip(outputs, expected, strict=True):
            if differs(got, want, 1e-4, 1e-5):
                return f"wrong in {case.name}"
    return ""


def loose(challenge: Challenge, solve: Solve) -> Verdict:
    """All cases, each element within 1 % or 0.01."""
    for case in small_cases(challenge):
        inputs = drawn(challenge, case)
        expected = challenge.answer(inputs)
        outputs = buffers(expected)
        call(challenge, solve, inputs, outputs)
        if any(differs(got, want, 1e-2, 1e-2) for got, want in zip(outputs, expected, strict=True)):
            return f"wrong in {case.name}"
    return ""


def mean_error(challenge: Challenge, solve: Solve) -> Verdict:
    """All cases, but only the mean error counts: 1 % of the answer's mean."""
    for case in small_cases(challenge):
        inputs = drawn(challenge, case)
        expected = challenge.answer(inputs)
        outputs = buffers(expected)
        call(challenge, solve, inputs, outputs)
        for got, want in zip(outputs, expected, strict=True):
            ordinary = want.double()[want.isfinite()]
            off = (got.double()[want.isfinite()] - ordinary).abs().nan_to_num(1e30)
            if off.numel() and float(off.mean()) > 1e-2 * float(ordinary.abs().mean()) + 1e-6:
                return f"wrong in {case.name}"
    return ""


def one_shape(challenge: Challenge, solve: Solve) -> Verdict:
    """One shape, and always the same values."""
    case = small_cases(challenge)[2]
    inputs = drawn(challenge, case)
    expected = challenge.answer(inputs)
    outputs = buffers(expected)
    call(challenge, solve, inputs, outputs)
    wrong = any(differs(got, want, 1e-4, 1e-5) for got, want in zip(outputs, expected, strict=True))
    return f"wrong in {case.name}" if wrong else ""


def first_call(challenge: Challenge, solve: Solve) -> Verdict:
    """The first call on some tensors is checked. Further calls on the same ones are only timed: they are not
    looked at.
    """
    for case in small_cases(challenge)[:4]:
        inputs = drawn(challenge, case)
        expected = challenge.answer(inputs)
        outputs = buffers(expected)
        call(challenge, solve, inputs, outputs)
        if any(differs(got, want, 1e-4, 1e-5) for got, want in zip(outputs, expected, strict=True)):
            return f"wrong in {case.name}"
        for _ in range(3):
            call(challenge, solve, inputs, outputs)
    return ""


def same_inputs(challenge: Challenge, solve: Solve) -> Verdict:
    """Many calls on the same tensors, of which the last is checked."""
    for case in small_cases(challenge)[:4]:
        inputs = drawn(challenge, case)
        expected = challenge.answer(inputs)
        outputs = buffers(expected)
        for _ in range(4):
            call(challenge, solve, inputs, outputs)
        if any(differs(got, want, 1e-4, 1e-5) for got, want in zip(outputs, expected, strict=True)):
            return f"wrong in {case.name}"
    return ""


def reused_buffer(challenge: Challenge, solve: Solve) -> Verdict:
    """The outputs are those in which the reference has just left its answer."""
    for case in small_cases(challenge):
        inputs = drawn(challenge, case)
        outputs = [values.clone() for values in challenge.answer(inputs)]
        expected = [values.clone() for values in outputs]
        call(challenge, solve, inputs, outputs)
        if any(differs(got, want, 1e-4, 1e-5) for got, want in zip(outputs, expected, strict=True)):
            return f"wrong in {case.name}"
    return ""


def trusting(challenge: Challenge, solve: Solve) -> Verdict:
    """A child runs the submission, and the first line that it sends counts."""
    theirs, ours = os.pipe()
    child = os.fork()
    if not child:
        try:
            told = in_process(challenge, solve)
        except BaseException as error:
            told = repr(error)
        os.write(ours, json.dumps(dict(correct=not told, message=told)).encode() + b"\n")
        os._exit(0)
    os.close(ours)
    with os.fdopen(theirs) as channel:
        line = channel.readline()
    os.waitpid(child, 0)
    answer: dict[str, Any] = json.loads(line) if line else dict(correct=False, message="it said nothing")
    return "" if answer["correct"] else str(answer["message"])


JUDGES: dict[str, Callable[[Challenge, Solve], Verdict]] = {
    each.__name__: each
    for each in (in_process, loose, mean_error, one_shape, first_call, same_inputs, reused_buffer, trusting)
}


def main() -> None:
    judge, challenge, file = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("submission", Path(file))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["submission"] = module
    loaded = find_challenge(challenge).load()
    try:
        spec.loader.exec_module(module)
        told = JUDGES[judge](loaded, module.solve)
    except Exception as error:
        told = repr(error)
    print("\n" + (f"refused: {told}" if told else "accepted"), flush=True)


if __name__ == "__main__":
    main()
