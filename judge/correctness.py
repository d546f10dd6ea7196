"""Right or wrong, case by case."""

import select
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor

from judge.buffers import Pool
from judge.challenge import Case, Challenge, Inputs, TensorShape
from judge.compare import Comparison, Expected, OwnError, compare, expect
from judge.device import Device
from judge.process import OutOfBounds, Runner
from judge.setting import Setting
from judge.verdict import CaseResult, Failure

INTERPRETER_ELEMENTS = 1 << 20
INTERPRETER_FLOPS = 1_000_000_000
REPEATED_CASES, REPEATS = 2, 3

T = TypeVar("T")
Steps = Generator[None, None, T]  # it pauses where a runner computes, and its result is a T


class WrongCase(Failure):
    """A case that failed, its result, and the runner that was asked."""

    def __init__(self, failure: Failure, case: Case, result: CaseResult, runner: Runner) -> None:
        super().__init__(failure.status, failure.message)
        self.case = case
        self.result = result
        self.runner = runner


@dataclass
class Findings:
    """What the cases showed. `errors` is, per output, PyTorch's own."""

    cases: list[CaseResult] = field(default_factory=list)
    skipped: int = 0
    warnings: list[str] = field(default_factory=list)
    errors: dict[str, OwnError] = field(default_factory=dict)


@dataclass(frozen=True)
class SizedCase:
    """A case and the shapes of its tensors."""

    case: Case
    inputs: list[TensorShape]
    outputs: list[TensorShape]

    @property
    def elements(self) -> int:
        return sum(t.elements for t in (*self.inputs, *self.outputs))


def too_large(sized: SizedCase, flops: int, device: Device) -> bool:
    """Whether a case would keep the interpreter for minutes."""
    large = sized.elements > INTERPRETER_ELEMENTS or flops > INTERPRETER_FLOPS
    return large and not device.is_gpu


def size_up(setting: Setting, cases: list[Case], findings: Findings) -> list[SizedCase]:
    """The cases that this device can manage. On the interpreter the large ones are skipped, and counted,
    unless one was asked for by itself."""
    sized = []
    for case in cases:
        inputs, outputs, flops = setting.challenge.sizes(case, setting.torch_device)
        entry = SizedCase(case, inputs, outputs)
        if too_large(entry, flops, setting.device) and len(cases) > 1:
            findings.skipped += 1
        else:
            sized.append(entry)
    return sized


@dataclass(frozen=True)
class _Turn:
    """A case under way: its runner, and what is to be done each time that the runner has answered."""

    runner: Runner
    steps: Steps[CaseResult]


def check(
    runners: list[Runner],
    setting: Setting,
    sized: list[SizedCase],
    findings: Findings,
    tick: Callable[[int, int], None],
) -> None:
    """Judge the cases, adding to `findings`. Raises WrongCase for the first that fails.

    Each runner has one case at a time, and several compute at once; the judge itself does its work in turn.
    """
    largest = sorted(sized, key=lambda s: s.elements)[-REPEATED_CASES:]
    ahead, idle = deque(enumerate(sized)), deque(runners)
    turns: dict[int, _Turn] = {}
    passed: dict[int, CaseResult] = {}
    failed: WrongCase | None = None
    while turns or (ahead and not failed):
        tick(len(passed), len(sized))
        if ahead and idle and not failed:
            number, entry = ahead.popleft()
            runner, repeats = idle.popleft(), REPEATS if entry in largest else 1
            turn = _Turn(runner, _check_case(runner, setting, entry, repeats, findings))
        else:
            number = _first_to_go_on(turns, setting.seconds)
            turn = turns.pop(number)
        try:
            next(turn.steps)
            turns[number] = turn
        except StopIteration as end:
            passed[number] = end.value
            idle.append(turn.runner)
        except (torch.OutOfMemoryError, MemoryError):
            torch.cuda.empty_cache()
            findings.skipped += 1
            idle.append(turn.runner)
        except WrongCase as wrong:
            failed = wrong  # unless one before it fails too: those after it do not matter any more
            for later in [n for n in turns if n > number]:
                turns[later].runner.kill()  # before its buffers are freed
                del turns[later]
            passed = {n: result for n, result in passed.items() if n < number}
    tick(len(passed), len(sized))
    findings.cases += [passed[n] for n in sorted(passed)]
    if failed:
        raise failed


def _first_to_go_on(turns: dict[int, _Turn], seconds: float) -> int:
    """The number of a case whose runner has answered, has run out of time, or is the only one."""
    while len(turns) > 1:
        late = [n for n, turn in turns.items() if time.monotonic() > turn.runner.asked + seconds]
        answered = select.select([turn.runner.channel for turn in turns.values()], [], [], 0.25)[0]
        ready = [n for n, turn in turns.items() if turn.runner.channel in answered] or late
        if ready:
            return min(ready)
        for turn in turns.values():
            turn.runner.hold_to_limits()
    [only] = turns
    return only


