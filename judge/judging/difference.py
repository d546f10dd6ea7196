"""Compares an output with the expected one: is it right, which element is worst, where are the wrong ones."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from judge.judging.tolerance import Expected, norm_of
from judge.verdict.diagnosis import SMALLEST_BLOCK, Mismatch, Problem, Region, WholeMismatch

_CHUNK = 1 << 24  # elements compared at once, so that float64 temporaries stay small


@dataclass(frozen=True)
class Comparison:
    """The comparison of an output. `problem` is None if all is right. `max_error` and `allowed` are those of
    the worst element.
    """

    problem: Problem | None
    max_error: float | None
    allowed: float | None


def compare_output(expected: Expected, got: Tensor, unwritten: Tensor) -> Comparison:
    """Compare one output. `unwritten` is True where an element still holds the judge's poison."""
    if expected.timed and _close(expected, got):
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
        return Comparison(None, max_error, worst[2])
    left = unwritten.reshape(-1) & wrong
    return Comparison(_mismatch(expected, got, wrong.reshape(got.shape), left, worst), max_error, worst[2])


def _whole(expected: Expected, got: Tensor) -> Comparison:
    """Compare a timed sample as a whole. Each of its elements is right."""
    if math.isinf(expected.norm_limit):
        return Comparison(None, None, None)
    off = norm_of(got.float() - expected.values.float() if got.dtype.itemsize < 8 else got - expected.values)
    if off <= expected.norm_limit:
        return Comparison(None, None, None)
    problem = WholeMismatch(expected.name, off, expected.norm_limit)
    return Comparison(problem, off, expected.norm_limit)


def _close(expected: Expected, got: Tensor) -> bool:
    """Whether a timed sample is right. This is fast: it uses the output's own dtype and makes no report."""
    if not expected.dtype.is_floating_point:
        return torch.equal(got, expected.values)
    want = expected.values
    if expected.dtype.itemsize == 1:  # few operations support 8-bit floats
        got, want = got.float(), want.float()
    near = ((got - want).abs_() <= expected.allowed(want)) & want.isfinite()
    return bool((near | (got == want) | (got.isnan() & want.isnan())).all())


def _float_errors(expected: Expected, mine: Tensor, want: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """For each element the error, the allowed error, and their quotient (infinite where NaN or infinity
    differ).
    """
    # Where the answer overflows the dtype, infinity is right.
    mine, rounded, want = mine.double(), want.to(expected.dtype).double(), want.double()
    allowed = expected.allowed(torch.where(want.isfinite(), want, 0.0))
    error = (mine - want).abs()
    matches = (mine.isnan() & rounded.isnan()) | (rounded.isinf() & (mine == rounded))
    ordinary = mine.isfinite() & rounded.isfinite()
    error = torch.where(matches, 0.0, torch.where(ordinary, error, math.inf))
    severity = torch.where(error == 0.0, 0.0, error / allowed)
    return error, allowed, severity


def _mismatch(
    expected: Expected, got: Tensor, wrong: Tensor, unwritten: Tensor, worst: tuple[float, ...]
) -> Mismatch:
    place = _unravel(int(worst[3]), tuple(got.shape))
    mine, want = got[place].item(), expected.values[place].item()
    measured = math.isfinite(worst[1]) and expected.dtype != torch.bool
    digits = 6 if _number(mine, 6) != _number(want, 6) else 9  # enough to tell any two float32 apart
    return Mismatch(
        output=expected.name,
        index=place,
        got=_number(mine, digits),
        expected=_number(want, digits),
        error=worst[1] if measured else None,
        allowed=worst[2] if measured else None,
        wrong=int(wrong.sum()),
        total=wrong.numel(),
        unwritten=int(unwritten.sum()),
        region=region(wrong, expected.dims),
    )


def _number(value: float | int | bool, digits: int) -> str:
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def _unravel(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    place = []
    for size in reversed(shape):
        place.append(index % size)
        index //= size
    return tuple(reversed(place))


def region(wrong: Tensor, dims: tuple[str, ...]) -> Region | None:
    """The region of an output that holds all wrong elements; None if they are everywhere.

    Axes are looked at from the last to the first. There is a region if all wrong elements are at one position
    of an axis, from a position on where a block may begin, or in a small part of the axis.
    """
    if bool(wrong.all()):
        return None
    shape = tuple(wrong.shape)
    names = dims if len(dims) == len(shape) else tuple(f"dimension {i}" for i in range(len(shape)))
    for axis in reversed(range(len(shape))):
        others = [a for a in range(len(shape)) if a != axis]
        hit = (wrong.any(dim=others) if others else wrong).nonzero().reshape(-1)
        first, last, size = int(hit[0]), int(hit[-1]), shape[axis]
        if size == 1 or len(hit) == size:
            continue
        single = len(hit) == 1
        tail = last == size - 1 and first >= SMALLEST_BLOCK and first % SMALLEST_BLOCK == 0
        few = len(hit) * 4 <= size and (last - first + 1) * 4 <= size
        if single or tail or few:
            return Region(axis, len(shape), names[axis], first, last, size)
    return None
