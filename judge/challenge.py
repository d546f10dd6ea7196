"""A challenge: its reference, its cases, and the shapes of what goes in and out."""

import importlib.util
import inspect
import traceback
import typing
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from jaxtyping import AbstractArray, Shaped, jaxtyped
from torch import Tensor

from judge.baselines import declared
from judge.errors import BadInput
from judge.inputs import Rng, derive
from judge.spec import Spec, read_spec

FUZZ_CASES = 5
SCALARS = (bool, int, float)

Inputs = dict[str, Any]
Outputs = tuple[Tensor, ...]


@dataclass(frozen=True)
class Case:
    """One set of shape values. `number` counts from 1; `seed` is the case's own."""

    number: int
    shape: dict[str, Any]
    seed: int

    @property
    def name(self) -> str:
        return " ".join(f"{key}={value}" for key, value in self.shape.items())


@dataclass(frozen=True)
class TensorShape:
    """What a tensor needs of memory."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype

    @property
    def elements(self) -> int:
        return int(torch.Size(self.shape).numel())

    @property
    def bytes(self) -> int:
        return self.elements * self.dtype.itemsize


class Challenge:
    """A challenge's folder, loaded. Raises BadInput for whatever in it does not fit together."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.resolve().name
        self.spec: Spec = read_spec(folder / "spec.md")
        reference = _load(folder / "reference.py")
        self._inputs_path = folder / "inputs.py"
        self._generator = _load(self._inputs_path)
        self.reference: Callable[..., Any] = _need(reference, "reference", folder / "reference.py")
        self._flops: Callable[..., int] | None = getattr(reference, "flops", None)
        for name in ("TESTS", "BENCHMARKS"):
            table = _need(self._generator, name, self._inputs_path)
            if not isinstance(table, list) or not all(isinstance(row, dict) for row in table):
                raise BadInput(f"{self._inputs_path}: {name} must be a list of dicts")
        for name in ("fuzz", "inputs"):
            _need(self._generator, name, self._inputs_path)
        self.test_shapes: list[dict[str, Any]] = self._generator.TESTS
        self.benchmark_shapes: list[dict[str, Any]] = self._generator.BENCHMARKS
        self.arguments, self.outputs = _signature(self.reference, folder / "reference.py")
        self.baselines = declared(reference, self.arguments, folder / "reference.py")
        name = self.spec.independent
        along = [name in dims(a) for a in self.outputs.values()]
        if name and not (all(along) and any(name in dims(a) for a in self.arguments.values())):
            raise BadInput(f"{folder / 'spec.md'}: independent = {name!r} is no dimension of all outputs")

    @property
    def parameters(self) -> list[str]:
        """The names of solve's arguments: the reference's, then one per output."""
        return [*self.arguments, *self.outputs]

    def signature(self) -> str:
        """The expected signature of solve, for people."""
        described = [_describe(n, a) for n, a in {**self.arguments, **self.outputs}.items()]
        return f"def solve({', '.join(described)})"

    # -- cases ------------------------------------------------------------------------------------

    def cases(self, seed: int) -> list[Case]:
        """TESTS, then shapes nobody has seen."""
        shapes = [*self.test_shapes, *self.fuzz(seed, FUZZ_CASES)]
        return [Case(n, shape, derive(seed, "case", n)) for n, shape in enumerate(shapes, 1)]

    def fuzz(self, seed: int, count: int) -> list[dict[str, Any]]:
        """Random shapes; more of them begin with the same ones. Raises BadInput if one is no dict."""
        shapes = [self._call("fuzz", Rng(derive(seed, "fuzz", i))) for i in range(count)]
        for shape in shapes:
            if not isinstance(shape, dict):
                raise BadInput(f"{self._inputs_path}: fuzz() must return a dict, not {_shown(shape)}")
        return shapes

    def benchmarks(self, seed: int) -> list[Case]:
        """BENCHMARKS; the clock derives a seed of its own for every sample."""
        return [
            Case(n, shape, derive(seed, "benchmark", n)) for n, shape in enumerate(self.benchmark_shapes, 1)
        ]

    def draw(self, shape: dict[str, Any], seed: int, device: str) -> Inputs:
        """The inputs of one case, in the reference's order, checked against its annotations."""
        inputs = self.draw_from(Rng(seed, device), shape)
        self.check(inputs)
        return inputs

    def draw_from(self, rng: Rng, shape: dict[str, Any]) -> Inputs:
        """The next inputs of a generator, unchecked."""
        drawn = self._call("inputs", rng, **shape)
        if not isinstance(drawn, dict) or set(drawn) != set(self.arguments):
            gives = (
                ", ".join(map(str, drawn)) or "nothing" if isinstance(drawn, dict) else type(drawn).__name__
            )
            raise BadInput(
                f"{self._inputs_path}: inputs() returns {gives}; it must return a dict of "
                f"the reference's arguments: {', '.join(self.arguments)}"
            )
        return {
            name: drawn[name].contiguous() if isinstance(drawn[name], Tensor) else drawn[name]
            for name in self.arguments
        }

    def sizes(self, case: Case, device: str) -> tuple[list[TensorShape], list[TensorShape], int]:
        """Shapes of the inputs and of the outputs, and the floating-point operations, of a case.

        The inputs drawn for it, and where the annotations do not tell an output's shape and dtype also the
        answer, are thrown away: they are not those that the submission will see.
        """
        return self.shapes(self.draw(case.shape, derive(case.seed, "sizes"), device))

    def shapes(self, inputs: Inputs) -> tuple[list[TensorShape], list[TensorShape], int]:
        """Shapes of some inputs and of their outputs, and the floating-point operations of the call."""
        tensors = {n: v for n, v in inputs.items() if isinstance(v, Tensor)}
        outputs = self.annotated_outputs(inputs) or [
            TensorShape(name, tuple(value.shape), value.dtype)
            for name, value in zip(self.outputs, self.answer(inputs), strict=True)
        ]
        try:
            flops = int(self._flops(**inputs)) if self._flops else 0
        except Exception as error:
            raise BadInput(place(error, self.folder / "reference.py")) from None
        return [TensorShape(n, tuple(v.shape), v.dtype) for n, v in tensors.items()], outputs, flops

    def named_sizes(self, inputs: Inputs) -> dict[str, int]:
        """What the names of dimensions, and of whole numbers among the arguments, stand for."""
        sizes = {n: v for n, v in inputs.items() if type(v) is int}
        for name, annotation in self.arguments.items():
            if isinstance(inputs[name], Tensor):
                sizes |= _named_sizes(annotation, inputs[name].shape)
        return sizes

    def annotated_outputs(self, inputs: Inputs) -> list[TensorShape]:
        """The outputs by their annotations alone, none if those leave anything open."""
        sizes = self.named_sizes(inputs)
        outputs = []
        for name, annotation in self.outputs.items():
            named = dims(annotation)
            known = all(dim.isdigit() or (dim.isidentifier() and dim in sizes) for dim in named)
            dtypes = annotation.dtypes
            dtype = getattr(torch, dtypes[0], None) if len(dtypes) == 1 else None
            if not known or dtype is None:
                return []
            shape = tuple(int(dim) if dim.isdigit() else sizes[dim] for dim in named)
            outputs.append(TensorShape(name, shape, dtype))
        return outputs

    # -- the answer -------------------------------------------------------------------------------

    def answer(self, inputs: Inputs) -> Outputs:
        """The reference's outputs. Raises BadInput if they do not have the annotated shapes."""
        try:
            with warnings.catch_warnings(action="ignore"):  # nobody who submits can mend what they say
                result = self.reference(**inputs)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            raise BadInput(place(error, self.folder / "reference.py")) from None
        outputs = result if isinstance(result, tuple) else (result,)
        where = f"{self.folder / 'reference.py'}: reference"
        if len(outputs) != len(self.outputs):
            raise BadInput(f"{where} returns {len(outputs)} outputs, annotated are {len(self.outputs)}")
        with jaxtyped("context"):
            for name, annotation in self.arguments.items():
                if _is_tensor(annotation):
                    isinstance(inputs[name], _any_dtype(annotation))  # binds the dimensions' names
            for (name, annotation), value in zip(self.outputs.items(), outputs, strict=True):
                if not isinstance(value, _any_dtype(annotation)):
                    wanted = _describe(name, annotation)
                    raise BadInput(f"{where} returns {name} = {_shown(value)}, annotated is {wanted}")
        return tuple(output.contiguous() for output in outputs)

    def check(self, drawn: Inputs) -> None:
        """Raises BadInput unless some inputs are as the reference's annotations say."""
        where = f"{self._inputs_path}: inputs()"
        with jaxtyped("context"):
            for name, annotation in self.arguments.items():
                value = drawn[name]
                if annotation in SCALARS:
                    good = type(value) is annotation or (annotation is float and type(value) is int)
                else:
                    good = isinstance(value, annotation)
                if not good:
                    raise BadInput(
                        f"{where} gives {name} = {_shown(value)}, "
                        f"the reference wants {_describe(name, annotation)}"
                    )

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


