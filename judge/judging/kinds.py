"""Inputs on which a recording is judged: every kind of values that the challenge tests, at the recorded
shape.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from torch import Tensor

from judge.challenges.protocol import Case, Challenge, Inputs
from judge.challenges.rng import Rng, fresh_seed
from judge.errors import BadInput
from judge.judging.expectation import Expectation

_random = secrets.SystemRandom()


@dataclass(eq=False)
class Special:
    """Inputs that a recording is judged on, what their kind has beyond the usual, and the golden answer, once
    it has been computed.
    """

    inputs: Inputs
    kind: dict[str, object] = field(default_factory=dict)
    expected: Expectation | None = None

    @property
    def usual(self) -> bool:
        return not self.kind


HEAVY: dict[str, object] = {"heavy": True}  # a kind of the judge's own: see Rng


class Kinds:
    """What the test cases of a challenge have beyond sizes: large values, cancelling ones, infinities, heavy
    parts. A kind that changes a value which is no tensor, or a shape, is left out: the recording does not
    hold for it.
    """

    def __init__(self, challenge: Challenge, case: Case, device: str) -> None:
        self._challenge, self._case, self._device = challenge, case, device
        self._others: list[dict[str, object]] = []
        self._ahead: list[dict[str, object]] = []
        self._kept: list[Special] = []
        usual = self._draw({})
        if any(isinstance(value, Tensor) and value.is_floating_point() for value in usual.values()):
            self._others.append(HEAVY)
        for shape in challenge.test_shapes:
            kind = {key: value for key, value in shape.items() if key not in case.shape}
            if kind and kind not in self._others and self._fits(kind, usual):
                self._others.append(kind)

    def all(self) -> Iterator[Special]:
        """Fresh inputs of all kinds, the usual one first.

        Raises torch.OutOfMemoryError: no kind may be left out because a submission takes the memory.
        """
        return map(self._special, [{}, *self._others])

    def next(self) -> Special:
        """Fresh inputs of one kind, in random order: each comes once before one comes again. Raises
        torch.OutOfMemoryError.
        """
        if not self._ahead:
            self._ahead = _random.sample([{}, *self._others], 1 + len(self._others))
        return self._special(self._ahead.pop())

    def keep(self, special: Special) -> None:
        """Give this again for its kind, because its golden answer takes long."""
        if special not in self._kept:
            self._kept.append(special)

    def _special(self, kind: dict[str, object]) -> Special:
        kept = next((each for each in self._kept if each.kind == kind), None)
        return kept or Special(self._draw(kind), kind)

    def _draw(self, kind: dict[str, object]) -> Inputs:
        rng = Rng(self._case.seed, self._device, heavy=kind is HEAVY)
        rng.reseed(fresh_seed())
        return self._challenge.draw(rng, self._case.shape | ({} if kind is HEAVY else kind))

    def _fits(self, kind: dict[str, object], usual: Inputs) -> bool:
        """Whether the challenge has a kind at this size, with the shapes and other values of a recording."""
        try:
            inputs = self._draw(kind)
        except BadInput:
            return False
        return all(
            (a.shape, a.dtype) == (b.shape, b.dtype) if isinstance(a, Tensor) else a == b
            for a, b in zip(inputs.values(), usual.values(), strict=True)
        )
