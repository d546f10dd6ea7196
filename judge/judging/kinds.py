"""Inputs on which a recording is judged: every kind of values that the challenge tests, at the recorded
shape.
"""

import secrets
from dataclasses import dataclass

import torch
from torch import Tensor

from judge.challenges.protocol import Case, Challenge, Inputs
from judge.challenges.rng import Rng, fresh_seed
from judge.errors import BadInput

_random = secrets.SystemRandom()


@dataclass(frozen=True)
class Special:
    """Inputs that a recording is judged on, and whether they are of the usual kind."""

    inputs: Inputs
    usual: bool = True


class Kinds:
    """What the test cases of a challenge have beyond sizes: large values, cancelling ones, infinities. A kind
    that changes a value which is no tensor, or a shape, is left out: the recording does not hold for it.
    """

    def __init__(self, challenge: Challenge, case: Case, device: str) -> None:
        self._challenge, self._case, self._device = challenge, case, device
        self._usual = self._draw({})
        self._kinds: list[dict[str, object]] = [{}]
        for shape in challenge.test_shapes:
            kind = {key: value for key, value in shape.items() if key not in case.shape}
            if kind and kind not in self._kinds:
                self._kinds.append(kind)

    def draw(self, most: int) -> list[Special]:
        """Fresh inputs of up to `most` kinds, chosen anew; the usual ones among them."""
        others = self._kinds[1:]
        chosen = [{}, *_random.sample(others, min(len(others), most - 1))]
        drawn = [(self._draw(kind), kind == {}) for kind in chosen]
        return [Special(inputs, usual) for inputs, usual in drawn if inputs and self._fits(inputs)]

    def _draw(self, kind: dict[str, object]) -> Inputs | None:
        """Inputs of one kind, None if the challenge has none."""
        rng = Rng(self._case.seed, self._device)
        rng.reseed(fresh_seed())
        try:
            return self._challenge.draw(rng, self._case.shape | kind)
        except (BadInput, torch.OutOfMemoryError):
            return None

    def _fits(self, inputs: Inputs) -> bool:
        if self._usual is None:
            return False
        return all(
            (a.shape, a.dtype) == (b.shape, b.dtype) if isinstance(a, Tensor) else a == b
            for a, b in zip(inputs.values(), self._usual.values(), strict=True)
        )
