"""Judges whether a submission is right, case by case."""

import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from judge.challenges.protocol import Case, Challenge, Inputs, Sizes, drawn, sizes_of
from judge.engine.buffers import identical
from judge.engine.device import Device
from judge.engine.runner import Runner
from judge.judging.calls import Outcome, SizedCase, Steps, mapped, run, to_the_end
from judge.judging.difference import Comparison
from judge.judging.expectation import Expectation, expect
from judge.judging.session import Session
from judge.judging.tolerance import Errors, OwnError
from judge.verdict.diagnosis import Problem, Unstable
from judge.verdict.failure import Failure
from judge.verdict.verdict import CaseResult

INTERPRETER_ELEMENTS = 1 << 20
INTERPRETER_FLOPS = 1_000_000_000
REPEATED_CASES, REPEATS = 2, 3


class WrongCase(Failure):
    """A case that failed, its result, and the runner that computed it."""

    def __init__(self, failure: Failure, case: Case, result: CaseResult, runner: Runner) -> None:
        super().__init__(failure.status, *failure.problems)
        self.case = case
        self.result = result
        self.runner = runner


@dataclass(frozen=True)
class Kept:
    """The first results of a case, and what is needed to repeat it."""

    runner: Runner
    sized: SizedCase
    inputs: Inputs
    outcome: Outcome


@dataclass
class Findings:
    """The findings of all cases. `errors` has PyTorch's own error of each output. `unstable` has, for each
    output, the first case in which two runs differed."""

    cases: list[CaseResult] = field(default_factory=list)
    skipped: int = 0
    errors: Errors = field(default_factory=dict)
    unstable: dict[str, tuple[Unstable, Case]] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)  # what another runner must repeat

    def note_errors(self, expected: Expectation) -> None:
        """Add PyTorch's own errors in one case."""
        for e in expected.outputs:
            error = OwnError(e.own_ratio, e.own_norm)
            self.errors[e.name, e.dtype] = error.or_worse(self.errors.get((e.name, e.dtype), error))

    @property
    def warnings(self) -> list[str]:
        """Warnings that are worth knowing even if all is right."""
        return [
            f"{u.output} differs between two runs on the same inputs in {u.differing} of {u.total} elements "
            f"(case {case.number}: {case.name}): a race, or atomics in floating point"
            for u, case in self.unstable.values()
        ]


def too_large(sizes: Sizes, device: Device) -> bool:
    """Whether a case would take the interpreter minutes."""
    large = sizes.elements > INTERPRETER_ELEMENTS or sizes.flops > INTERPRETER_FLOPS
    return large and not device.is_gpu


def size_up(session: Session, cases: list[Case], findings: Findings) -> list[SizedCase]:
    """The cases that this device can manage. On the interpreter large ones are skipped and counted, unless
    only one case was asked for."""
    sized = []
    for case in cases:
        sizes = sizes_of(session.challenge, case, session.torch_device)
        if too_large(sizes, session.device) and len(cases) > 1:
            findings.skipped += 1
        else:
            sized.append(SizedCase(case, sizes))
    return sized


@dataclass(frozen=True)
class _Turn:
    """A case that has begun: its runner, and the steps to take each time that the runner has answered."""

    runner: Runner
    steps: Steps[CaseResult]


def check(
    runners: Sequence[Runner],
    session: Session,
    sized: list[SizedCase],
    findings: Findings,
    tick: Callable[[int, int], None],
    repeating: Sequence[Runner] = (),
) -> None:
    """Judge the cases and add to `findings`. Raises WrongCase for the first that fails. One of the runners
    `repeating` repeats what must be the same each time.

    Each runner has one case at a time, and several runners compute at once. The judge does its own work for
    one case after the other.
    """
    largest = sorted(sized, key=lambda s: s.sizes.elements)[-REPEATED_CASES:]
    ahead, idle = deque(enumerate(sized)), deque(runners)
    turns: dict[int, _Turn] = {}
    passed: dict[int, CaseResult] = {}
    failed: WrongCase | None = None
    while turns or (ahead and not failed):
        tick(len(passed), len(sized))
        if ahead and idle and not failed:
            number, entry = ahead.popleft()
            runner, repeats = idle.popleft(), REPEATS if entry in largest else 1
            turn = _Turn(runner, _check_case(runner, session, entry, repeats, findings))
        else:
            number = _first_to_go_on(turns, session.seconds)
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
            failed = wrong  # a case before it may still fail; the cases after it do not matter any more
            for later in [n for n in turns if n > number]:
                turns[later].runner.kill()  # before its buffers are freed
                del turns[later]
            passed = {n: result for n, result in passed.items() if n < number}
    if not failed:
        _require_same_elsewhere(repeating, session, findings)
        for runner in (*runners, *repeating):
            runner.hold_to_limits()  # after the last call nobody would look any more
            if runner.killed_for:
                raise Failure("runtime_error", runner.killed_for)
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
    runner: Runner, session: Session, sized: SizedCase, repeats: int, findings: Findings
) -> Steps[CaseResult]:
    case = sized.case
    result = CaseResult(case.name, "accepted")
    inputs = drawn(session.challenge, case.shape, case.seed, session.torch_device, case.heavy)
    try:
        outcomes = []
        with mapped(runner, session, sized, inputs) as pool:
            for _ in range(repeats):
                outcomes.append((yield from run(runner, pool, inputs, session.seconds)))
        # The answer is computed only now, after the runner has finished.
        expected = expect(session.challenge, inputs)
        if case.heavy:  # what is honest may round more there, and does not leave out a part
            expected = expected.at_another_size()
        else:  # timed passes have no heavy parts
            findings.note_errors(expected)
        for outcome in outcomes:
            _compare(outcome, expected, result)
            _same(outcomes[0], outcome, session.challenge, case, findings)
        if repeats > 1 and session.challenge.deterministic:
            findings.kept.append(Kept(runner, sized, inputs, outcomes[0]))
    except Failure as failure:
        result.status = failure.status
        raise WrongCase(failure, case, result, runner) from None
    return result


