"""Right or wrong: the golden answer, how far from it a submission may be, and what to say when it is further.

The golden answer is the reference on inputs widened to float64. With a and r the absolute and relative
tolerance of torch.testing for the output's dtype, and g the golden value of an element, the default is

    d = a * clamp(rms(g), 0.001, 1) + r * |g|

(the absolute part shrinks with outputs that are small altogether, such as a softmax over many columns, where
it would accept zeros; outputs of a few elements keep it whole). Let e be PyTorch's own error in the
challenge's dtype: its largest absolute value E, its largest multiple R of d. An element may be off by

    max(d, 4 * min(E, R * d))

and by nothing at all where the challenge only moves values (precision = "exact").
"""

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from judge.challenge import Challenge, Inputs, Outputs, dims

# torch.testing.assert_close's defaults, (relative, absolute); the two 8-bit formats have their own rounding.
_TOLERANCES = {
    torch.float64: (1e-7, 1e-7),
    torch.float32: (1.3e-6, 1e-5),
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float8_e4m3fn: (0.0625, 1e-5),
    torch.float8_e5m2: (0.125, 1e-5),
}
_PYTORCHS_OWN_ERROR = 4
_SMALLEST = 1e-3
_CANCELLED = 1e-12  # an rms below this is rounding in float64: the answer is zero, and d stays whole
_FEW = 64  # elements, below which an rms and a largest error say little
_CHUNK = 1 << 24  # elements compared at once, so that float64 temporaries stay small


@dataclass(frozen=True)
class OwnError:
    """PyTorch's own error in one output: its largest multiple of d, and its norm relative to the answer's."""

    ratio: float = 0.0
    norm: float = 0.0

    def or_worse(self, other: "OwnError") -> "OwnError":
        """The larger of each."""
        return OwnError(max(self.ratio, other.ratio), max(self.norm, other.norm))


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
    slack: float = 1.0
    norm_limit: float = math.inf  # of the whole error, where R says little of a single element

    def allowed(self, golden: Tensor) -> Tensor:
        """How far from each of some golden values an element may be."""
        default = self.absolute + self.relative * golden.abs()
        own = torch.clamp(self.own_ratio * default, max=self.own_error)
        return self.slack * torch.maximum(default, _PYTORCHS_OWN_ERROR * own)


@dataclass(frozen=True)
class Comparison:
    """`message` is "" if all is right, else lines for the submission's author."""

    message: str
    max_error: float | None
    allowed: float | None


@contextlib.contextmanager
def precision(name: str) -> Iterator[None]:
    """Allow PyTorch what the challenge allows: "ieee", "tf32" or "fp16" accumulation."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32, matmul.allow_fp16_accumulation
    matmul.allow_tf32 = cudnn.allow_tf32 = name == "tf32"
    matmul.allow_fp16_accumulation = name == "fp16"
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32, matmul.allow_fp16_accumulation = before


def golden_answer(challenge: Challenge, inputs: Inputs) -> Outputs:
    """The reference in float64: on the device; in chunks along the spec's `independent` dimension, or on the
    CPU, where memory does not suffice."""
    wide = {
        name: value.double() if isinstance(value, Tensor) and value.is_floating_point() else value
        for name, value in inputs.items()
    }
    try:
        return challenge.answer(wide)
    except torch.OutOfMemoryError:
        torch.cuda.empty_cache()
    name = challenge.spec.independent
    pieces = 4
    while name and pieces <= 4096:
        try:
            return _in_chunks(challenge, wide, name, pieces)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            pieces *= 4
    on_cpu = {n: v.cpu() if isinstance(v, Tensor) else v for n, v in wide.items()}
    return challenge.answer(on_cpu)


def _in_chunks(challenge: Challenge, inputs: Inputs, name: str, pieces: int) -> Outputs:
    axes = {n: dims(a).index(name) for n, a in challenge.arguments.items() if name in dims(a)}
    parts = []
    size = next(inputs[n].shape[axis] for n, axis in axes.items())
    step = max(1, -(-size // pieces))
    for start in range(0, size, step):
        piece = {
            n: v.narrow(axes[n], start, min(step, size - start)) if n in axes else v
            for n, v in inputs.items()
        }
        parts.append(challenge.answer(piece))
    along = [dims(a).index(name) for a in challenge.outputs.values()]
    return tuple(torch.cat(p, axis) for p, axis in zip(zip(*parts, strict=True), along, strict=True))


def expect(challenge: Challenge, inputs: Inputs) -> list[Expected]:
    """The golden answer for one case, with the tolerance that PyTorch's own error earns."""
    golden = golden_answer(challenge, inputs)
    with precision(challenge.spec.precision):
        own = challenge.answer(inputs)
    found = []
    for (name, annotation), gold, mine in zip(challenge.outputs.items(), golden, own, strict=True):
        if not mine.is_floating_point():
            found.append(Expected(name, dims(annotation), gold.to(mine.dtype), mine.dtype))
            continue
        relative, absolute = _tolerance(challenge, mine.dtype, gold)
        error = (mine.to(gold.device).double() - gold).abs()
        error = torch.where(error.isfinite(), error, 0.0)
        default = absolute + relative * torch.where(gold.isfinite(), gold.abs(), 0.0)
        ratio = torch.where(default > 0, error / default, 0.0)
        found.append(
            Expected(
                name,
                dims(annotation),
                gold,
                mine.dtype,
                absolute,
                relative,
                own_error=float(error.max()) if error.numel() else 0.0,
                own_ratio=float(ratio.max()) if ratio.numel() else 0.0,
                own_norm=_norm(error) / max(_norm(gold), _CANCELLED),
            )
        )
    return found


