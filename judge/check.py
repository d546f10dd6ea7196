"""A challenge as its first hundred users would find it: a line or more for each point."""

import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from judge import body
from judge.challenge import FUZZ_CASES, SCALARS, Case, Challenge, Inputs, dims
from judge.compare import compare, expect
from judge.correctness import INTERPRETER_ELEMENTS, INTERPRETER_FLOPS
from judge.errors import BadInput
from judge.render import duration
from judge.shapes import NeedsValues, Shapes, drawn_shapes, shapes_of
from judge.spec import read_spec
from judge.workspace import PARTS
from judge.wrong import Interpreter, faults

SEED = 1
_FUZZ_SHAPES = 50
_BLOCKED = 8  # a dimension that stays below is cut into no blocks, so it has no tail to lose
_EXTREME = 8.0  # standard deviations: no standard normal number comes as far
_CHECKABLE = 100  # elements of an answer that a person checks by hand
_EXAMPLE_TOLERANCE = 1e-4  # examples are written with four decimals
_OWN_ERROR = 8.0  # of torch.testing's default, in the median case, for float32 and wider
_LARGEST = 8e9  # bytes of one set of a benchmark's tensors
_SHORTEST_US = 0.5  # of work; below that a time is the launch's
# What one GPU did at best (README, NVIDIA H200): bytes copied and half-precision operations per second.
_GPU, _COPY, _MATRIX = "an H200", 4.19e12, 7.5e14

Said = tuple[bool | None, str]


@dataclass(frozen=True)
class Finding:
    """`ok` is False for what must be mended, None for what is worth knowing."""

    challenge: str
    point: str
    ok: bool | None
    text: str


class Subject:
    """A challenge under examination. What several points look at is made once."""

    def __init__(self, folder: Path, seed: int, interpreter: Interpreter) -> None:
        self.folder, self.seed, self.interpreter = folder, seed, interpreter
        self.spec, self.reference, self.generator = (folder / part for part in PARTS)

    @cached_property
    def challenge(self) -> Challenge:
        return Challenge(self.folder)

    def sized(self, case: Case) -> Shapes:
        """The shapes of a case that is not too large to be drawn."""
        try:
            return shapes_of(self.challenge, case)
        except NeedsValues:
            return drawn_shapes(self.challenge, case)

    @cached_property
    def cases(self) -> list[Shapes]:
        """TESTS and the first shapes of fuzz, sized."""
        return [self.sized(case) for case in self.challenge.cases(self.seed)]

    @cached_property
    def drawn(self) -> list[tuple[Case, Inputs]]:
        """The inputs of those that the interpreter judges."""
        return [
            (each.case, self.challenge.draw(each.case.shape, each.case.seed, "cpu"))
            for each in self.cases
            if each.elements <= INTERPRETER_ELEMENTS and each.flops <= INTERPRETER_FLOPS
        ]

    @property
    def tests(self) -> int:
        """How many of the cases are TESTS."""
        return len(self.cases) - FUZZ_CASES

    @property
    def dimensions(self) -> list[str]:
        """The names of the tensors' dimensions."""
        annotations = (*self.challenge.arguments.values(), *self.challenge.outputs.values())
        named = dict.fromkeys(dim for annotation in annotations for dim in dims(annotation))
        return [dim for dim in named if dim.isidentifier() and not dim.startswith("_")]


def examine(folder: Path, seed: int, interpreter: Interpreter) -> Iterator[Finding]:
    """Look at every point, telling each as soon as it is known."""
    subject = Subject(folder, seed, interpreter)
    name = folder.resolve().name
    unreadable = ""
    for point, look in POINTS.items():
        if unreadable:
            yield Finding(name, point, None, f"not looked at before {unreadable} is mended")
            continue
        try:
            for ok, text in look(subject):
                yield Finding(name, point, ok, text)
        except BadInput as error:
            yield Finding(name, point, False, str(error))
            if point in ("files", "front matter", "annotations"):
                unreadable = point


# -- what is written ------------------------------------------------------------------------------------


def _files(s: Subject) -> Iterator[Said]:
    missing = [part for part in PARTS if not (s.folder / part).is_file()]
    if missing:
        raise BadInput(f"{s.folder}: it has no {' and no '.join(missing)}")
    count = len(list(s.folder.glob("wrong/*.py")))
    if count:
        yield True, f"{', '.join(PARTS)} and {count} wrong solutions"
    else:
        yield False, f"{s.folder / 'wrong'}: no wrong solutions; what shows that the tests refuse any?"


