"""The results that are expected of a call: the golden answer for a case, the reference's own answer for a
timed sample. A challenge's own check decides instead, if there is one.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from judge.challenges.protocol import Challenge, Check, Close, Inputs, Outputs
from judge.errors import BadInput
from judge.judging.difference import Comparison, compare_output
from judge.judging.tolerance import (
    CANCELLED,
    PYTORCHS_OWN_ERROR,
    Errors,
    Expected,
    error_of,
    norm_of,
    precision,
    tolerance_of,
)
from judge.verdict.diagnosis import Unaccepted


@dataclass(frozen=True)
class Expectation:
    """The results that are expected of a call on some inputs."""

    outputs: list[Expected]
    challenge: Challenge
    inputs: Inputs

    @property
    def is_fair(self) -> bool:
        """Whether PyTorch's own answer is finite where the golden one is."""
        return not any(each.overflows for each in self.outputs)

    def at_another_size(self) -> "Expectation":
        """The same for values that no challenge tests at this size: see Expected."""
        return replace(self, outputs=[each.at_another_size() for each in self.outputs])

    def compare(self, got: dict[str, Tensor], unwritten: dict[str, Tensor]) -> list[Comparison]:
        """Compare the outputs in `got`. If one is missing, a challenge's own check gets the expected one.
        `unwritten` is True where an element still holds the judge's poison.
        """
        acceptance = self.challenge.acceptance
        if isinstance(acceptance, Check):
            found = tuple(got[e.name] if e.name in got else e.values.to(e.dtype) for e in self.outputs)
            text = self._checked(acceptance, found)
            return [Comparison(Unaccepted(text) if text else None, None, None)]
        return [compare_output(e, got[e.name], unwritten[e.name]) for e in self.outputs if e.name in got]

    def _checked(self, acceptance: Check, found: Outputs) -> str:
        expected = tuple(e.values.to(f.device) for e, f in zip(self.outputs, found, strict=True))
        try:
            return acceptance.check(self.inputs, expected, found)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
            raise BadInput(f"{self.challenge.path}: its check fails: {what}") from None


def expect(challenge: Challenge, inputs: Inputs) -> Expectation:
    """The golden answer for one case, with the tolerance that follows from PyTorch's own error."""
    golden = challenge.golden(inputs)
    with precision(challenge.precision):
        own = challenge.answer(inputs)
    found = []
    for parameter, gold, mine in zip(challenge.signature.outputs, golden, own, strict=True):
        name, dims = parameter.name, parameter.dims
        if not mine.is_floating_point():
            found.append(Expected(name, dims, gold.to(mine.dtype), mine.dtype))
            continue
        relative, absolute = tolerance_of(challenge, mine.dtype, gold)
        if isinstance(challenge.acceptance, Close):
            found.append(Expected(name, dims, gold, mine.dtype, absolute, relative))
            continue
        wide = mine.to(gold.device).double()
        error = (wide - gold).abs()
        error = torch.where(error.isfinite(), error, 0.0)
        default = absolute + relative * torch.where(gold.isfinite(), gold.abs(), 0.0)
        ratio = torch.where(default > 0, error / default, 0.0)
        found.append(
            Expected(
                name,
                dims,
                gold,
                mine.dtype,
                absolute,
                relative,
                own_error=float(error.max()) if error.numel() else 0.0,
                own_ratio=float(ratio.max()) if ratio.numel() else 0.0,
                own_norm=norm_of(error) / max(norm_of(gold), CANCELLED),
                overflows=bool((~wide.isfinite() & gold.to(mine.dtype).double().isfinite()).any()),
            )
        )
    return Expectation(found, challenge, inputs)


def expect_timed(challenge: Challenge, inputs: Inputs, errors: Errors) -> Expectation:
    """The expectation for a timed sample: the reference in the challenge's own dtype, at twice the tolerance.

    `errors` has, for each output and dtype, PyTorch's largest own error in the correctness cases. Where an
    answer cancels, R comes from an element near 0 and allows any error of the others. So the norm of the
    whole error is limited too, to twice max(|d|, 4 * own norm * |answer|). In half precision one rounding of
    each element takes the place of |d|: what torch.testing allows there is some ten times as much.
    """
    with precision(challenge.precision):
        own = challenge.answer(inputs)
    found = []
    for parameter, mine in zip(challenge.signature.outputs, own, strict=True):
        name, dims = parameter.name, parameter.dims
        if not mine.is_floating_point():
            found.append(Expected(name, dims, mine, mine.dtype))
            continue
        values = mine.float() if mine.dtype.itemsize == 1 else mine
        relative, absolute = tolerance_of(challenge, mine.dtype, values)
        if isinstance(challenge.acceptance, Close):
            found.append(Expected(name, dims, mine, mine.dtype, absolute, relative, timed=True))
            continue
        error, norm = error_of(errors, name, mine.dtype), norm_of(values)
        default = absolute * values.numel() ** 0.5 + relative * norm
        if mine.dtype.itemsize < 4:
            default = min(default, torch.finfo(mine.dtype).eps / 2 * norm)
        found.append(
            Expected(
                name,
                dims,
                mine,
                mine.dtype,
                absolute,
                relative,
                math.inf,
                error.ratio,
                slack=2.0,
                norm_limit=2.0 * max(default, PYTORCHS_OWN_ERROR * error.norm * norm),
                timed=True,
            )
        )
    return Expectation(found, challenge, inputs)
