"""The tolerance: how far from the golden answer a submission may be.

With a and r the absolute and relative tolerance of torch.testing for the output's dtype, and g the golden
value of an element, the default is

    d = a * clamp(rms(g), 0.001, 1) + r * |g|

The absolute part is scaled down for outputs whose values are all small, such as a softmax over many columns:
in full it would accept zeros. Outputs of a few elements keep it in full. For PyTorch's own error in the
challenge's dtype, E is its largest absolute value, and R its largest multiple of d. An element may be off by

    max(d, 4 * min(E, R * d))

A challenge may have a tolerance of its own instead (Close), or decide itself (Check).
"""

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from judge.challenges.protocol import Challenge, Close

# torch.testing.assert_close's defaults, (relative, absolute); the two 8-bit formats have their own rounding.
_TOLERANCES = {
    torch.float64: (1e-7, 1e-7),
    torch.float32: (1.3e-6, 1e-5),
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float8_e4m3fn: (0.0625, 1e-5),
    torch.float8_e5m2: (0.125, 1e-5),
}
PYTORCHS_OWN_ERROR = 4
_SMALLEST = 1e-3
_OF_LARGEST = 1e-3  # of the largest value of an answer, see `at_another_size`
CANCELLED = 1e-12  # an rms below this is rounding in float64: the answer is zero, and d is not scaled down
_FEW = 64  # elements; below this number an rms and a largest error say little


@dataclass(frozen=True)
class OwnError:
    """PyTorch's own error in one output: its largest multiple of d, and its norm relative to the answer's."""

    ratio: float = 0.0
    norm: float = 0.0

    def or_worse(self, other: "OwnError") -> "OwnError":
        """The larger ratio and the larger norm of the two."""
        return OwnError(max(self.ratio, other.ratio), max(self.norm, other.norm))


Errors = dict[tuple[str, torch.dtype], OwnError]  # by an output's name and its dtype


def error_of(errors: Errors, name: str, dtype: torch.dtype) -> OwnError:
    """PyTorch's own error in an output. The error of one dtype says nothing about another; only if no case
    had this one, the largest of all is taken.
    """
    if (name, dtype) in errors:
        return errors[name, dtype]
    found = OwnError()
    for (other, _), error in errors.items():
        found = found.or_worse(error) if other == name else found
    return found


@dataclass(frozen=True)
class Expected:
    """One output's expected values (float64 for floats, else of the output's dtype) and tolerance."""

    name: str
    dims: tuple[str, ...]
    values: Tensor
    dtype: torch.dtype
    absolute: float = 0.0
    relative: float = 0.0
    own_error: float = 0.0  # E
    own_ratio: float = 0.0  # R
    own_norm: float = 0.0
    overflows: bool = False  # PyTorch's answer in the challenge's dtype, where the golden one is finite
    slack: float = 1.0
    norm_limit: float = math.inf  # for the whole error, because R may say little about a single element
    timed: bool = False  # it is compared many times, so this must be fast

    def allowed(self, golden: Tensor) -> Tensor:
        """The error that is allowed for each of some golden values."""
        default = self.absolute + self.relative * golden.abs()
        own = torch.clamp(self.own_ratio * default, max=self.own_error)
        return self.slack * torch.maximum(default, PYTORCHS_OWN_ERROR * own)

    def at_another_size(self) -> "Expected":
        """The same for a kind of values at a size at which no challenge tests it, and for values with heavy
        parts: partial sums that are exact, or small, at the sizes tested may be rounded there. An error of
        1/1000 of the largest value is allowed. What overflows, or forgets a large value, is further off.
        """
        if not self.dtype.is_floating_point:
            return self
        values = self.values.double()  # few operations support 8-bit floats
        finite = torch.where(values.isfinite(), values, 0.0).abs()
        largest = float(finite.max()) if finite.numel() else 0.0
        return replace(self, absolute=max(self.absolute, _OF_LARGEST * largest))


@contextlib.contextmanager
def precision(name: str) -> Iterator[None]:
    """Let PyTorch use the precision that the challenge allows: "ieee", "tf32" or "fp16" accumulation."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32, matmul.allow_fp16_accumulation
    matmul.allow_tf32 = cudnn.allow_tf32 = name == "tf32"
    matmul.allow_fp16_accumulation = name == "fp16"
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32, matmul.allow_fp16_accumulation = before


def norm_of(values: Tensor) -> float:
    """The Euclidean norm of the finite elements."""
    finite = torch.where(values.isfinite(), values, 0.0)
    return float(torch.linalg.vector_norm(finite, dtype=torch.float64))


def tolerance_of(challenge: Challenge, dtype: torch.dtype, golden: Tensor) -> tuple[float, float]:
    """The tolerance of an output, (relative, absolute). The absolute part is smaller for small outputs."""
    if isinstance(challenge.acceptance, Close):
        return challenge.acceptance.relative, challenge.acceptance.absolute
    relative, absolute = _TOLERANCES[dtype]
    if golden.numel() >= _FEW:
        finite = golden.isfinite()
        norm = torch.linalg.vector_norm(torch.where(finite, golden, 0.0), dtype=torch.float64)
        rms = float(norm) / max(1.0, float(finite.sum())) ** 0.5
        if rms > CANCELLED:
            absolute *= min(1.0, max(_SMALLEST, rms))
    return relative, absolute