def _front_matter(s: Subject) -> Iterator[Said]:
    spec = read_spec(s.spec)
    values = dict(title=spec.title, origin=spec.origin, tags=",".join(spec.tags), body=spec.body)
    empty = [name for name, value in values.items() if not value.strip(" \n,")]
    if empty:
        yield False, f"{s.spec}: {' and '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty"
    else:
        yield True, f"{spec.title}, {spec.difficulty}, from {spec.origin}"


def _annotations(s: Subject) -> Iterator[Said]:
    """Every shape is drawn: the small ones with values, the others without."""
    tables = {"TESTS": s.cases[: s.tests], "BENCHMARKS": s.challenge.benchmarks(s.seed)}
    for name, table in tables.items():
        if not table:
            raise BadInput(f"{s.generator}: {name} is empty")
    large = len(s.cases) - len(s.drawn)
    sized = f", {large} of more elements than the interpreter takes are sized" if large else ""
    yield True, f"{len(s.drawn)} cases are drawn as annotated{sized}"


def _text(s: Subject) -> Iterator[Said]:
    wrong = [*_signature(s), *_table(s)]
    for text in wrong:
        yield False, text
    if not wrong:
        yield True, "the signature and the table of arguments are the reference's"


def _signature(s: Subject) -> Iterator[str]:
    line, parameters = body.signature(s.spec)
    if list(parameters) != s.challenge.parameters:
        said, is_ = ", ".join(parameters), ", ".join(s.challenge.parameters)
        yield f"{s.spec}:{line}: solve({said}) is not what the reference makes it: solve({is_})"
        return
    for name, annotation in s.challenge.arguments.items():
        wanted = annotation if annotation in SCALARS else Tensor
        if parameters[name].annotation is not wanted:
            yield f"{s.spec}:{line}: {name} must be annotated as {wanted.__name__}, as in the reference"


def _table(s: Subject) -> Iterator[str]:
    rows = body.table(s.spec)
    if list(rows) != s.challenge.parameters:
        wanted = ", ".join(s.challenge.parameters)
        yield f"{s.spec}: the rows of ## Arguments are {', '.join(rows) or 'none'}; they must be {wanted}"
        return
    for name, annotation in (s.challenge.arguments | s.challenge.outputs).items():
        line, (dtype, shape, role) = rows[name]
        where = f"{s.spec}:{line}: {name}"
        if annotation in SCALARS:
            if annotation.__name__ not in dtype:
                yield f"{where} is said to be {dtype!r}, the reference has {annotation.__name__}"
        else:
            if isinstance(annotation.dtypes, tuple) and dtype not in annotation.dtypes:
                yield f"{where} is said to be {dtype!r}, the reference has {', '.join(annotation.dtypes)}"
            if shape.split() != list(dims(annotation)):
                yield f"{where} is said to be of shape {shape!r}, the reference has {annotation.dim_str!r}"
        is_ = "input" if name in s.challenge.arguments else "output"
        if not role.startswith(is_):
            yield f"{where} is an {is_}, and its row must say so"


def _example(s: Subject) -> Iterator[Said]:
    line, named = body.example(s.spec)
    where = f"{s.spec}:{line}"
    missing = [name for name in s.challenge.arguments if name not in named]
    if missing:
        raise BadInput(f"{where}: the example does not define {', '.join(missing)}")
    inputs = {name: named[name] for name in s.challenge.arguments}
    for name, annotation in s.challenge.arguments.items():
        if not isinstance(inputs[name], annotation):
            raise BadInput(f"{where}: {name} is not as the reference's annotation says")
    answers = s.challenge.answer(inputs)
    expected = named["expected"] if isinstance(named["expected"], tuple) else (named["expected"],)
    if len(expected) != len(answers):
        raise BadInput(f"{where}: expected has {len(expected)} parts, the reference {len(answers)} outputs")
    wrong = [
        f"{where}: {text}"
        for name, want, got in zip(s.challenge.outputs, expected, answers, strict=True)
        if (text := _not_expected(name, want, got))
    ]
    for text in wrong:
        yield False, text
    if not wrong:
        yield True, "the reference gives what the worked example says"


def _not_expected(name: str, want: Any, got: Tensor) -> str:
    if not isinstance(want, Tensor) or (want.dtype, want.shape) != (got.dtype, got.shape):
        shown = f"{want.dtype} {list(want.shape)}" if isinstance(want, Tensor) else type(want).__name__
        return f"{name} is expected as {shown}, the reference gives {got.dtype} {list(got.shape)}"
    if got.numel() > _CHECKABLE:
        return f"{name} has {got.numel()} elements; nobody checks more than {_CHECKABLE} by hand"
    tolerance = _EXAMPLE_TOLERANCE
    near = torch.isclose(got.double(), want.double(), rtol=tolerance, atol=tolerance, equal_nan=True)
    if bool(near.all()):
        return ""
    place = (~near).nonzero()[0].tolist()
    told, found = want[tuple(place)].item(), got[tuple(place)].item()
    return f"{name}{place or ''} is expected to be {told:g}, the reference gives {found:g}"


