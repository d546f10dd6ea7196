"""Reads the jaxtyping annotations of a reference into a Signature, and checks values against them."""

import inspect
import typing
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jaxtyping import AbstractArray, Shaped, jaxtyped
from torch import Tensor

from judge.challenges.signature import Parameter, Signature
from judge.errors import BadInput

SCALARS = (bool, int, float)


class Annotations:
    """The annotations of `reference`, a function of the file `path`.

    The arguments are what solve reads. The result is a tensor that solve writes; if it is a NamedTuple, each
    field is one. Raises BadInput if an annotation is missing, or is neither a tensor nor a scalar.
    """

    def __init__(self, reference: Callable[..., Any], path: Path) -> None:
        self._path = path
        self._arguments, self._outputs = _read(reference, path)
        read = [_parameter(name, hint) for name, hint in self._arguments.items()]
        written = [_parameter(name, hint, written=True) for name, hint in self._outputs.items()]
        self.signature = Signature((*read, *written))

    def problem(self, inputs: dict[str, Any]) -> str:
        """The first input that is not as annotated, in words; "" if all are."""
        with jaxtyped("context"):
            for name, hint in self._arguments.items():
                value = inputs[name]
                if hint in SCALARS:
                    good = type(value) is hint or (hint is float and type(value) is int)
                else:
                    good = isinstance(value, hint)
                if not good:
                    return f"{name} = {shown(value)}, the reference wants {self.signature[name]}"
        return ""

    def require_outputs(self, inputs: dict[str, Any], outputs: tuple[Any, ...]) -> None:
        """Raises BadInput unless a reference's result has the annotated shapes. Its dtypes may differ: a
        golden answer is in float64."""
        where = f"{self._path}: reference"
        if len(outputs) != len(self._outputs):
            raise BadInput(f"{where} returns {len(outputs)} outputs, its annotation has {len(self._outputs)}")
        with jaxtyped("context"):
            for name, hint in self._arguments.items():
                if _is_tensor(hint):
                    isinstance(inputs[name], _any_dtype(hint))  # binds the dimensions' names
            for (name, hint), value in zip(self._outputs.items(), outputs, strict=True):
                if not isinstance(value, _any_dtype(hint)):
                    wanted = self.signature[name]
                    raise BadInput(f"{where} returns {name} = {shown(value)}, its annotation is {wanted}")


def _read(reference: Callable[..., Any], path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The annotations of arguments and of outputs, by name."""
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
    for name, hint in arguments.items():
        if not _is_tensor(hint) and hint not in SCALARS:
            raise BadInput(
                f'{path}: {name} must be annotated as a tensor (Float32[Tensor, "n"]), bool, int or float'
            )
    result = hints["return"]
    fields = getattr(result, "_fields", None)
    named = typing.get_type_hints(result) if fields else {}
    outputs = {name: named[name] for name in fields} if fields else {"out": result}
    for name, hint in outputs.items():
        if not _is_tensor(hint):
            raise BadInput(
                f'{path}: output {name} must be annotated as a tensor (Float32[Tensor, "rows cols"]); '
                "several outputs are a NamedTuple of them"
            )
        if name in arguments:
            raise BadInput(f"{path}: {name} is the name of an argument and of an output")
    return arguments, outputs


def _parameter(name: str, hint: Any, written: bool = False) -> Parameter:
    if not _is_tensor(hint):
        return Parameter(name, scalar=hint)
    dtypes = hint.dtypes if isinstance(hint.dtypes, tuple) else ()
    kind = hint.__name__.split("[")[0]
    return Parameter(
        name,
        "out" if written else "in",
        tuple(str(each) for each in dtypes),
        tuple(str(hint.dim_str).split()),
        kind=kind,
    )


def _is_tensor(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, AbstractArray)


@cache
def _any_dtype(hint: Any) -> Any:
    """The annotation with its shape and with any dtype."""
    return Shaped[Tensor, hint.dim_str]


def shown(value: Any) -> str:
    """A value as messages show it: a tensor by its dtype and shape."""
    if isinstance(value, Tensor):
        return f"{str(value.dtype).removeprefix('torch.')}{list(value.shape)}"
    return repr(value)[:80]
