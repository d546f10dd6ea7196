"""The signature of a challenge: the ordered parameters of solve, in no particular programming language.

Everything that depends on it is derived from it: solve's arguments, the shared buffers, the templates for
solutions, and the texts of errors.
"""

from dataclasses import dataclass
from typing import Literal

Direction = Literal["in", "out", "inout"]

# The names in C, or in CUDA C++ if C has none.
_C_TYPES = {
    "float64": "double",
    "float32": "float",
    "float16": "__half",
    "bfloat16": "__nv_bfloat16",
    "float8_e4m3fn": "__nv_fp8_e4m3",
    "float8_e5m2": "__nv_fp8_e5m2",
    "int64": "int64_t",
    "int32": "int",
    "int16": "int16_t",
    "int8": "int8_t",
    "uint64": "uint64_t",
    "uint32": "uint32_t",
    "uint16": "uint16_t",
    "uint8": "uint8_t",
    "bool": "bool",
}
_C_SCALARS = {bool: "bool", int: "int64_t", float: "float"}


class Directed:
    """Something that solve reads, writes, or both."""

    direction: Direction

    @property
    def is_read(self) -> bool:
        """Whether solve gets a value in it."""
        return self.direction != "out"

    @property
    def is_written(self) -> bool:
        """Whether solve leaves an answer in it."""
        return self.direction != "in"


@dataclass(frozen=True)
class Parameter(Directed):
    """One parameter of solve: a tensor, or, if `scalar` is given, a bool, an int or a float.

    `dtypes` are the dtypes that a tensor may have, by torch's names. `dims` has a name or a number for each
    dimension; "*name" and "..." stand for any number of dimensions. `kind` is the common name of several
    dtypes, such as Float.
    """

    name: str
    direction: Direction = "in"
    dtypes: tuple[str, ...] = ()
    dims: tuple[str, ...] = ()
    scalar: type | None = None
    kind: str = ""

    @property
    def is_tensor(self) -> bool:
        return self.scalar is None

    @property
    def dtype(self) -> str:
        """The dtype, "" if it may have several."""
        return self.dtypes[0] if len(self.dtypes) == 1 else ""

    @property
    def rank(self) -> int | None:
        """The number of dimensions, None if it is not fixed."""
        return None if any(dim == "..." or dim.startswith("*") for dim in self.dims) else len(self.dims)

    @property
    def c_type(self) -> str:
        """The type in a C signature: const float* for a tensor to read, void* if the dtype is open."""
        if self.scalar:
            return _C_SCALARS[self.scalar]
        const = "" if self.is_written else "const "
        return f"{const}{_C_TYPES.get(self.dtype, 'void')}*"

    def __str__(self) -> str:
        """The parameter as people read it: x: float32[rows cols]."""
        if self.scalar:
            return f"{self.name}: {self.scalar.__name__}"
        return f"{self.name}: {self.dtype or self.kind or 'tensor'}[{' '.join(self.dims)}]"


@dataclass(frozen=True)
class Signature:
    """The parameters of solve, in their order; no two have the same name."""

    parameters: tuple[Parameter, ...]

    @property
    def names(self) -> list[str]:
        return [p.name for p in self.parameters]

    @property
    def inputs(self) -> list[Parameter]:
        """The parameters that the challenge draws: scalars, and tensors that solve reads and may write."""
        return [p for p in self.parameters if p.is_read]

    @property
    def outputs(self) -> list[Parameter]:
        """The parameters that solve writes. The answer has one tensor for each."""
        return [p for p in self.parameters if p.is_written]

    @property
    def tensors(self) -> list[Parameter]:
        return [p for p in self.parameters if p.is_tensor]

    def positions(self, parameters: list[Parameter]) -> list[int]:
        """The positions of some parameters in the signature."""
        names = self.names
        return [names.index(p.name) for p in parameters]

    def __getitem__(self, name: str) -> Parameter:
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)

    def __str__(self) -> str:
        """The signature as people read it: def solve(x: float32[rows cols], out: float32[rows cols])."""
        return f"def solve({', '.join(map(str, self.parameters))})"
