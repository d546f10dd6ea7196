"""The answers of a reference, in pieces where memory is short; the golden one in float64."""

import contextlib
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from judge.challenges.signature import Signature

_PIECES = (4, 16, 64, 256, 1024, 4096)

Answer = Callable[[dict[str, Any]], tuple[Tensor, ...]]


def widened(inputs: dict[str, Any]) -> dict[str, Any]:
    """Inputs with their floating-point tensors in float64."""
    return {
        name: value.double() if isinstance(value, Tensor) and value.is_floating_point() else value
        for name, value in inputs.items()
    }


def golden_answer(
    answer: Answer, inputs: dict[str, Any], signature: Signature, independent: str = ""
) -> tuple[Tensor, ...]:
    """A reference's answer in float64, computed on the inputs' device, or on the CPU if its memory does not
    suffice.
    """
    wide = widened(inputs)
    try:
        return fitting_answer(answer, wide, signature, independent)
    except torch.OutOfMemoryError:
        torch.cuda.empty_cache()
    return answer({n: v.cpu() if isinstance(v, Tensor) else v for n, v in wide.items()})


def fitting_answer(
    answer: Answer, inputs: dict[str, Any], signature: Signature, independent: str = ""
) -> tuple[Tensor, ...]:
    """A reference's answer. If memory does not suffice, it is computed in pieces along the dimension
    `independent` (if there is one). Raises torch.OutOfMemoryError if that does not help.
    """
    try:
        return answer(inputs)
    except torch.OutOfMemoryError:
        if not independent:
            raise
    for pieces in _PIECES:
        torch.cuda.empty_cache()
        with contextlib.suppress(torch.OutOfMemoryError):
            return _in_pieces(answer, inputs, signature, independent, pieces)
    torch.cuda.empty_cache()
    raise torch.OutOfMemoryError(f"the answer does not fit, even in {_PIECES[-1]} pieces")


def _in_pieces(
    answer: Answer, inputs: dict[str, Any], signature: Signature, name: str, pieces: int
) -> tuple[Tensor, ...]:
    axes = {p.name: p.dims.index(name) for p in signature.inputs if name in p.dims}
    parts = []
    size = next(inputs[n].shape[axis] for n, axis in axes.items())
    step = max(1, -(-size // pieces))
    for start in range(0, size, step):
        piece = {
            n: v.narrow(axes[n], start, min(step, size - start)) if n in axes else v
            for n, v in inputs.items()
        }
        parts.append(answer(piece))
    along = [p.dims.index(name) for p in signature.outputs]
    return tuple(torch.cat(p, axis) for p, axis in zip(zip(*parts, strict=True), along, strict=True))