def expect_timed(challenge: Challenge, inputs: Inputs, errors: dict[str, OwnError]) -> list[Expected]:
    """The expectation for a timed sample: the reference in the challenge's own dtype, at twice the tolerance.

    `errors` has, per output, the largest that the correctness cases showed. Where an answer cancels, R comes
    from an element near 0 and allows others anything; so the error as a whole is held to its norm too:
    twice max(|d|, 4 * own norm * |answer|).
    """
    with precision(challenge.spec.precision):
        own = challenge.answer(inputs)
    found = []
    for (name, annotation), mine in zip(challenge.outputs.items(), own, strict=True):
        if not mine.is_floating_point():
            found.append(Expected(name, dims(annotation), mine, mine.dtype))
            continue
        values = mine.float() if mine.dtype.itemsize == 1 else mine
        relative, absolute = _tolerance(challenge, mine.dtype, values)
        error, norm = errors[name], _norm(values)
        default = absolute * values.numel() ** 0.5 + relative * norm
        found.append(
            Expected(
                name,
                dims(annotation),
                mine,
                mine.dtype,
                absolute,
                relative,
                math.inf,
                error.ratio,
                slack=2.0,
                norm_limit=2.0 * max(default, _PYTORCHS_OWN_ERROR * error.norm * norm),
            )
        )
    return found


def _norm(values: Tensor) -> float:
    """The Euclidean norm of the finite elements."""
    finite = torch.where(values.isfinite(), values, 0.0)
    return float(torch.linalg.vector_norm(finite, dtype=torch.float64))


def _tolerance(challenge: Challenge, dtype: torch.dtype, golden: Tensor) -> tuple[float, float]:
    """(relative, absolute) for an output, the absolute part scaled down to small outputs."""
    if challenge.spec.precision == "exact":
        return 0.0, 0.0
    relative, absolute = _TOLERANCES[dtype]
    if golden.numel() >= _FEW:
        finite = golden.isfinite()
        norm = torch.linalg.vector_norm(torch.where(finite, golden, 0.0), dtype=torch.float64)
        rms = float(norm) / max(1.0, float(finite.sum())) ** 0.5
        if rms > _CANCELLED:
            absolute *= min(1.0, max(_SMALLEST, rms))
    return relative, absolute


def compare(expected: Expected, got: Tensor, unwritten: Tensor) -> Comparison:
    """Compare one output. `unwritten` has True where a value still is what the judge put there."""
    if expected.slack > 1.0 and _close(expected, got):
        return _whole(expected, got)
    golden = expected.values.reshape(-1)
    flat = got.reshape(-1)
    wrong = torch.zeros(flat.shape, dtype=torch.bool, device=flat.device)
    worst = (-1.0, 0.0, 0.0, 0)  # severity, error, allowed, index
    for start in range(0, flat.numel(), _CHUNK):
        mine = flat[start : start + _CHUNK]
        want = golden[start : start + _CHUNK].to(flat.device)
        if expected.dtype.is_floating_point:
            error, allowed, severity = _float_errors(expected, mine, want)
        else:
            error = (mine.double() - want.double()).abs()
            same = (
                mine == want if mine.dtype != torch.bool else mine.view(torch.uint8) == want.view(torch.uint8)
            )
            allowed = torch.zeros_like(error)
            severity = torch.where(same, 0.0, 1.0 + error)
        limit = 1.0 if expected.dtype.is_floating_point else 0.0
        wrong[start : start + _CHUNK] = severity > limit
        i = int(severity.argmax())
        if float(severity[i]) > worst[0]:
            worst = float(severity[i]), float(error[i]), float(allowed[i]), start + i
    max_error = worst[1] if math.isfinite(worst[1]) else None
    if not bool(wrong.any()):
        return Comparison("", max_error, worst[2])
    left = unwritten.reshape(-1) & wrong
    message = _report(expected, got, wrong.reshape(got.shape), left, worst)
    return Comparison(message, max_error, worst[2])


