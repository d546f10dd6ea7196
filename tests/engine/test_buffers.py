"""The shared memory: aligned and guarded tensors, and what can be seen in it after a call."""

import fcntl
import mmap
import os
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.challenges.protocol import TensorShape
from judge.engine.buffers import ALIGNMENT, GUARD, Pool, sharing
from judge.engine.device import INTERPRETER, Device
from judge.verdict.diagnosis import ChangedInput, Overrun
from judge.verdict.wording import told

FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.float8_e4m3fn, torch.float8_e5m2]
INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
DTYPES = [torch.bool, *INTEGERS, *FLOATS]

X = TensorShape("x", (3, 5), torch.float32)
Y = TensorShape("y", (7,), torch.int64)
OUT = TensorShape("out", (3, 5), torch.float32, "out")


def make(*tensors: TensorShape, count: int = 1) -> Pool:
    return Pool([*tensors], "cpu", "memfd", count)


def overrun(pool: Pool) -> str:
    """Where bytes outside the tensors were written, in the words that the user reads."""
    found = pool.broken_guard()
    assert found
    [line] = told([found])
    before, where = line.split(", ")
    assert before == "bytes outside the buffers were written"
    return where


def bits(values: torch.Tensor) -> list[int]:
    return values.contiguous().view(-1).view(torch.uint8).tolist()


# -- layout -------------------------------------------------------------------------------------------

tensor_lists = st.lists(
    st.tuples(st.lists(st.integers(0, 9), max_size=3), st.sampled_from(DTYPES)), min_size=1, max_size=5
)


@settings(max_examples=40)
@given(inputs=tensor_lists, outputs=tensor_lists, count=st.integers(1, 3))
def test_every_tensor_is_aligned_and_lies_between_guards(
    inputs: list[tuple[list[int], torch.dtype]],
    outputs: list[tuple[list[int], torch.dtype]],
    count: int,
) -> None:
    ins = [TensorShape(f"in{i}", tuple(shape), dtype) for i, (shape, dtype) in enumerate(inputs)]
    outs = [TensorShape(f"out{i}", tuple(shape), dtype, "out") for i, (shape, dtype) in enumerate(outputs)]
    with make(*ins, *outs, count=count) as pool:
        assert pool.stride % ALIGNMENT == 0
        assert pool.memory.shape == (count, pool.stride)
        assert os.fstat(pool.descriptor).st_size == count * pool.stride
        past = 0
        for tensor in (*ins, *outs):
            start = pool.offsets[tensor.name]
            assert start % ALIGNMENT == 0
            assert start - past >= GUARD
            past = start + tensor.bytes
        assert pool.stride - past >= GUARD
        # What is as it should be is not reported.
        pool.poison()
        assert pool.broken_guard() is None
        assert set(pool.read(count - 1)) == {t.name for t in outs}


def test_alignment_and_guards_are_those_of_the_design() -> None:
    assert ALIGNMENT == 512
    assert GUARD >= 1024 * 8  # a block of 1024 float64 too far stays inside


def test_sets_do_not_overlap() -> None:
    with make(X, OUT, count=3) as pool:
        drawn = [torch.full((3, 5), float(k)) for k in range(3)]
        for k, x in enumerate(drawn):
            pool.write(k, dict(x=x))
        pool.poison()
        for k, x in enumerate(drawn):
            assert pool.changed_input(k, dict(x=x)) is None
            assert pool.changed_input(k, dict(x=x + 1)) == ChangedInput("x")


def test_the_description_leads_to_the_tensors() -> None:
    with make(X, Y, OUT, count=2) as pool:
        x, y = torch.arange(15.0).view(3, 5), torch.arange(7)
        pool.write(1, dict(x=x, y=y))
        sent = pool.description(["y", "k", "x", "out"], dict(x=x, y=y, k=3))
        assert sent["kind"] == "memfd"
        assert [a.get("value", "tensor") for a in sent["arguments"]] == [
            "tensor",
            3,
            "tensor",
            "tensor",
        ]
        named = [sent["tensors"][a["tensor"]][0] for a in sent["arguments"] if "tensor" in a]
        assert named == ["y", "x", "out"]
        with mmap.mmap(pool.descriptor, sent["count"] * sent["stride"]) as memory:
            _, offset, size, dtype, shape = sent["tensors"][0]
            held = bytearray(memory[sent["stride"] + offset : sent["stride"] + offset + size])
        assert torch.equal(torch.frombuffer(held, dtype=getattr(torch, dtype)).view(shape), x)


