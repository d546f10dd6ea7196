"""Looks for the problems of a challenge that its first users would find: one or more lines for each point."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from judge.challenges.formats.folder import PARTS
from judge.challenges.formats.spec import read_spec
from judge.challenges.protocol import Case, Sizes
from judge.challenges.sizing import NeedsValues
from judge.check import spec_text
from judge.check.reference_trial import trial
from judge.check.subject import Subject
from judge.check.wrong_solutions import Interpreter, faults
from judge.errors import BadInput
from judge.show.units import duration

SEED = 1
_FUZZ_SHAPES = 50
_BLOCKED = 8  # a dimension that stays below is not cut into blocks, so it has no tail to forget
_EXTREME = 8.0  # standard deviations: no standard normal number is that large
_LARGEST = 8e9  # bytes of one set of a benchmark's tensors
_SHORTEST_US = 0.5  # of work; a shorter time would be that of the launch
# The best rates of one NVIDIA H200: bytes copied and half-precision operations per second.
_GPU, _COPY, _MATRIX = "an H200", 4.19e12, 7.5e14

Said = tuple[bool | None, str]


@dataclass(frozen=True)
class Finding:
    """One line about a point. `ok` is False if something must be fixed, None if it is only worth knowing."""

    challenge: str
    point: str
    ok: bool | None
    text: str


def examine(folder: Path, seed: int, interpreter: Interpreter) -> Iterator[Finding]:
    """Look at every point. Yields each finding as soon as it is known."""
    subject = Subject(folder, seed, interpreter)
    name = folder.resolve().name
    unreadable = ""
    for point, look in POINTS.items():
        if unreadable:
            yield Finding(name, point, None, f"not checked until {unreadable} is fixed")
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
    if not s.folder.is_dir():
        raise BadInput(
            f"{s.folder}: only challenges that are folders can be checked, with {', '.join(PARTS)}"
        )
    missing = [part for part in PARTS if not (s.folder / part).is_file()]
    if missing:
        raise BadInput(f"{s.folder}: it has no {' and no '.join(missing)}")
    count = len(list(s.folder.glob("wrong/*.py")))
    if count:
        yield True, f"{', '.join(PARTS)} and {count} wrong solution{'s' if count > 1 else ''}"
    else:
        yield False, f"{s.folder / 'wrong'}: no wrong solutions, so nothing shows that the tests refuse any"


def _front_matter(s: Subject) -> Iterator[Said]:
    spec = read_spec(s.spec)
    values = dict(title=spec.title, origin=spec.origin, tags=",".join(spec.tags), body=spec.body)
    empty = [name for name, value in values.items() if not value.strip(" \n,")]
    if empty:
        yield False, f"{s.spec}: {' and '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty"
    else:
        yield True, f"{spec.title}, {spec.difficulty}, from {spec.origin}"


def _annotations(s: Subject) -> Iterator[Said]:
    """Draws every shape: the small ones with values, the others without."""
    tables = {"TESTS": s.cases[: s.tests], "BENCHMARKS": s.challenge.benchmarks(s.seed)}
    for name, table in tables.items():
        if not table:
            raise BadInput(f"{s.generator}: {name} is empty")
    large = len(s.cases) - len(s.drawn)
    sized = f"; the shapes of {large} more, too large for the interpreter, are right" if large else ""
    yield True, f"{len(s.drawn)} cases are drawn as annotated{sized}"


def _text(s: Subject) -> Iterator[Said]:
    wrong = [*spec_text.signature_faults(s.challenge), *spec_text.table_faults(s.challenge)]
    yield from ((False, text) for text in wrong)
    if not wrong:
        yield True, "the signature and the table of arguments agree with the reference"


def _example(s: Subject) -> Iterator[Said]:
    wrong = list(spec_text.example_faults(s.challenge))
    yield from ((False, text) for text in wrong)
    if not wrong:
        yield True, "the reference gives what the worked example says"


# -- what is drawn --------------------------------------------------------------------------------------


def _sizes(s: Subject) -> Iterator[Said]:
    restricted = s.challenge.spec.restricted
    for name in restricted:
        if name not in (*s.dimensions, *s.arguments):
            yield False, f"{s.spec}: restricted names {name}, which is not a dimension and not an argument"
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
    """Whether blocks of an even size could always fit exactly."""
    return max(sizes, default=0) >= _BLOCKED and not any(size > 1 and size % 2 for size in sizes)


def _values(s: Subject) -> Iterator[Said]:
    restricted = s.challenge.spec.restricted
    tests = [inputs for case, inputs in s.drawn if case.number <= s.tests]
    tensors = {n: [t[n] for t in tests if isinstance(t[n], Tensor)] for n in s.arguments}
    floats = {n: found for n, found in tensors.items() if any(v.is_floating_point() for v in found)}
    looked_at = {n: found for n, found in (floats or tensors).items() if found and n not in restricted}
    extreme = [name for name, found in looked_at.items() if any(map(_extreme, found))]
    if extreme:
        yield True, f"extreme values in some test: {', '.join(extreme)}"
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
    if not values.numel():
        return False
    if values.is_floating_point():
        return bool(((values.abs() >= _EXTREME) | values.isnan()).any())
    low, high = values.min(), values.max()
    if values.dtype != torch.bool and int(high) >= torch.iinfo(values.dtype).max * 0.99:
        return True
    return values.numel() >= 64 and bool(low == high)


def _reference(s: Subject) -> Iterator[Said]:
    own = trial(s.challenge, s.drawn)
    yield (
        True,
        (
            f"{len(s.drawn)} cases give the same result twice; the largest error against float64 is "
            f"{own.ratio:.3g} times torch.testing's default{f' ({own.where})' if own.where else ''}"
        ),
    )


# -- what is timed --------------------------------------------------------------------------------------


def _benchmark(s: Subject) -> Iterator[Said]:
    fine = []
    for case in s.challenge.benchmarks(s.seed):
        try:
            sizes = s.sized_without_values(case).sizes
        except NeedsValues:
            yield None, f"{case.name}: its shapes depend on its values, so its size is not known without them"
            continue
        least = _least_us(sizes)
        if sizes.bytes > _LARGEST:
            taken = f"{sizes.bytes / 1e9:.3g} GB for one set of tensors"
            yield False, f"{s.generator}: {case.name}: {taken}; few GPUs have room for more than 8 GB"
        elif least >= _SHORTEST_US:
            fine.append(f"{case.name} ({sizes.bytes / 1e6:.0f} MB, {duration(least)})")
        else:
            short = f"{case.name}: {least:.2g} µs of work on {_GPU}, too short to time"
            if all(dim in s.challenge.spec.restricted for dim in s.dimensions):
                yield None, f"{short}; all its dimensions are restricted"
            else:
                yield False, f"{s.generator}: {short}; enlarge it to {_SHORTEST_US:g} µs or more"
    if fine:
        yield True, f"size, and least time on {_GPU}: {', '.join(fine)}"


def _least_us(sizes: Sizes) -> float:
    """The roofline's time of a case in microseconds, as if all its arithmetic were of half precision."""
    return max(sizes.moved_bytes / _COPY, sizes.flops / _MATRIX) * 1e6


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
