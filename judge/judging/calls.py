"""One call of a submission on a case: shared buffers, the call, and a copy of what it left."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from judge.challenges.protocol import Case, Inputs, Sizes
from judge.engine.answers import StrayAccesses
from judge.engine.buffers import Pool
from judge.engine.runner import Runner
from judge.judging.session import Session
from judge.verdict.diagnosis import Problem, StrayAccess

T = TypeVar("T")
Steps = Generator[None, None, T]  # it pauses while a runner computes, and its result is a T


@dataclass(frozen=True)
class SizedCase:
    """A case and the sizes of a call on it."""

    case: Case
    sizes: Sizes


@dataclass(frozen=True)
class Outcome:
    """The results of a call, in the judge's own memory."""

    outputs: dict[str, Tensor]
    unwritten: dict[str, Tensor]  # where each output still held its poison
    problems: list[Problem]  # that do not depend on the values
    strays: list[StrayAccess]  # that the interpreter saw


@contextmanager
def mapped(runner: Runner, session: Session, sized: SizedCase, inputs: Inputs) -> Iterator[Pool]:
    """One set of buffers that a runner shares. Raises Failure, MemoryError and torch.OutOfMemoryError."""
    with Pool(sized.sizes.tensors, session.torch_device, session.sharing) as pool:
        descriptors = [pool.descriptor] if pool.descriptor >= 0 else []
        names = session.challenge.signature.names
        runner.ask("map", session.seconds, descriptors, **pool.description(names, inputs))
        yield pool
        runner.ask("unmap", session.seconds)


def run(runner: Runner, pool: Pool, inputs: Inputs, seconds: float) -> Steps[Outcome]:
    """Call the submission on the pool's set. The runner is stopped while the judge copies what it left.

    Raises Failure if the call does not end well within `seconds`.
    """
    pool.write(0, inputs)
    pool.poison()
    if pool.how != "memfd":
        torch.cuda.synchronize()
    strays: list[StrayAccess] = []
    try:
        runner.send("call")
        yield
        runner.wait_done(seconds)
    except StrayAccesses as seen:
        strays = [p for p in seen.problems if isinstance(p, StrayAccess)]
    runner.stop()  # nothing must change while the judge looks
    try:
        found = pool.broken_guard(), pool.changed_input(0, inputs)
        problems: list[Problem] = [problem for problem in found if problem]
        outputs = pool.read(0)
        unwritten = {name: pool.unwritten(name, values) for name, values in outputs.items()}
        return Outcome(outputs, unwritten, problems, strays)
    finally:
        runner.resume()


def to_the_end(steps: Steps[T]) -> T:
    """The result of some steps, waiting for the runner at each."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