def test_without_a_gpu_memory_is_shared_as_a_file_in_memory() -> None:
    assert sharing(Device(INTERPRETER)) == "memfd"


def test_closing_twice_is_closing_once() -> None:
    pool = make(X, OUT)
    descriptor = pool.descriptor
    pool.close()
    pool.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


# -- what a runner can do to it -----------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 1 << 30])
def test_the_file_cannot_be_resized(size: int) -> None:
    with make(X, OUT) as pool:
        with pytest.raises(PermissionError):
            os.ftruncate(pool.descriptor, size)
        with pytest.raises(PermissionError):
            fcntl.fcntl(pool.descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
        pool.poison()  # the memory is all there


def test_another_process_cannot_resize_it_but_can_write_to_it() -> None:
    script = """\
import mmap, os, sys
descriptor, place = map(int, sys.argv[1:])
with mmap.mmap(descriptor, 0) as memory:
    memory[place : place + 4] = b"\\0\\0\\x80?"
try:
    os.ftruncate(descriptor, 0)
except PermissionError:
    print("refused")
"""
    with make(X, OUT) as pool:
        pool.poison()
        arguments = [str(pool.descriptor), str(pool.offsets["out"])]
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            pass_fds=[pool.descriptor],
            capture_output=True,
            text=True,
        )
        assert (done.stdout, done.stderr) == ("refused\n", "")
        assert pool.read(0)["out"][0, 0] == 1.0


# -- guards -------------------------------------------------------------------------------------------

STRAYS = [
    ("past the end of x", "x", 60, 1),
    ("past the end of x", "x", 60 + 99, 100),
    ("past the end of y", "y", 56, 1),
    ("past the end of out", "out", 60, 1),
    ("past the end of out", "out", 60 + 3999, 4000),
    ("before the start of x", "x", -1, 1),
    ("before the start of y", "y", -1, 1),
    ("before the start of y", "y", -300, 300),
    ("before the start of out", "out", -1024, 1024),
]


@pytest.mark.parametrize(("side", "tensor", "place", "distance"), STRAYS)
@pytest.mark.parametrize("k", [0, 2])
def test_a_stray_byte_is_named_with_its_side_and_distance(
    side: str, tensor: str, place: int, distance: int, k: int
) -> None:
    with make(X, Y, OUT, count=3) as pool:
        pool.poison()
        assert pool.broken_guard() is None
        pool.memory[k, pool.offsets[tensor] + place] ^= 0x55
        assert pool.broken_guard() == Overrun(tensor, "after" if "past" in side else "before", distance)
        assert overrun(pool) == f"up to {distance} bytes {side}"


def test_several_stray_bytes_are_named_by_the_farthest() -> None:
    with make(X, OUT) as pool:
        past = pool.offsets["x"] + X.bytes
        pool.memory[0, past : past + 40] ^= 1
        assert overrun(pool) == "up to 40 bytes past the end of x"
    with make(X, OUT) as pool:
        start = pool.offsets["out"]
        pool.memory[0, start - 24 : start] ^= 1
        assert overrun(pool) == "up to 24 bytes before the start of out"


@settings(max_examples=50)
@given(data=st.data())
def test_any_changed_byte_outside_is_seen_and_none_inside(data: st.DataObject) -> None:
    with make(X, Y, OUT, count=2) as pool:
        place = data.draw(st.integers(0, pool.stride - 1))
        inside = any(pool.offsets[t.name] <= place < pool.offsets[t.name] + t.bytes for t in (X, Y, OUT))
        pool.memory[data.draw(st.integers(0, 1)), place] ^= data.draw(st.integers(1, 255))
        assert (pool.broken_guard() is None) == inside


def test_guards_differ_from_pool_to_pool() -> None:
    seen = set()
    for _ in range(40):
        with make(X, OUT) as pool:
            seen.add(int(pool.memory[0, 0]))
    assert len(seen) > 1


