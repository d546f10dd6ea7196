"""The arguments of solve for templates: names, dtypes and sizes that can be written into code."""

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass

from judge.challenges.protocol import Challenge
from judge.challenges.signature import Parameter
from judge.errors import BadInput

FLOATS = ("float64", "float32", "float16", "bfloat16")
INTEGERS = ("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8")


@dataclass(frozen=True)
class ScalarArgument:
    """A bool, int or float: `value` is what a kernel calls it. A bool is a constexpr there."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True)
class TensorArgument:
    """A tensor. `dims` are its sizes as code, names and whole numbers; `value` is what a kernel calls a block
    of its elements; `dtype` is "" if the annotation leaves it open.
    """

    name: str
    value: str
    dtype: str
    dims: tuple[str, ...]

    @property
    def pointer(self) -> str:
        return f"{self.name}_ptr"

    @property
    def rank(self) -> int:
        return len(self.dims)

    @property
    def is_one(self) -> bool:
        """Whether it has a single element, by its annotation."""
        return all(dim == "1" for dim in self.dims)

    @property
    def is_integer(self) -> bool:
        return "int" in self.dtype

    @property
    def is_float(self) -> bool:
        return not self.is_integer and self.dtype != "bool"

    @property
    def described(self) -> str:
        """The dtype and the sizes, for comments: float32 [rows, cols]."""
        return f"{self.dtype or 'any float dtype'} [{', '.join(self.dims)}]"

    @property
    def tl(self) -> str:
        """The code for its dtype in a kernel."""
        if not self.dtype:
            return f"{self.pointer}.dtype.element_ty"
        return "tl.int1" if self.dtype == "bool" else f"tl.{self.dtype}"

    @property
    def wide(self) -> str:
        """The dtype in which its elements are added up: float64, float32 or int64."""
        return "float64" if self.dtype == "float64" else "float32" if self.is_float else "int64"

    @property
    def other(self) -> str:
        """The value that a masked load gives outside of the mask."""
        return "0.0" if self.is_float else "0"

    def place(self, of: "TensorArgument") -> str | None:
        """The code for the offset of the element that belongs to an element of the tensor `of`, by the
        coordinates of `of`.

        Dimensions of the same name are the same, and a dimension of 1 is repeated. None if this tensor has a
        dimension that `of` does not have, or `of` has a name twice.
        """
        if len(set(of.dims)) < of.rank:
            return None
        offset = ""
        for dim in self.dims:
            if dim == "1":
                continue
            if dim not in of.dims:
                return None
            before = f"({offset})" if "+" in offset else offset
            offset = f"{before} * {dim} + at_{dim}" if before else f"at_{dim}"
        return offset

    def coordinates(self, offsets: str) -> list[tuple[str, str]]:
        """The names of its coordinates, such as at_rows, with the code that finds each from flat offsets."""
        found = []
        for axis, dim in enumerate(self.dims):
            below = [d for d in self.dims[axis + 1 :] if d != "1"]
            code = offsets
            if below:
                code += f" // {below[0]}" if len(below) == 1 else f" // ({' * '.join(below)})"
            if axis:
                code += f" % {dim}"
            found.append((f"at_{dim}", code))
        return found


Argument = ScalarArgument | TensorArgument


@dataclass(frozen=True)
class Arguments:
    """All arguments, in the order of solve. `inputs` are the tensors that solve reads, `outputs` the tensors
    that it writes. `sizes` are the names of the dimensions; the lines in `unpack` define them in solve.
    """

    all: tuple[Argument, ...]
    inputs: tuple[TensorArgument, ...]
    outputs: tuple[TensorArgument, ...]
    sizes: tuple[str, ...]
    unpack: tuple[str, ...]

    @property
    def tensors(self) -> list[TensorArgument]:
        return [a for a in self.all if isinstance(a, TensorArgument)]

    @property
    def scalars(self) -> list[ScalarArgument]:
        return [a for a in self.all if isinstance(a, ScalarArgument)]

    @property
    def parameters(self) -> list[str]:
        """The parameters of solve with their types."""
        return [f"{a.name}: {getattr(a, 'kind', 'Tensor')}" for a in self.all]


def arguments_of(challenge: Challenge, own: frozenset[str]) -> Arguments:
    """The arguments of a challenge's solve. An argument or a dimension gets another name if a variable of the
    template (`own`) has the same one.

    Raises BadInput for tensors that no code can be written for.
    """
    parameters = challenge.signature.parameters
    names = {p.name for p in parameters}
    whole = {p.name for p in parameters if p.scalar is int}
    sizes: dict[str, str] = {}  # a dimension as it is named in the signature -> its code
    unpack = []
    made: dict[str, Argument] = {}
    for p in parameters:
        value = _free(p.name, own, "_value")
        if p.scalar:
            made[p.name] = ScalarArgument(p.name, p.scalar.__name__, value)
            continue
        codes, new = [], []
        for axis, dim in enumerate(p.dims):
            if dim == "..." or dim.startswith("*"):
                raise BadInput(
                    f"{challenge.name}: {p.name} may have any rank ({dim}); templates need a fixed one"
                )
            if dim.isdigit() or dim in sizes or dim in whole:
                codes.append(sizes.get(dim, dim))
                new.append("_")
                continue
            code = _free(_size_name(dim, p.name, axis), own | names | set(sizes.values()), "_size")
            if dim != "_":
                sizes[dim] = code
            codes.append(code)
            new.append(code)
        if any(code != "_" for code in new):
            left = f"{new[0]} = {p.name}.shape[0]" if len(new) == 1 else f"{', '.join(new)} = {p.name}.shape"
            unpack.append(left)
        made[p.name] = TensorArgument(p.name, value, _dtype(challenge.name, p), tuple(codes))

    def tensors(chosen: list[Parameter]) -> tuple[TensorArgument, ...]:
        found = [made[p.name] for p in chosen]
        return tuple(each for each in found if isinstance(each, TensorArgument))

    return Arguments(
        tuple(made.values()),
        tensors(challenge.signature.inputs),
        tensors(challenge.signature.outputs),
        tuple(_defined(unpack)),
        tuple(unpack),
    )


def _defined(unpack: Sequence[str]) -> list[str]:
    """The names on the left of lines like `rows, cols = x.shape`."""
    return [name for line in unpack for name in line.split(" = ")[0].split(", ") if name != "_"]


def _size_name(dim: str, tensor: str, axis: int) -> str:
    """A name for a dimension: rows for rows. For an expression, such as n-k+1 of out, it is out_n."""
    if dim.isidentifier() and dim != "_":
        return dim
    inner = re.search(r"[A-Za-z]\w*", dim)
    return f"{tensor}_{inner[0]}" if inner else f"{tensor}_size{axis}"


def _free(name: str, taken: set[str] | frozenset[str], suffix: str) -> str:
    while name in taken or keyword.iskeyword(name):
        name += suffix
    return name


def _dtype(challenge: str, parameter: Parameter) -> str:
    found = {each.rstrip("_") for each in parameter.dtypes}
    if len(found) > 1 and all("float" in each for each in found):
        return ""
    if len(found) != 1:
        raise BadInput(
            f"{challenge}: {parameter.name} may be of several dtypes; templates need one, or Float"
        )
    [dtype] = found
    if dtype not in (*FLOATS, *INTEGERS, "bool"):
        raise BadInput(f"{challenge}: {parameter.name} is {dtype}, which Triton has no dtype for")
    return dtype