# -- what is drawn --------------------------------------------------------------------------------------


def _sizes(s: Subject) -> Iterator[Said]:
    restricted = s.challenge.spec.restricted
    for name in restricted:
        if name not in (*s.dimensions, *s.challenge.arguments):
            yield False, f"{s.spec}: restricted names {name}, which is no dimension and no argument"
    random = [Case(0, shape, s.seed) for shape in s.challenge.fuzz(s.seed, _FUZZ_SHAPES)]
    drawn = {
        "TESTS": s.cases[: s.tests],
        "fuzz": [s.sized(case) for case in random],
    }
    reached = []
    for dim in s.dimensions:
        tests, fuzz = ({e.named[dim] for e in each if dim in e.named} for each in drawn.values())
        if not tests:
            continue
        lacks = [] if 1 in tests else ["TESTS have no size 1"]
        even = [name for name, sizes in (("TESTS", tests), ("fuzz", fuzz)) if _even(sizes)]
        if even:
            lacks.append(f"{' and '.join(even)} no odd size above 1")
        if not lacks:
            reached.append(dim)
        elif dim in restricted:
            yield None, f"{dim}: {', '.join(lacks)}; it is {restricted[dim]}"
        else:
            yield (
                False,
                (
                    f"{s.generator}: {dim}: {', '.join(lacks)}; add one, "
                    f'or say in spec.md why not: restricted = {{ {dim} = "..." }}'
                ),
            )
    if reached:
        yield True, f"1 and odd sizes: {', '.join(reached)}"
    elif not s.dimensions:
        yield None, "the annotations name no dimensions"


def _even(sizes: set[int]) -> bool:
    """Whether blocks of an even size could fit exactly, always."""
    return max(sizes, default=0) >= _BLOCKED and not any(size > 1 and size % 2 for size in sizes)


def _values(s: Subject) -> Iterator[Said]:
    restricted = s.challenge.spec.restricted
    tests = [inputs for case, inputs in s.drawn if case.number <= s.tests]
    tensors = {n: [t[n] for t in tests if isinstance(t[n], Tensor)] for n in s.challenge.arguments}
    floats = {n: found for n, found in tensors.items() if any(v.is_floating_point() for v in found)}
    looked_at = {n: found for n, found in (floats or tensors).items() if found and n not in restricted}
    extreme = [name for name, found in looked_at.items() if any(map(_extreme, found))]
    if extreme:
        yield True, f"far from the usual in some test: {', '.join(extreme)}"
    elif not looked_at:
        reasons = [f"{name} is {why}" for name, why in restricted.items() if name in tensors]
        yield None, f"no extreme values: {'; '.join(reasons) or 'no tensors'}"
    else:
        what = (
            f"beyond ±{_EXTREME:g}, infinite or NaN" if floats else "at an end of their dtype, or all equal"
        )
        yield (
            False,
            (
                f"{s.generator}: no test that the interpreter can judge has values {what} in "
                f"{' or '.join(looked_at)}; add one, or say in spec.md what they are: "
                f'restricted = {{ {next(iter(looked_at))} = "..." }}'
            ),
        )


def _extreme(values: Tensor) -> bool:
    if values.is_floating_point():
        return bool(((values.abs() >= _EXTREME) | values.isnan()).any())
    low, high = values.min(), values.max()
    if values.dtype != torch.bool and int(high) >= torch.iinfo(values.dtype).max * 0.99:
        return True
    return values.numel() >= 64 and bool(low == high)


# -- what is computed -----------------------------------------------------------------------------------