def place(error: Exception, path: Path) -> str:
    """One line for an error of the challenge's own code, with the line it arose in."""
    names = (str(path), str(path.absolute()))  # a module's file name is absolute
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in names]
    line = frames[-1].lineno if frames else getattr(error, "lineno", None)
    what = str(error).splitlines()[0] if str(error) else ""
    return f"{path}{f':{line}' if line else ''}: {type(error).__name__}: {what}"


def _signature(reference: Callable[..., Any], path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        hints = typing.get_type_hints(reference)
        names = list(inspect.signature(reference).parameters)
    except Exception as error:
        raise BadInput(f"{path}: reference's annotations cannot be read: {error}") from None
    for name in (*names, "return"):
        if name not in hints:
            what = "its result" if name == "return" else name
            raise BadInput(f"{path}: reference has no annotation for {what}")
    arguments = {name: hints[name] for name in names}
    for name, annotation in arguments.items():
        if not _is_tensor(annotation) and annotation not in SCALARS:
            raise BadInput(
                f'{path}: {name} must be annotated as a tensor (Float32[Tensor, "n"]), bool, int or float'
            )
    result = hints["return"]
    fields = getattr(result, "_fields", None)
    named = typing.get_type_hints(result) if fields else {}
    outputs = {name: named[name] for name in fields} if fields else {"out": result}
    for name, annotation in outputs.items():
        if not _is_tensor(annotation):
            raise BadInput(
                f'{path}: output {name} must be annotated as a tensor (Float32[Tensor, "rows cols"]); '
                "several outputs are a NamedTuple of them"
            )
        if name in arguments:
            raise BadInput(f"{path}: {name} is the name of an argument and of an output")
    return arguments, outputs


def dims(annotation: Any) -> tuple[str, ...]:
    """The names of an annotation's dimensions, none if it is no tensor's."""
    return tuple(str(getattr(annotation, "dim_str", "")).split())


@cache
def _any_dtype(annotation: Any) -> Any:
    """The annotation's shape alone: a golden answer is float64 whatever the dtype is."""
    return Shaped[Tensor, annotation.dim_str]


def _named_sizes(annotation: Any, shape: tuple[int, ...]) -> dict[str, int]:
    """The sizes that an annotation's names stand for; a *name or ... takes what the others leave."""
    names = dims(annotation)
    many = next((i for i, dim in enumerate(names) if dim == "..." or dim.startswith("*")), len(names))
    after = len(names) - many - 1
    named = dict(zip(names[:many], shape, strict=False))
    return named | (dict(zip(names[-after:], shape[-after:], strict=False)) if after > 0 else {})


def _is_tensor(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, AbstractArray)


def _describe(name: str, annotation: Any) -> str:
    if not _is_tensor(annotation):
        return f"{name}: {annotation.__name__}"
    dtypes = annotation.dtypes
    dtype = dtypes[0] if isinstance(dtypes, tuple) and len(dtypes) == 1 else annotation.__name__.split("[")[0]
    return f"{name}: {dtype}[{annotation.dim_str}]"


def _shown(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{str(value.dtype).removeprefix('torch.')}{list(value.shape)}"
    return repr(value)[:80]
