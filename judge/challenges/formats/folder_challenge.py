"""A loaded challenge of the format `folder`: its reference, its cases, the shapes of inputs and outputs."""

import importlib.util
import inspect
import re
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from judge.challenges.float64_answer import fitting_answer, golden_answer
from judge.challenges.formats.annotations import Annotations, shown
from judge.challenges.formats.spec import Spec, read_spec
from judge.challenges.protocol import (
    BUILT_IN_BASELINES,
    Acceptance,
    Baseline,
    Case,
    Close,
    Derived,
    Inputs,
    Outputs,
    Sizes,
    TensorShape,
)
from judge.challenges.rng import Rng, derive
from judge.challenges.signature import Parameter
from judge.errors import BadInput

FUZZ_CASES = 5


class FolderChallenge:
    """A challenge that is loaded from a folder. Raises BadInput if its parts do not fit together."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.name = folder.resolve().name
        self.spec: Spec = read_spec(folder / "spec.md")
        self.precision, self.deterministic = self.spec.precision, self.spec.deterministic
        exact = self.precision == "exact"
        self.acceptance: Acceptance = Close(0.0, 0.0) if exact else Derived()
        self._reference_path, self._inputs_path = folder / "reference.py", folder / "inputs.py"
        module = _load(self._reference_path)
        self._generator = _load(self._inputs_path)
        self.reference: Callable[..., Any] = _need(module, "reference", self._reference_path)
        self._flops: Callable[..., int] | None = getattr(module, "flops", None)
        for name in ("TESTS", "BENCHMARKS"):
            table = _need(self._generator, name, self._inputs_path)
            if not isinstance(table, list) or not all(isinstance(row, dict) for row in table):
                raise BadInput(f"{self._inputs_path}: {name} must be a list of dicts")
        for name in ("fuzz", "inputs"):
            _need(self._generator, name, self._inputs_path)
        self.test_shapes: list[dict[str, Any]] = self._generator.TESTS
        self.benchmark_shapes: list[dict[str, Any]] = self._generator.BENCHMARKS
        self._dtypes: dict[tuple[Any, ...], tuple[torch.dtype, ...]] = {}  # of the outputs
        self._annotations = Annotations(self.reference, self._reference_path)
        self.signature = self._annotations.signature
        self.baselines = {
            **dict.fromkeys(BUILT_IN_BASELINES, Baseline(self._reference_path.resolve(), "reference")),
            **_baselines(module, [p.name for p in self.signature.inputs], self._reference_path),
        }
        along = self.spec.independent
        everywhere = all(along in p.dims for p in self.signature.outputs)
        if along and not (everywhere and any(along in p.dims for p in self.signature.inputs)):
            raise BadInput(
                f"{folder / 'spec.md'}: independent = {along!r} must name a dimension of an input, "
                "and of all outputs"
            )

    # -- cases ------------------------------------------------------------------------------------

    def cases(self, seed: int) -> list[Case]:
        """The cases of TESTS, then random shapes from `fuzz`, of which every second has heavy parts."""
        fixed = len(self.test_shapes)
        shapes = [*self.test_shapes, *self.fuzz(seed, FUZZ_CASES)]
        return [
            Case(n, shape, derive(seed, "case", n), heavy=n > fixed and bool((n - fixed) % 2))
            for n, shape in enumerate(shapes, 1)
        ]

    def fuzz(self, seed: int, count: int) -> list[dict[str, Any]]:
        """`count` random shapes. The first ones are the same for every count.

        Raises BadInput if a shape is not a dict.
        """
        shapes = [self._call("fuzz", Rng(derive(seed, "fuzz", i))) for i in range(count)]
        for shape in shapes:
            if not isinstance(shape, dict):
                raise BadInput(f"{self._inputs_path}: fuzz() must return a dict, not {shown(shape)}")
        return shapes

    def benchmarks(self, seed: int) -> list[Case]:
        """The cases of BENCHMARKS. The clock derives another seed for every sample."""
        return [
            Case(n, shape, derive(seed, "benchmark", n)) for n, shape in enumerate(self.benchmark_shapes, 1)
        ]

    def draw(self, rng: Rng, shape: dict[str, Any]) -> Inputs:
        drawn = self._call("inputs", rng, **shape)
        names = [p.name for p in self.signature.inputs]
        if not isinstance(drawn, dict) or set(drawn) != set(names):
            gives = (
                ", ".join(map(str, drawn)) or "nothing" if isinstance(drawn, dict) else type(drawn).__name__
            )
            raise BadInput(
                f"{self._inputs_path}: inputs() returns {gives}; it must return a dict of "
                f"the reference's arguments: {', '.join(names)}"
            )
        return {
            name: drawn[name].contiguous() if isinstance(drawn[name], Tensor) else drawn[name]
            for name in names
        }

    def check(self, inputs: Inputs) -> None:
        if problem := self.problem(inputs):
            raise BadInput(f"{self._inputs_path}: inputs() gives {problem}")

    def problem(self, inputs: Inputs) -> str:
        """The first input that is not as the reference's annotations say, in words; "" if all are."""
        return self._annotations.problem(inputs)

    # -- sizes ------------------------------------------------------------------------------------

    def sizes(self, inputs: Inputs) -> Sizes:
        """The tensors of a call, and the number of its operations. If the annotations leave an output's shape
        or dtype open, the reference is called to learn them. Dtypes that it gave for inputs of the same
        dtypes and values need not be learned again.
        """
        kind = tuple(v.dtype if isinstance(v, Tensor) else v for v in inputs.values())
        outputs = self._annotated_outputs(inputs, self._dtypes.get(kind, ()))
        if not outputs:
            answer = self.answer(inputs)
            outputs = [
                TensorShape(p.name, tuple(value.shape), value.dtype, p.direction)
                for p, value in zip(self.signature.outputs, answer, strict=True)
            ]
            self._dtypes[kind] = tuple(each.dtype for each in outputs)
        try:
            flops = int(self._flops(**inputs)) if self._flops else 0
        except Exception as error:
            raise BadInput(place(error, self._reference_path)) from None
        tensors = {n: v for n, v in inputs.items() if isinstance(v, Tensor)}
        read = [TensorShape(n, tuple(v.shape), v.dtype) for n, v in tensors.items()]
        return Sizes([*read, *outputs], flops)

    def named_sizes(self, inputs: Inputs) -> dict[str, int]:
        """The sizes that the names of dimensions stand for, and the values of integer arguments, by name."""
        sizes = {n: v for n, v in inputs.items() if type(v) is int}
        for parameter in self.signature.inputs:
            if isinstance(inputs[parameter.name], Tensor):
                sizes |= _named_sizes(parameter, inputs[parameter.name].shape)
        return sizes

    def _annotated_outputs(self, inputs: Inputs, dtypes: tuple[torch.dtype, ...]) -> list[TensorShape]:
        """The outputs as the annotations give them, with `dtypes` where they are known; an empty list if
        anything is open.
        """
        sizes = self.named_sizes(inputs)
        outputs = []
        for n, parameter in enumerate(self.signature.outputs):
            known = all(d.isdigit() or (d.isidentifier() and d in sizes) for d in parameter.dims)
            annotated = getattr(torch, parameter.dtype, None) if parameter.dtype else None
            dtype = annotated or (dtypes[n] if dtypes else None)
            if not known or dtype is None:
                return []
            shape = tuple(int(dim) if dim.isdigit() else sizes[dim] for dim in parameter.dims)
            outputs.append(TensorShape(parameter.name, shape, dtype, parameter.direction))
        return outputs

    # -- the answer -------------------------------------------------------------------------------

    def answer(self, inputs: Inputs) -> Outputs:
        return fitting_answer(self._answer, inputs, self.signature, self.spec.independent)

    def golden(self, inputs: Inputs) -> Outputs:
        return golden_answer(self._answer, inputs, self.signature, self.spec.independent)

    def _answer(self, inputs: Inputs) -> Outputs:
        try:
            with warnings.catch_warnings(action="ignore"):  # a user who submits cannot fix their causes
                result = self.reference(**inputs)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            raise BadInput(place(error, self._reference_path)) from None
        outputs = result if isinstance(result, tuple) else (result,)
        self._annotations.require_outputs(inputs, outputs)
        return tuple(output.contiguous() for output in outputs)

    def _call(self, function: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(self._generator, function)(*args, **kwargs)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            raise BadInput(place(error, self._inputs_path)) from None


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"challenge_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadInput(place(error, path)) from None
    return module


def _need(module: ModuleType, name: str, path: Path) -> Any:
    if not hasattr(module, name):
        raise BadInput(f"{path}: it must define {name}")
    return getattr(module, name)


def _baselines(module: ModuleType, arguments: list[str], path: Path) -> dict[str, Baseline]:
    """The baselines in BASELINES of a reference's module. Raises BadInput for one that cannot be timed."""
    table = getattr(module, "BASELINES", {})
    if not isinstance(table, dict):
        raise BadInput(f"{path}: BASELINES must be a dict of names and functions")
    for name, function in table.items():
        where = f"{path}: BASELINES[{name!r}]"
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", name):
            raise BadInput(f"{where}: a name is letters and digits, with single '-' between them")
        if name in BUILT_IN_BASELINES:
            raise BadInput(f"{where}: there is already a baseline of this name; choose another")
        own = inspect.isfunction(function) and vars(module).get(function.__name__) is function
        if not own:
            raise BadInput(f"{where} must be a function that {path.name} defines under its own name")
        try:
            inspect.signature(function).bind(*arguments)
        except TypeError:
            raise BadInput(
                f"{where} does not take the reference's arguments: {', '.join(arguments)}"
            ) from None
    return {name: Baseline(path.resolve(), function.__name__) for name, function in table.items()}


def place(error: Exception, path: Path) -> str:
    """An error of the challenge's own code as one line of text, with the line number where it was raised."""
    names = (str(path), str(path.absolute()))  # a module's file name is absolute
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in names]
    line = frames[-1].lineno if frames else getattr(error, "lineno", None)
    what = str(error).splitlines()[0] if str(error) else ""
    return f"{path}{f':{line}' if line else ''}: {type(error).__name__}: {what}"


def _named_sizes(parameter: Parameter, shape: tuple[int, ...]) -> dict[str, int]:
    """The sizes that the names of a tensor's dimensions stand for. A *name or ... matches the dimensions that
    the others leave.
    """
    names = parameter.dims
    many = next((i for i, dim in enumerate(names) if dim == "..." or dim.startswith("*")), len(names))
    after = len(names) - many - 1
    named = dict(zip(names[:many], shape, strict=False))
    return named | (dict(zip(names[-after:], shape[-after:], strict=False)) if after > 0 else {})
