"""On the interpreter, loads and stores outside every buffer are named; those inside are silent."""

from collections.abc import Callable, Iterator

import pytest
import torch

from judge.challenges.protocol import TensorShape
from judge.engine.answers import StrayAccesses
from judge.engine.buffers import Pool
from judge.engine.runner import Runner
from judge.verdict.diagnosis import StrayAccess

N = 100  # elements of x, of y and of out; no multiple of a block

SOURCE = """\
import torch
import triton
import triton.language as tl
from triton.tools.tensor_descriptor import TensorDescriptor


@triton.jit
def copy(x, out, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + i, tl.load(x + i, mask=i < n), mask=i < n)


@triton.jit
def copy_tiles(x, out, BLOCK: tl.constexpr):
    first = tl.program_id(0) * BLOCK
    out.store([first], x.load([first]))


@triton.jit
def load_at(x, out, shift):
    i = tl.arange(0, 4)
    value = tl.load(x + shift + i)  # stray load
    tl.store(out + i, value)


@triton.jit
def store_at(x, out, shift):
    i = tl.arange(0, 4)
    tl.store(out + shift + i, tl.load(x + i))  # stray store


@triton.jit
def add_at(x, out, shift):
    i = tl.arange(0, 4)
    tl.atomic_add(out + shift + i, 1.0)  # stray add


@triton.jit
def deep(x, out):
    value = far(x, 7)  # called here
    tl.store(out + tl.arange(0, 4), value)


@triton.jit
def far(x, shift):
    return tl.load(x + 100 + shift + tl.arange(0, 4))  # stray in a helper


@triton.jit
def many(x, out):
    tl.store(out, tl.load(x + 200))  # first of many
    tl.store(out, tl.load(x + 201))  # second of many
    tl.store(out, tl.load(x + 202))
    tl.store(out, tl.load(x + 203))
    tl.store(out, tl.load(x + 204))


def solve(x, y, what, shift, out):
    out.zero_()
    if what == "copy":
        copy[(triton.cdiv(100, 32),)](x, out, 100, BLOCK=32)
    elif what == "unmasked":
        copy[(triton.cdiv(100, 32),)](x, out, 128, BLOCK=32)
    elif what == "descriptor":
        tiles = [TensorDescriptor.from_tensor(t, [64]) for t in (x, out)]
        copy_tiles[(2,)](*tiles, BLOCK=64)
    elif what == "load":
        load_at[(1,)](x, out, shift)
    elif what == "store":
        store_at[(1,)](x, out, shift)
    elif what == "add":
        add_at[(1,)](x, out, shift)
    elif what == "y":
        load_at[(1,)](y, out, shift)
    elif what == "scratch":
        scratch = torch.empty(200)
        copy[(4,)](x, scratch, 100, BLOCK=32)
        copy[(4,)](scratch, out, 100, BLOCK=32)
    elif what == "past scratch":
        load_at[(1,)](torch.zeros(200), out, shift)
    elif what == "view":
        load_at[(1,)](x[10:20], out, shift)  # of x: all of x may be read
    elif what == "view of scratch":
        load_at[(1,)](torch.zeros(200)[10:20], out, shift)
    elif what == "deep":
        deep[(1,)](x, out)
    elif what == "many":
        many[(1,)](x, out)
    elif what == "every program":
        load_at[(10,)](x, out, shift)
    else:
        raise ValueError(what)
"""

X, Y = (TensorShape(name, (N,), torch.float32) for name in ("x", "y"))
OUT = TensorShape("out", (N,), torch.float32, "out")
Run = Callable[..., tuple[list[str], torch.Tensor]]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """run(what, shift): what is noted of one call, and what it left in out."""
    with Runner("cpu") as runner, Pool([X, Y, OUT], "cpu", "memfd") as pool:
        runner.wait_ready()
        path = runner.scratch / "solution.py"
        path.write_text(SOURCE)
        names = ["x", "y", "what", "shift", "out"]
        program = dict(path=str(path), language="Python", entry="solve", role="solve")
        runner.ask("load", 60, **program, names=names, takes=[0, 1, 2, 3], gives=[4], precision="ieee")

        def call(what: str, shift: int = 0) -> tuple[list[str], torch.Tensor]:
            inputs = dict(x=torch.arange(1.0, N + 1), y=torch.ones(N), what=what, shift=shift)
            pool.write(0, inputs)
            pool.poison()
            runner.ask("map", 60, [pool.descriptor], **pool.description(names, inputs))
            notes = []
            try:
                runner.ask("call", 60)
            except StrayAccesses as seen:
                assert seen.status == "wrong_answer"
                assert all(isinstance(each, StrayAccess) for each in seen.problems)
                notes = [line.replace(str(path), "solution.py") for line in seen.message.splitlines()]
                assert len(notes) == len(seen.problems)
            runner.ask("unmap", 60)
            assert pool.broken_guard() is None  # a stray store is left out
            assert pool.changed_input(0, inputs) is None
            return notes, pool.read(0)["out"]

        yield call


def line_of(mark: str) -> int:
    return next(n for n, line in enumerate(SOURCE.splitlines(), 1) if f"# {mark}" in line)