def _whole(expected: Expected, got: Tensor) -> Comparison:
    """Whether a timed sample, right element by element, is right as a whole."""
    if math.isinf(expected.norm_limit):
        return Comparison("", None, None)
    off = _norm(got.float() - expected.values.float() if got.dtype.itemsize < 8 else got - expected.values)
    if off <= expected.norm_limit:
        return Comparison("", None, None)
    message = (
        f"{expected.name} as a whole is off by {off:.2g}, allowed {expected.norm_limit:.2g} (Euclidean norms)"
    )
    return Comparison(message, off, expected.norm_limit)


def _close(expected: Expected, got: Tensor) -> bool:
    """Whether a timed sample is right, quickly: in the output's own dtype, without a report."""
    if not expected.dtype.is_floating_point:
        return torch.equal(got, expected.values)
    want = expected.values
    if expected.dtype.itemsize == 1:  # few operations take 8-bit floats
        got, want = got.float(), want.float()
    near = ((got - want).abs_() <= expected.allowed(want)) & want.isfinite()
    return bool((near | (got == want) | (got.isnan() & want.isnan())).all())


def _float_errors(expected: Expected, mine: Tensor, want: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Per element: the error, what is allowed, and their quotient (infinite where NaN or infinity differ)."""
    # Where the answer overflows the dtype, infinity is right.
    mine, rounded, want = mine.double(), want.to(expected.dtype).double(), want.double()
    allowed = expected.allowed(torch.where(want.isfinite(), want, 0.0))
    error = (mine - want).abs()
    matches = (mine.isnan() & rounded.isnan()) | (rounded.isinf() & (mine == rounded))
    ordinary = mine.isfinite() & rounded.isfinite()
    error = torch.where(matches, 0.0, torch.where(ordinary, error, math.inf))
    severity = torch.where(error == 0.0, 0.0, error / allowed)
    return error, allowed, severity


def _report(
    expected: Expected, got: Tensor, wrong: Tensor, unwritten: Tensor, worst: tuple[float, ...]
) -> str:
    place = _unravel(int(worst[3]), tuple(got.shape))
    index = f"[{', '.join(map(str, place))}]" if place else ""
    mine = got[place].item()
    want = expected.values[place].item()
    off = f"    off by {worst[1]:.2g}, allowed {worst[2]:.2g}" if math.isfinite(worst[1]) else ""
    if expected.dtype == torch.bool:
        off = ""
    digits = 6 if _number(mine, 6) != _number(want, 6) else 9  # enough to tell any two float32 apart
    lines = [f"{expected.name}{index} = {_number(mine, digits)}    expected {_number(want, digits)}{off}"]
    count, total = int(wrong.sum()), wrong.numel()
    where = cluster(wrong, expected.dims)
    lines.append(f"{count} of {total} elements differ{', ' + where if where else ''}")
    left = int(unwritten.sum())
    if left:
        lines.append("none of them was ever written" if left == count else f"{left} were never written")
    return "\n".join(lines)


def _number(value: float | int | bool, digits: int) -> str:
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def _unravel(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    place = []
    for size in reversed(shape):
        place.append(index % size)
        index //= size
    return tuple(reversed(place))


def cluster(wrong: Tensor, dims: tuple[str, ...]) -> str:
    """Where the wrong elements of an output lie together, in words, or ""."""
    if bool(wrong.all()):
        return ""
    shape = tuple(wrong.shape)
    names = dims if len(dims) == len(shape) else tuple(f"dimension {i}" for i in range(len(shape)))
    for axis in reversed(range(len(shape))):
        others = [a for a in range(len(shape)) if a != axis]
        hit = (wrong.any(dim=others) if others else wrong).nonzero().reshape(-1)
        first, last, size = int(hit[0]), int(hit[-1]), shape[axis]
        word = _axis_word(axis, len(shape), names[axis])
        if size == 1 or len(hit) == size:
            continue
        if first == size - 1:
            tail = f"all in the last {word}"
            masked = {"column": "the row", "row": "the column"}.get(word, names[axis])
            return f"{tail}: is the tail of {masked} masked?"
        if len(hit) == 1:
            return f"all in {word} {first}"
        block = first & -first
        if first >= 16 and block >= 16 and last == size - 1:
            return (
                f"all from {word} {first} on, a multiple of a block size of {block}: "
                "is the last block masked?"
            )
        if len(hit) * 4 <= size and (last - first + 1) * 4 <= size:
            return f"all in {word}s {first} to {last} of {size}"
    return ""


def _axis_word(axis: int, count: int, name: str) -> str:
    if count == 2:
        return ("row", "column")[axis]
    return "element" if count == 1 else f"index of {name}"