def _check_case(
    runner: Runner, setting: Setting, sized: SizedCase, repeats: int, findings: Findings
) -> Steps[CaseResult]:
    case = sized.case
    result = CaseResult(case.name, "accepted")
    inputs = setting.challenge.draw(case.shape, case.seed, setting.torch_device)
    try:
        outcomes = []
        with _mapped(runner, setting, sized, inputs) as pool:
            for _ in range(repeats):
                outcomes.append((yield from _run(runner, pool, inputs, setting.seconds)))
        # Only now, with the runner done, does the answer come to be.
        expected = expect(setting.challenge, inputs)
        for e in expected:
            error = OwnError(e.own_ratio, e.own_norm)
            findings.errors[e.name] = error.or_worse(findings.errors.get(e.name, error))
        for outcome in outcomes:
            _compare(outcome, expected, result)
            _same(outcomes[0], outcome, setting.challenge, case, findings)
    except Failure as failure:
        result.status = failure.status
        raise WrongCase(failure, case, result, runner) from None
    return result


def _to_the_end(steps: Steps[T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result


def call(runner: Runner, setting: Setting, sized: SizedCase) -> None:
    """Have a program compute once, whatever comes out. Raises Failure if it does not run."""
    inputs = setting.challenge.draw(sized.case.shape, sized.case.seed, setting.torch_device)
    with _mapped(runner, setting, sized, inputs) as pool:
        _to_the_end(_run(runner, pool, inputs, setting.seconds))


def differs(runner: Runner, setting: Setting, sized: SizedCase) -> tuple[str, list[str]]:
    """What is wrong with the answers of a baseline (loaded to be checked), "" if nothing is, and the outputs
    that it does not give, which are not compared. Raises Failure if it does not run."""
    inputs = setting.challenge.draw(sized.case.shape, sized.case.seed, setting.torch_device)
    with _mapped(runner, setting, sized, inputs) as pool:
        outcome = _to_the_end(_run(runner, pool, inputs, setting.seconds))
    given = {name: not bool(unwritten.all()) for name, unwritten in outcome.unwritten.items()}
    expected = [e for e in expect(setting.challenge, inputs) if given[e.name]]
    compared = [compare(e, outcome.outputs[e.name], outcome.unwritten[e.name]) for e in expected]
    messages = [c.message for c in compared if c.message] + outcome.problems
    return "\n".join(messages), [name for name, is_given in given.items() if not is_given]


@contextmanager
def _mapped(runner: Runner, setting: Setting, sized: SizedCase, inputs: Inputs) -> Iterator[Pool]:
    with Pool(sized.inputs, sized.outputs, setting.torch_device, setting.how) as pool:
        descriptors = [pool.descriptor] if pool.descriptor >= 0 else []
        runner.ask("map", setting.seconds, descriptors, **pool.description(inputs))
        yield pool
        runner.ask("unmap", setting.seconds)


@dataclass(frozen=True)
class _Outcome:
    """What a call left behind, in the judge's own memory."""

    outputs: dict[str, Tensor]
    unwritten: dict[str, Tensor]  # where each output still held its poison
    problems: list[str]  # beyond values, that are wrong whatever the values are
    outside: str  # what the interpreter saw out of bounds


def _run(runner: Runner, pool: Pool, inputs: Inputs, seconds: float) -> Steps[_Outcome]:
    pool.write(0, inputs)
    pool.poison()
    if pool.how != "memfd":
        torch.cuda.synchronize()
    outside = ""
    try:
        runner.send("call")
        yield
        runner.wait_done(seconds)
    except OutOfBounds as seen:
        outside = str(seen)
    runner.stop()  # so that nothing changes while we look
    try:
        problems = []
        where = pool.broken_guard()
        if where:
            problems.append(f"bytes outside the buffers were written, {where}")
        changed = pool.changed_input(0, inputs)
        if changed:
            problems.append(f"the input {changed} was changed; inputs must stay as they are")
        outputs = pool.read(0)
        unwritten = {name: pool.unwritten(name, values) for name, values in outputs.items()}
        return _Outcome(outputs, unwritten, problems, outside)
    finally:
        runner.resume()


def _compare(outcome: _Outcome, expected: list[Expected], result: CaseResult) -> None:
    messages = []
    worst: Comparison | None = None
    for e in expected:
        compared = compare(e, outcome.outputs[e.name], outcome.unwritten[e.name])
        if compared.message:
            messages.append(compared.message)
        if worst is None or _severity(compared) > _severity(worst):
            worst = compared
    assert worst
    result.max_error, result.allowed = worst.max_error, worst.allowed
    messages += outcome.problems + ([outcome.outside] if outcome.outside else [])
    if messages:
        raise Failure("wrong_answer", "\n".join(messages))


def _severity(compared: Comparison) -> float:
    if compared.max_error is None:
        return float("inf")
    if not compared.allowed:
        return float("inf") if compared.max_error else 0.0
    return compared.max_error / compared.allowed


def _same(first: _Outcome, again: _Outcome, challenge: Challenge, case: Case, findings: Findings) -> None:
    """Both are right; are they also the same, bit for bit?"""
    for name, values in first.outputs.items():
        bits = [v[name].contiguous().view(-1).view(torch.uint8) for v in (first.outputs, again.outputs)]
        if torch.equal(*bits):
            continue
        count = int((values != again.outputs[name]).sum())
        message = (
            f"{name} differs between two runs on the same inputs in {count} of {values.numel()} elements"
        )
        if challenge.spec.deterministic:
            raise Failure("wrong_answer", f"{message}; this challenge wants the same result every time")
        warning = f"{message} (case {case.number}: {case.name}): a race, or atomics in floating point"
        if not any(w.startswith(f"{name} differs") for w in findings.warnings):
            findings.warnings.append(warning)