# -- inputs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_one_changed_byte_of_an_input_is_named(dtype: torch.dtype) -> None:
    x = TensorShape("x", (4, 3), dtype)
    values = torch.arange(12).view(4, 3).to(dtype)
    with make(Y, x, OUT) as pool:
        inputs = dict(y=torch.arange(7), x=values)
        pool.write(0, inputs)
        assert pool.changed_input(0, inputs) is None
        pool.memory[0, pool.offsets["x"] + x.bytes - 1] ^= 1
        assert pool.changed_input(0, inputs) == ChangedInput("x")
        pool.memory[0, pool.offsets["y"]] ^= 1
        assert pool.changed_input(0, inputs) == ChangedInput("y")


def test_nan_and_the_sign_of_zero_are_compared_by_their_bits() -> None:
    x = TensorShape("x", (2,), torch.float32)
    with make(x, OUT) as pool:
        inputs = dict(x=torch.tensor([torch.nan, 0.0]))
        pool.write(0, inputs)
        assert pool.changed_input(0, inputs) is None
        assert pool.changed_input(0, dict(x=torch.tensor([torch.nan, -0.0]))) == ChangedInput("x")


def test_a_tensor_that_is_read_and_written_is_filled_and_may_change() -> None:
    state = TensorShape("state", (4,), torch.float32, "inout")
    with make(X, state, OUT) as pool:
        inputs = dict(x=torch.ones(3, 5), state=torch.arange(4.0))
        pool.write(0, inputs)
        pool.poison()
        found = pool.read(0)
        assert set(found) == {"state", "out"}
        assert torch.equal(found["state"], inputs["state"])  # poison would have hidden what is to be read
        assert not bool(pool.unwritten("state", found["state"]).any())
        pool.memory[0, pool.offsets["state"] : pool.offsets["state"] + state.bytes] = 0
        assert pool.changed_input(0, inputs) is None
        assert pool.changed_input(0, inputs | dict(x=torch.zeros(3, 5))) == ChangedInput("x")
        assert pool.broken_guard() is None


# -- poison -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_poison_is_found_wherever_nothing_was_written(dtype: torch.dtype) -> None:
    out = TensorShape("out", (5, 7), dtype, "out")
    with make(X, out, count=2) as pool:
        pool.poison()
        for k in range(2):
            values = pool.read(k)["out"]
            assert bool(pool.unwritten("out", values).all())
        # Written elements, of values that are not the poison's, are told from the others.
        start = pool.offsets["out"]
        size = dtype.itemsize
        pool.memory[1, start + 3 * size : start + 10 * size] = 0
        found = pool.unwritten("out", pool.read(1)["out"]).view(-1).tolist()
        poisoned_with_zero = bits(pool.read(0)["out"])[:size] == [0] * size
        assert found == [poisoned_with_zero or not 3 <= i < 10 for i in range(35)]
        assert bool(pool.unwritten("out", pool.read(0)["out"]).all())


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_poison_is_another_each_time(dtype: torch.dtype) -> None:
    out = TensorShape("out", (1,), dtype, "out")
    seen = set()
    with make(X, out) as pool:
        for _ in range(60):
            pool.poison()
            seen.add(tuple(bits(pool.read(0)["out"])))
    assert len(seen) > 1


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_the_poison_of_floats_is_an_ordinary_number(dtype: torch.dtype) -> None:
    out = TensorShape("out", (1,), dtype, "out")
    with make(X, out) as pool:
        for _ in range(30):
            pool.poison()
            assert 64 <= float(pool.read(0)["out"].double()) <= 128


def test_the_poison_of_booleans_is_no_boolean() -> None:
    out = TensorShape("out", (9,), torch.bool, "out")
    with make(X, out) as pool:
        for _ in range(300):
            pool.poison()
            assert min(bits(pool.read(0)["out"])) >= 2


def test_outputs_of_one_set_are_poisoned_apart() -> None:
    outs = [TensorShape(f"out{i}", (1,), torch.float64, "out") for i in range(3)]
    with make(X, *outs) as pool:
        pool.poison()
        assert len({tuple(bits(v)) for v in pool.read(0).values()}) == 3


def test_what_was_read_stays_as_it_was() -> None:
    with make(X, OUT) as pool:
        pool.poison()
        before = pool.read(0)["out"]
        kept = bits(before)
        pool.memory[:] = 0
        assert bits(before) == kept