def _require_same_elsewhere(runners: Sequence[Runner], session: Session, findings: Findings) -> None:
    """Let another runner repeat what must be the same each time: in one process a submission could keep its
    answers by their inputs, and return them again. Raises WrongCase.
    """
    for kept in findings.kept:
        case = kept.sized.case
        for other in [runner for runner in runners if runner is not kept.runner][:1]:
            try:
                with mapped(other, session, kept.sized, kept.inputs) as pool:
                    again = to_the_end(run(other, pool, kept.inputs, session.seconds))
                _same(kept.outcome, again, session.challenge, case, findings)
            except Failure as failure:
                raise WrongCase(failure, case, CaseResult(case.name, failure.status), other) from None
    findings.kept.clear()


def call(runner: Runner, session: Session, sized: SizedCase) -> None:
    """Let a program compute once and ignore its results. Raises Failure if it does not run."""
    inputs = drawn(session.challenge, sized.case.shape, sized.case.seed, session.torch_device)
    with mapped(runner, session, sized, inputs) as pool:
        to_the_end(run(runner, pool, inputs, session.seconds))


def differs(runner: Runner, session: Session, sized: SizedCase) -> tuple[list[Problem], list[str]]:
    """The problems with the answers of a baseline, and the names of the outputs that it does not give. These
    are not compared. The baseline is loaded as `checked`. Raises Failure if it does not run."""
    inputs = drawn(session.challenge, sized.case.shape, sized.case.seed, session.torch_device)
    with mapped(runner, session, sized, inputs) as pool:
        outcome = to_the_end(run(runner, pool, inputs, session.seconds))
    left_out = _left_out(outcome, inputs)
    given = {name: values for name, values in outcome.outputs.items() if name not in left_out}
    compared = expect(session.challenge, inputs).compare(given, outcome.unwritten)
    return [c.problem for c in compared if c.problem] + outcome.problems, left_out


def _left_out(outcome: "Outcome", inputs: Inputs) -> list[str]:
    """The names of the last outputs, as far back as they are unchanged by the call."""
    found: list[str] = []
    for name, values in reversed(outcome.outputs.items()):
        untouched = identical(values, inputs[name]) if name in inputs else outcome.unwritten[name].all()
        if not untouched:
            break
        found.insert(0, name)
    return found


def _compare(outcome: Outcome, expected: Expectation, result: CaseResult) -> None:
    compared = expected.compare(outcome.outputs, outcome.unwritten)
    worst = max(compared, key=_severity)
    result.max_error, result.allowed = worst.max_error, worst.allowed
    problems = [c.problem for c in compared if c.problem] + outcome.problems + outcome.strays
    if problems:
        raise Failure("wrong_answer", *problems)


def _severity(compared: Comparison) -> float:
    if compared.max_error is None:
        return float("inf")
    if not compared.allowed:
        return float("inf") if compared.max_error else 0.0
    return compared.max_error / compared.allowed


def _same(first: Outcome, again: Outcome, challenge: Challenge, case: Case, findings: Findings) -> None:
    """Compare two runs, which are both right, bit for bit. Raises Failure if they differ and must not."""
    for name, values in first.outputs.items():
        if identical(values, again.outputs[name]):
            continue
        unstable = Unstable(name, int((values != again.outputs[name]).sum()), values.numel())
        if challenge.deterministic:
            raise Failure("wrong_answer", unstable)
        findings.unstable.setdefault(name, (unstable, case))
