"""Checks that a reference can give golden answers: deterministic, in float64, and near that in its dtype."""

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from judge.challenges.formats.folder_challenge import FolderChallenge
from judge.challenges.protocol import Case, Inputs
from judge.engine.buffers import identical
from judge.errors import BadInput
from judge.judging.difference import compare_output
from judge.judging.expectation import expect
from judge.verdict.wording import told

_OWN_ERROR = 8.0  # times torch.testing's default, in the median case, for float32 and wider


@dataclass(frozen=True)
class Own:
    """PyTorch's own largest error, as a multiple of torch.testing's default, and its output and case."""

    ratio: float
    where: str


class _Narrowing(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records where the reference rounds float64 to a narrower type."""

    def __init__(self, path: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.path = path
        self.found: list[str] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        if function is torch.ops.aten._to_copy.default:
            into, source = result, args[0]
        elif function is torch.ops.aten.copy_.default:
            into, source = args[:2]
        else:
            return result
        narrower = into.is_floating_point() and into.dtype != torch.float64
        if narrower and source.dtype == torch.float64 and (line := self._line()):
            self.found.append(f"{self.path}:{line}: it rounds float64 to {_plain(into.dtype)}")
        return result

    def _line(self) -> int:
        file, frame = str(self.path.absolute()), sys._getframe()
        while frame.f_back and frame.f_code.co_filename != file:
            frame = frame.f_back
        return frame.f_lineno if frame.f_code.co_filename == file else 0


def trial(challenge: FolderChallenge, cases: list[tuple[Case, Inputs]]) -> Own:
    """Try the reference on some cases.

    Raises BadInput unless it gives the same bits twice, leaves its inputs as they are, computes in float64 if
    its inputs are float64, and comes near that answer in its own dtype.
    """
    path = challenge.path / "reference.py"
    narrowing = _Narrowing(path)
    worst = (0.0, "")
    ratios: dict[str, list[float]] = {}
    for case, inputs in cases:
        where = f"{path}: {case.name}"
        mine = _copied(inputs)
        first = challenge.answer(mine)
        changed = [n for n, v in inputs.items() if isinstance(v, Tensor) and not identical(v, mine[n])]
        if changed:
            raise BadInput(f"{where}: the reference changes its input {changed[0]}; it must work on a copy")
        again = challenge.answer(_copied(inputs))
        if not all(map(identical, first, again)):
            raise BadInput(f"{where}: two runs on the same inputs differ; the answer must be deterministic")
        with narrowing:
            expected = expect(challenge, _copied(inputs))
        if narrowing.found:
            raise BadInput(
                f"{narrowing.found[0]}, so the golden answer is no better than that; "
                "keep the dtype of the inputs"
            )
        for e, values in zip(expected.outputs, first, strict=True):
            compared = compare_output(e, values, torch.zeros_like(values, dtype=torch.bool))
            if compared.problem:
                first_line = told([compared.problem])[0]
                raise BadInput(f"{where}: in its own dtype the reference itself is wrong: {first_line}")
            worst = max(worst, (e.own_ratio, f"{e.name} of {case.name}"))
            if values.is_floating_point() and values.dtype.itemsize >= 4:
                ratios.setdefault(e.name, []).append(e.own_ratio)
    for name, found in ratios.items():
        if (off := statistics.median(found)) > _OWN_ERROR:
            raise BadInput(
                f"{path}: {name} is off float64 by {off:.2g} times torch.testing's default in the median "
                "case, and submissions may be off as much; compute it more precisely"
            )
    return Own(*worst)


def _copied(inputs: Inputs) -> Inputs:
    return {n: v.clone() if isinstance(v, Tensor) else v for n, v in inputs.items()}


def _plain(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