class _Narrowing(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes where the reference rounds float64 to a narrower type."""

    def __init__(self, path: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.path = path
        self.found: dict[str, None] = {}

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        into = result if function is torch.ops.aten._to_copy.default else None
        if function is torch.ops.aten.copy_.default:
            into = args[0]
        source = args[0] if into is result else args[-1] if args else None
        if (
            isinstance(into, Tensor)
            and isinstance(source, Tensor)
            and source.dtype == torch.float64
            and into.is_floating_point()
            and into.dtype != torch.float64
            and (line := self._line())
        ):
            self.found[f"{self.path}:{line}: it rounds float64 to {_plain(into.dtype)}"] = None
        return result

    def _line(self) -> int:
        file, frame = str(self.path.absolute()), sys._getframe()
        while frame.f_back and frame.f_code.co_filename != file:
            frame = frame.f_back
        return frame.f_lineno if frame.f_code.co_filename == file else 0


def _reference(s: Subject) -> Iterator[Said]:
    narrowing = _Narrowing(s.reference)
    worst = (0.0, "")
    ratios: dict[str, list[float]] = {}
    for case, inputs in s.drawn:
        where = f"{s.reference}: {case.name}"
        mine = _copied(inputs)
        first = s.challenge.answer(mine)
        changed = [n for n, v in inputs.items() if isinstance(v, Tensor) and not _same(v, mine[n])]
        if changed:
            raise BadInput(f"{where}: the reference changes its input {changed[0]}; it must work on a copy")
        again = s.challenge.answer(_copied(inputs))
        if not all(map(_same, first, again)):
            raise BadInput(f"{where}: two runs on the same inputs differ; the answer must be determined")
        with narrowing:
            expected = expect(s.challenge, _copied(inputs))
        if narrowing.found:
            raise BadInput(
                f"{next(iter(narrowing.found))}, so the golden answer is no better than that; "
                "keep the dtype of the inputs"
            )
        for e, values in zip(expected, first, strict=True):
            compared = compare(e, values, torch.zeros_like(values, dtype=torch.bool))
            if compared.message:
                told = compared.message.partition("\n")[0]
                raise BadInput(f"{where}: in its own dtype the reference is wrong itself: {told}")
            worst = max(worst, (e.own_ratio, f"{e.name} of {case.name}"))
            if values.is_floating_point() and values.dtype.itemsize >= 4:
                ratios.setdefault(e.name, []).append(e.own_ratio)
    for name, found in ratios.items():
        if statistics.median(found) > _OWN_ERROR:
            yield (
                False,
                f"{s.reference}: {name} is off float64 by {statistics.median(found):.2g} times "
                "torch.testing's default in the median case, and so may be what is judged; compute it better",
            )
            return
    yield (
        True,
        f"{len(s.drawn)} cases come out the same twice; the largest error against float64 is {worst[0]:.3g} "
        f"times torch.testing's default{f' ({worst[1]})' if worst[1] else ''}",
    )


def _copied(inputs: Inputs) -> Inputs:
    return {n: v.clone() if isinstance(v, Tensor) else v for n, v in inputs.items()}


def _same(one: Tensor, other: Tensor) -> bool:
    """Bit for bit."""
    bits = [values.contiguous().reshape(-1).view(torch.uint8) for values in (one, other)]
    return torch.equal(*bits)


def _plain(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


# -- what is timed --------------------------------------------------------------------------------------


def _benchmark(s: Subject) -> Iterator[Said]:
    fine = []
    for case in s.challenge.benchmarks(s.seed):
        try:
            shapes = shapes_of(s.challenge, case)
        except NeedsValues:
            yield None, f"{case.name}: its shapes follow from its values, so its size is unknown undrawn"
            continue
        least = _least_us(shapes)
        if shapes.bytes > _LARGEST:
            taken = f"{shapes.bytes / 1e9:.3g} GB for one set of tensors"
            yield False, f"{s.generator}: {case.name}: {taken}; more than 8 GB fit few GPUs"
        elif least >= _SHORTEST_US:
            fine.append(f"{case.name} ({shapes.bytes / 1e6:.0f} MB, {duration(least)})")
        else:
            short = f"{case.name}: {least:.2g} µs of work on {_GPU}, too short to time"
            if all(dim in s.challenge.spec.restricted for dim in s.dimensions):
                yield None, f"{short}; all its dimensions are restricted"
            else:
                yield False, f"{s.generator}: {short}; enlarge it to {_SHORTEST_US:g} µs or more"
    if fine:
        yield True, f"size, and least time on {_GPU}: {', '.join(fine)}"


def _least_us(shapes: Shapes) -> float:
    """The roofline's time of a case in microseconds, as if all its arithmetic were of half precision."""
    return max(shapes.bytes / _COPY, shapes.flops / _MATRIX) * 1e6


# -- what is refused ------------------------------------------------------------------------------------


def _wrong(s: Subject) -> Iterator[Said]:
    paths = sorted(s.folder.glob("wrong/*.py"))
    found = [text for p in paths for text in faults(s.folder, p, s.tests, s.seed, s.interpreter)]
    for text in found:
        yield False, text
    if not paths:
        yield None, "there are none"
    elif not found:
        yield True, "each is refused by one of TESTS"


POINTS: dict[str, Callable[[Subject], Iterator[Said]]] = {
    "files": _files,
    "front matter": _front_matter,
    "annotations": _annotations,
    "text": _text,
    "example": _example,
    "sizes": _sizes,
    "values": _values,
    "reference": _reference,
    "benchmark": _benchmark,
    "wrong": _wrong,
}