# -- silent -------------------------------------------------------------------------------------------


def test_masked_accesses_within_bounds_are_silent(run: Run) -> None:
    notes, out = run("copy")
    assert notes == []
    assert torch.equal(out, torch.arange(1.0, N + 1))


def test_tensor_descriptors_keep_within_their_tensor(run: Run) -> None:
    notes, out = run("descriptor")
    assert notes == []
    assert torch.equal(out, torch.arange(1.0, N + 1))


@pytest.mark.parametrize("what", ["load", "store", "add", "y"])
@pytest.mark.parametrize("shift", [0, N - 4])
def test_the_first_and_the_last_element_are_within_bounds(run: Run, what: str, shift: int) -> None:
    notes, out = run(what, shift)
    assert notes == []
    assert bool(out.any())


def test_scratch_tensors_may_be_used(run: Run) -> None:
    notes, out = run("scratch")
    assert notes == []
    assert torch.equal(out, torch.arange(1.0, N + 1))


@pytest.mark.parametrize("shift", [-10, 0, 86])
def test_a_view_of_a_buffer_reaches_as_far_as_the_buffer(run: Run, shift: int) -> None:
    notes, out = run("view", shift)
    assert notes == []
    assert out[:4].tolist() == [shift + 11.0, shift + 12.0, shift + 13.0, shift + 14.0]


@pytest.mark.parametrize("shift", [-10, 0, 186])
def test_a_view_of_scratch_reaches_as_far_as_the_scratch(run: Run, shift: int) -> None:
    assert run("view of scratch", shift)[0] == []


# -- named --------------------------------------------------------------------------------------------

STRAYS = [
    # x + 98 ... x + 101: two of four elements, the first of them right past the end.
    ("load", 98, "stray load", "reads", "2 elements", "just past the end of x"),
    ("load", 99, "stray load", "reads", "3 elements", "just past the end of x"),
    ("load", 110, "stray load", "reads", "4 elements", "40 bytes past the end of x"),
    ("load", -1, "stray load", "reads", "1 element", "4 bytes before x"),
    ("load", -10, "stray load", "reads", "4 elements", "40 bytes before x"),
    ("y", 102, "stray load", "reads", "4 elements", "8 bytes past the end of y"),
    ("y", -3, "stray load", "reads", "3 elements", "12 bytes before y"),
    ("view", 92, "stray load", "reads", "4 elements", "8 bytes past the end of x"),
    ("store", 98, "stray store", "writes", "2 elements", "just past the end of out"),
    ("store", 105, "stray store", "writes", "4 elements", "20 bytes past the end of out"),
    ("store", -2, "stray store", "writes", "2 elements", "8 bytes before out"),
    ("add", 105, "stray add", "atomically updates", "4 elements", "20 bytes past the end of out"),
    ("add", -2, "stray add", "atomically updates", "2 elements", "8 bytes before out"),
]


@pytest.mark.parametrize(("what", "shift", "mark", "verb", "count", "distance"), STRAYS)
def test_a_stray_access_is_named_with_file_line_buffer_and_distance(
    run: Run, what: str, shift: int, mark: str, verb: str, count: str, distance: str
) -> None:
    notes, _ = run(what, shift)
    assert notes == [
        f"solution.py:{line_of(mark)}: {verb} outside every buffer "
        f"({count} of one program, the first {distance})"
    ]


def test_elements_within_bounds_are_still_stored(run: Run) -> None:
    _, out = run("store", 98)
    assert out[98:].tolist() == [1.0, 2.0]
    assert not bool(out[:98].any())


def test_a_tail_without_its_mask_is_named_on_both_sides(run: Run) -> None:
    notes, out = run("unmasked")
    assert len(notes) == 2
    assert "reads outside every buffer (28 elements" in notes[0]
    assert "just past the end of x" in notes[0]
    assert "writes outside every buffer (28 elements" in notes[1]
    assert "just past the end of out" in notes[1]
    assert torch.equal(out, torch.arange(1.0, N + 1))


@pytest.mark.parametrize("shift", [200, -4])
def test_scratch_has_bounds_too(run: Run, shift: int) -> None:
    notes, _ = run("past scratch", shift)
    assert len(notes) == 1
    assert notes[0].startswith(f"solution.py:{line_of('stray load')}: reads outside every buffer (4 elements")


def test_an_access_in_a_helper_is_named_in_the_submission(run: Run) -> None:
    notes, _ = run("deep")
    assert len(notes) == 1
    assert notes[0].startswith(f"solution.py:{line_of('stray in a helper')}: reads outside every buffer")
    assert "28 bytes past the end of x" in notes[0]


def test_a_place_is_named_once_and_not_too_many_places(run: Run) -> None:
    assert len(run("every program", 200)[0]) == 1
    notes, _ = run("many")
    assert 2 <= len(notes) <= 5
    assert notes[0].startswith(f"solution.py:{line_of('first of many')}: ")
    assert notes[1].startswith(f"solution.py:{line_of('second of many')}: ")


def test_one_calls_notes_are_not_the_nexts(run: Run) -> None:
    assert run("load", 200)[0]
    assert run("copy")[0] == []
