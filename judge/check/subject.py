"""The challenge that is checked. What several points need is made only once."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from judge.challenges.formats.folder import PARTS
from judge.challenges.formats.folder_challenge import FUZZ_CASES, FolderChallenge
from judge.challenges.protocol import Case, Inputs, Sizes, drawn
from judge.challenges.rng import Rng
from judge.challenges.sizing import NeedsValues, without_values
from judge.check.wrong_solutions import DEVICE, Interpreter
from judge.judging.correctness import too_large


@dataclass(frozen=True)
class SizedShape:
    """A case, the sizes that the names of its dimensions stand for, and the sizes of its tensors."""

    case: Case
    named: dict[str, int]
    sizes: Sizes


class Subject:
    """The challenge in a folder, judged with one seed."""

    def __init__(self, folder: Path, seed: int, interpreter: Interpreter) -> None:
        self.folder, self.seed, self.interpreter = folder, seed, interpreter
        self.spec, self.reference, self.generator = (folder / part for part in PARTS)

    @cached_property
    def challenge(self) -> FolderChallenge:
        return FolderChallenge(self.folder)

    def sized_without_values(self, case: Case) -> SizedShape:
        """The sizes of a case, however large it is. Raises NeedsValues."""
        return without_values(self.challenge, case, lambda inputs: self._sized(case, inputs))

    def sized(self, case: Case) -> SizedShape:
        """The sizes of a case that is not too large to be drawn."""
        try:
            return self.sized_without_values(case)
        except NeedsValues:
            inputs = self.challenge.draw(Rng(case.seed), case.shape)
            self.challenge.check(inputs)
            return self._sized(case, inputs)

    def _sized(self, case: Case, inputs: Inputs) -> SizedShape:
        return SizedShape(case, self.challenge.named_sizes(inputs), self.challenge.sizes(inputs))

    @cached_property
    def cases(self) -> list[SizedShape]:
        """TESTS and the first shapes of fuzz, sized."""
        return [self.sized(case) for case in self.challenge.cases(self.seed)]

    @cached_property
    def drawn(self) -> list[tuple[Case, Inputs]]:
        """The cases that are small enough for the interpreter, with their inputs."""
        return [
            (each.case, drawn(self.challenge, each.case.shape, each.case.seed, "cpu"))
            for each in self.cases
            if not too_large(each.sizes, DEVICE)
        ]

    @property
    def tests(self) -> int:
        """The number of cases that are from TESTS."""
        return len(self.cases) - FUZZ_CASES

    @property
    def dimensions(self) -> list[str]:
        """The names of the tensors' dimensions."""
        named = dict.fromkeys(dim for p in self.challenge.signature.parameters for dim in p.dims)
        return [dim for dim in named if dim.isidentifier() and not dim.startswith("_")]

    @property
    def arguments(self) -> list[str]:
        """The names of the arguments that the challenge draws."""
        return [p.name for p in self.challenge.signature.inputs]
