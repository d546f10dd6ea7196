"""Right or wrong: the golden answer, the tolerance, and what is said of a result beyond it."""

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from judge.challenges.formats.folder_challenge import FolderChallenge
from judge.challenges.protocol import Inputs, drawn
from judge.judging.difference import Comparison, compare_output, region
from judge.judging.expectation import expect, expect_timed
from judge.judging.tolerance import Errors, Expected, OwnError, error_of
from judge.verdict.diagnosis import Mismatch, Region
from judge.verdict.hints import hints_for
from judge.verdict.wording import told
from judge.workspace import shipped

SPEC = """+++
title = "T"
difficulty = "easy"
tags = []
origin = ""
independent = "{independent}"
precision = "{precision}"
+++
"""
IMPORTS = """\
from typing import NamedTuple
import torch
from jaxtyping import Bool, Float, Float16, Float32, Float64, Int32, Int64
from torch import Tensor

"""
INPUTS = """\
TESTS = []
BENCHMARKS = []

def fuzz(rng):
    return dict()

def inputs(rng):
    return dict(x=rng.normal(3))
"""
FLOATS = [
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
    torch.float8_e4m3fn,
    torch.float8_e5m2,
]
# What torch.testing.assert_close allows: relative, absolute.
DEFAULTS = {
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float32: (1.3e-6, 1e-5),
    torch.float64: (1e-7, 1e-7),
}


class Writer:
    """Writes challenges, each of them in a folder of its own below `base`."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.count = 0

    def __call__(self, reference: str, independent: str = "", precision: str = "ieee") -> FolderChallenge:
        self.count += 1
        folder = self.base / f"mine{self.count}"
        folder.mkdir()
        (folder / "spec.md").write_text(SPEC.format(independent=independent, precision=precision))
        (folder / "reference.py").write_text(IMPORTS + reference)
        (folder / "inputs.py").write_text(INPUTS)
        return FolderChallenge(folder)


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    return Writer(tmp_path)


@pytest.fixture(scope="module")
def same(tmp_path_factory: pytest.TempPathFactory) -> FolderChallenge:
    """A challenge whose answer is its input: PyTorch makes no error."""
    reference = 'def reference(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:\n    return x.clone()\n'
    return Writer(tmp_path_factory.mktemp("same"))(reference)


def judged(expected: Expected, got: Tensor) -> Comparison:
    return compare_output(expected, got, torch.zeros(got.shape, dtype=torch.bool))


def message(found: Comparison) -> str:
    """What is said of a comparison, "" if all is right."""
    return "\n".join(told([found.problem])) if found.problem else ""


def expected_of(challenge: FolderChallenge, **inputs: object) -> Expected:
    [expected] = expect(challenge, inputs).outputs
    return expected


def timed_of(challenge: FolderChallenge, inputs: Inputs, error: OwnError) -> Expected:
    [same] = expect_timed(challenge, inputs, {}).outputs
    [expected] = expect_timed(challenge, inputs, {("out", same.dtype): error}).outputs
    return expected


# -- the golden answer --------------------------------------------------------------------------------


def test_the_golden_answer_is_computed_in_float64(write: Writer) -> None:
    challenge = write("""\
def reference(x: Float32[Tensor, "n"], k: int, on: Bool[Tensor, "n"]) -> Float32[Tensor, "n"]:
    return torch.where(on, x / k, x)
""")
    x = torch.tensor([1.0, 1.0])
    [golden] = challenge.golden(dict(x=x, k=3, on=torch.tensor([True, False])))
    assert golden.dtype == torch.float64
    assert golden.tolist() == [1 / 3, 1.0]


CHUNKED = {
    "one argument": (
        'def reference(x: Float32[Tensor, "rows cols"]) -> Float32[Tensor, "rows cols"]:\n'
        "    check(x)\n    return torch.softmax(x, 1)\n",
        ["x"],
    ),
    "an argument without the dimension": (
        'def reference(x: Float32[Tensor, "rows cols"], w: Float32[Tensor, "cols"], k: int)'
        ' -> Float32[Tensor, "rows"]:\n'
        "    check(x)\n    return x @ w * k\n",
        ["x", "w", "k"],
    ),
    "outputs along different axes": (
        'class Two(NamedTuple):\n    t: Float32[Tensor, "cols rows"]\n    s: Float32[Tensor, "rows"]\n\n'
        'def reference(x: Float32[Tensor, "rows cols"]) -> Two:\n'
        "    check(x)\n    return Two(x.T * 2, x.sum(1))\n",
        ["x"],
    ),
}


@pytest.mark.parametrize(("reference", "names"), CHUNKED.values(), ids=CHUNKED.keys())
@pytest.mark.parametrize("rows", [4, 5, 16, 17, 33])
def test_an_answer_in_chunks_equals_the_whole(
    write: Writer, reference: str, names: list[str], rows: int
) -> None:
    full = "class Full(torch.OutOfMemoryError):\n    pass\n\n"
    small = full + "def check(x):\n    if len(x) > 3:\n        raise torch.OutOfMemoryError('too large')\n\n"
    large = full + "def check(x):\n    pass\n\n"
    generator = torch.Generator().manual_seed(rows)
    every = dict(
        x=torch.randn(rows, 7, generator=generator),
        w=torch.randn(7, generator=generator, dtype=torch.float32),
        k=3,
    )
    inputs = {name: every[name] for name in names}
    whole = write(large + reference, "rows").golden(inputs)
    chunked = write(small + reference, "rows").golden(inputs)
    assert [c.shape for c in chunked] == [w.shape for w in whole]
    for one, other in zip(chunked, whole, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-14, atol=1e-14)


# -- the tolerance ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DEFAULTS, ids=str)
def test_without_an_error_of_pytorchs_own_the_default_is_allowed(
    same: FolderChallenge, dtype: torch.dtype
) -> None:
    relative, absolute = DEFAULTS[dtype]
    expected = expected_of(same, x=torch.tensor([0.0, 2.0, -64.0], dtype=dtype))
    want = [absolute, absolute + 2 * relative, absolute + 64 * relative]
    assert expected.allowed(expected.values).tolist() == pytest.approx(want, rel=1e-12)


def test_an_error_of_pytorchs_own_is_allowed_four_times(write: Writer) -> None:
    # The float32 reference is off by 2**-10 of its value:      x      0        1         64
    #   error                                                   e      0        2**-10    2**-4
    #   d = 1e-5 + 1.3e-6 |x|                                   d      1e-5     1.13e-5   9.32e-5
    #   E = 2**-4,  R = 2**-4 / 9.32e-5 = 670.6               R * d    0.0067   0.0076    0.0625
    challenge = write("""\
def reference(x: Float32[Tensor, "n"]) -> Float32[Tensor, "n"]:
    return x * (1 + 2**-10) if x.dtype == torch.float32 else x * 1
""")
    expected = expected_of(challenge, x=torch.tensor([0.0, 1.0, 64.0]))
    assert expected.own_error == 2**-4
    assert expected.own_ratio == pytest.approx(2**-4 / 9.32e-5)
    ratio = 2**-4 / 9.32e-5
    want = [4 * ratio * 1e-5, 4 * ratio * 1.13e-5, 4 * 2**-4]
    assert expected.allowed(expected.values).tolist() == pytest.approx(want)


def test_the_largest_error_bounds_what_large_elements_may_be_off(write: Writer) -> None:
    # Off by 2**-10 everywhere: R = 2**-10 / 1e-5 = 97.7 stems from x = 0, and at x = 64 the error E is less
    # than R * d = 97.7 * 9.32e-5.
    challenge = write("""\
def reference(x: Float32[Tensor, "n"]) -> Float32[Tensor, "n"]:
    return x + 2**-10 if x.dtype == torch.float32 else x * 1
""")
    expected = expected_of(challenge, x=torch.tensor([0.0, 1.0, 64.0]))
    assert expected.allowed(expected.values).tolist() == pytest.approx([4 * 2**-10] * 3)


@pytest.mark.parametrize(
    ("scale", "count", "factor"),
    [(0.25, 64, 0.25), (0.25, 63, 1.0), (4.0, 64, 1.0), (1e-5, 64, 1e-3), (0.0, 64, 1.0)],
)
def test_the_absolute_part_shrinks_with_small_outputs(
    same: FolderChallenge, scale: float, count: int, factor: float
) -> None:
    expected = expected_of(same, x=torch.full((count,), scale, dtype=torch.float64))
    assert expected.allowed(torch.zeros(1)).item() == pytest.approx(1e-7 * factor)


def test_zeros_are_no_softmax_over_many_columns() -> None:
    challenge = FolderChallenge(shipped() / "challenges" / "softmax")
    x = drawn(challenge, dict(rows=2, cols=100_000), 1, "cpu")["x"]
    expected = expected_of(challenge, x=x)
    assert message(judged(expected, torch.softmax(x, 1))) == ""
    assert "elements differ" in message(judged(expected, torch.zeros(2, 100_000)))


def test_a_timed_sample_is_compared_at_twice_the_tolerance(write: Writer) -> None:
    challenge = write(
        'def reference(x: Float32[Tensor, "n"]) -> Float32[Tensor, "n"]:\n    return x.clone()\n'
    )
    x = torch.tensor([1.0, 2.0])
    expected = timed_of(challenge, dict(x=x), OwnError(3.0, 1.0))
    # R = 3, four times that, twice.
    d = [1e-5 + 1.3e-6, 1e-5 + 2.6e-6]
    assert expected.allowed(expected.values).tolist() == pytest.approx([24 * each for each in d])
    assert message(judged(expected, x + 20 * d[0])) == ""
    assert message(judged(expected, x + 28 * d[1])) != ""


# -- NaN and infinity ---------------------------------------------------------------------------------

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("timed", [False, True], ids=["checked", "timed"])
def test_what_the_reference_says_is_right(same: FolderChallenge, dtype: torch.dtype, timed: bool) -> None:
    x = torch.tensor([0.0, -0.5, 1.5, 48.0, NAN, *([] if dtype == torch.float8_e4m3fn else [INF, -INF])]).to(
        dtype
    )
    expected = timed_of(same, dict(x=x), OwnError(0.1, 1.0)) if timed else expected_of(same, x=x)
    assert message(judged(expected, x.clone())) == ""


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("timed", [False, True], ids=["checked", "timed"])
@pytest.mark.parametrize("place", range(6))
def test_what_stands_at_another_place_is_wrong(
    same: FolderChallenge, dtype: torch.dtype, timed: bool, place: int
) -> None:
    right = [0.0, -0.5, 1.5, NAN, INF, -INF]
    x = torch.tensor(right).to(dtype)
    expected = timed_of(same, dict(x=x), OwnError(0.1, 1.0)) if timed else expected_of(same, x=x)
    for value in (0.0, 1.0, NAN, INF, -INF):
        got = torch.tensor([*right[:place], value, *right[place + 1 :]]).to(dtype)
        if torch.equal(got.view(torch.uint8), x.view(torch.uint8)):
            continue  # it belongs there, or is the same in a dtype without infinity
        said = message(judged(expected, got))
        assert said.startswith(f"out[{place}] = "), value
        assert "1 of 6 elements differ" in said


@pytest.mark.parametrize(("got", "right"), [(INF, True), (65504.0, False), (-INF, False), (NAN, False)])
def test_an_answer_that_overflows_its_dtype_is_infinite(write: Writer, got: float, right: bool) -> None:
    challenge = write('def reference(x: Float[Tensor, "n"]) -> Float[Tensor, "n"]:\n    return x * 2\n')
    expected = expected_of(challenge, x=torch.tensor([1.0, 40000.0], dtype=torch.float16))
    assert expected.values.tolist() == [2.0, 80000.0]
    said = message(judged(expected, torch.tensor([2.0, got], dtype=torch.float16)))
    assert (said == "") == right


# -- integers and booleans ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64], ids=str)
def test_integers_must_be_equal(write: Writer, dtype: torch.dtype) -> None:
    challenge = write("""\
from jaxtyping import Integer

def reference(x: Integer[Tensor, "n"]) -> Integer[Tensor, "n"]:
    return x.clone()
""")
    top = torch.iinfo(dtype).max
    x = torch.tensor([0, 5, top], dtype=dtype)
    expected = expected_of(challenge, x=x)
    assert judged(expected, x.clone()) == Comparison(None, 0.0, 0.0)
    for place in range(3):
        got = x.clone()
        got[place] ^= 1  # at the top of int64, one off is nothing in float64
        said = message(judged(expected, got))
        assert said.startswith(f"out[{place}] = {got[place].item()}    expected {x[place].item()}")
        assert "1 of 3 elements differ" in said


def test_booleans_must_be_equal(write: Writer) -> None:
    challenge = write('def reference(x: Float32[Tensor, "n"]) -> Bool[Tensor, "n"]:\n    return x > 0\n')
    expected = expected_of(challenge, x=torch.tensor([-1.0, 1.0, 1.0]))
    assert message(judged(expected, torch.tensor([False, True, True]))) == ""
    said = message(judged(expected, torch.tensor([False, True, False])))
    assert said.startswith("out[2] = False    expected True\n1 of 3 elements differ")


def test_a_byte_that_is_no_boolean_is_wrong(write: Writer) -> None:
    challenge = write('def reference(x: Float32[Tensor, "n"]) -> Bool[Tensor, "n"]:\n    return x > 0\n')
    expected = expected_of(challenge, x=torch.tensor([1.0, 1.0]))
    got = torch.tensor([1, 77], dtype=torch.uint8).view(torch.bool)
    assert message(judged(expected, got)).startswith("out[1] = ")


# -- what is said -------------------------------------------------------------------------------------


def test_the_worst_element_is_shown(same: FolderChallenge) -> None:
    expected = expected_of(same, x=torch.ones(2, 3))
    got = torch.ones(2, 3)
    got[0, 1], got[1, 2] = 1.5, -3.0
    found = judged(expected, got)
    first, second = message(found).splitlines()
    assert first == "out[1, 2] = -3    expected 1    off by 4, allowed 1.1e-05"
    assert second.startswith("2 of 6 elements differ")
    assert (found.max_error, found.allowed) == (4.0, pytest.approx(1.13e-5))


@pytest.mark.parametrize("timed", [False, True])
def test_what_is_only_moved_must_be_equal(write: Writer, timed: bool) -> None:
    reference = 'def reference(x: Float[Tensor, "n"]) -> Float[Tensor, "n"]:\n    return x.flip(0)\n'
    challenge = write(reference, precision="exact")
    x = torch.tensor([torch.nan, 1.0, -torch.inf, 3e-39, 0.0]).repeat(20)
    expected = timed_of(challenge, dict(x=x), OwnError()) if timed else expected_of(challenge, x=x)
    assert message(judged(expected, x.flip(0))) == ""
    got = x.flip(0)
    got[3] = 1 + 2**-23
    first, _ = message(judged(expected, got)).splitlines()
    assert first == "out[3] = 1.00000012    expected 1    off by 1.2e-07, allowed 0"


def test_a_single_number_has_no_index(write: Writer) -> None:
    challenge = write('def reference(x: Float32[Tensor, "n"]) -> Float32[Tensor, ""]:\n    return x.sum()\n')
    expected = expected_of(challenge, x=torch.ones(3))
    assert message(judged(expected, torch.tensor(3.0))) == ""
    assert message(judged(expected, torch.tensor(4.0))).startswith("out = 4    expected 3")


def test_an_empty_output_is_right(same: FolderChallenge) -> None:
    assert message(judged(expected_of(same, x=torch.zeros(0, 4)), torch.zeros(0, 4))) == ""


def test_a_right_result_says_how_far_off_it_was(same: FolderChallenge) -> None:
    expected = expected_of(same, x=torch.tensor([1.0, 2.0], dtype=torch.float64))
    found = judged(expected, torch.tensor([1.0, 2.0 + 2**-24], dtype=torch.float64))
    assert message(found) == ""
    assert found.max_error == 2**-24
    assert found.allowed == pytest.approx(1e-7 + 2e-7)


@pytest.mark.parametrize(
    ("left", "said"),
    [([1, 3], "none of them was ever written"), ([3], "1 were never written"), ([0], None), ([], None)],
)
def test_what_was_never_written_is_reported(same: FolderChallenge, left: list[int], said: str | None) -> None:
    expected = expected_of(same, x=torch.tensor([70.0, 1.0, 2.0, 3.0, 4.0]))
    got = torch.tensor([70.0, 70.0, 2.0, 70.0, 4.0])  # 1 and 3 are wrong
    unwritten = torch.tensor([i in left for i in range(len(got))])
    lines = message(compare_output(expected, got, unwritten)).splitlines()
    assert lines[2:] == ([said] if said else [])


CLUSTERS = {
    "the last column": (
        (8, 10),
        (slice(None), -1),
        ("all in the last column", "is the tail of the row masked?"),
    ),
    "some of the last column": (
        (8, 10),
        (slice(2, 4), -1),
        ("all in the last column", "is the tail of the row masked?"),
    ),
    "the last row": (
        (8, 10),
        (-1, slice(None)),
        ("all in the last row", "is the tail of the column masked?"),
    ),
    "one row": ((8, 10), (3, slice(None)), ("all in row 3", "")),
    "one column": ((8, 10), (slice(None), 4), ("all in column 4", "")),
    "beyond a block": (
        (4, 100),
        (slice(None), slice(64, None)),
        ("all from column 64 on", "64 is a multiple of a block size of 64: is the last block masked?"),
    ),
    "beyond blocks of rows": (
        (100, 4),
        (slice(96, None), slice(None)),
        ("all from row 96 on", "96 is a multiple of a block size of 32: is the last block masked?"),
    ),
    "a few columns": ((4, 100), (slice(None), slice(10, 20)), ("all in columns 10 to 19 of 100", "")),
    "the last element": ((50,), (-1,), ("all in the last element", "is the tail of n masked?")),
    "beyond a block of elements": (
        (1000,),
        (slice(512, None),),
        ("all from element 512 on", "512 is a multiple of a block size of 512: is the last block masked?"),
    ),
    "one element": ((50,), (7,), ("all in element 7", "")),
    "some elements": ((100,), (slice(7, 9),), ("all in elements 7 to 8 of 100", "")),
    "scattered": ((8, 10), ([0, 3, 7], [0, 5, 9]), ("", "")),
    "scattered elements": ((50,), (slice(0, 50, 7),), ("", "")),
    "everything": ((8, 10), (slice(None), slice(None)), ("", "")),
    "the last index of three dimensions": (
        (4, 5, 6),
        (slice(None), slice(None), -1),
        ("all in the last index of c", "is the tail of c masked?"),
    ),
    "the first of three dimensions": ((4, 5, 6), (1, slice(None), slice(None)), ("all in index of a 1", "")),
    "a row of one": ((1, 50), (0, 49), ("all in the last column", "is the tail of the row masked?")),
}


def described(wrong: Tensor, names: tuple[str, ...]) -> tuple[str, str]:
    """Where wrong elements lie in words, and what is hinted."""
    count, total = int(wrong.sum()), wrong.numel()
    mismatch = Mismatch("out", (), "0", "1", 1.0, 0.0, count, total, 0, region(wrong, names))
    said = told([mismatch])[1]
    assert said.startswith(f"{count} of {total} elements differ")
    where = said.removeprefix(f"{count} of {total} elements differ").removeprefix(", ")
    return where, "".join(hints_for([mismatch]))


@pytest.mark.parametrize(("shape", "place", "words"), CLUSTERS.values(), ids=CLUSTERS.keys())
def test_where_wrong_elements_lie_together(
    shape: tuple[int, ...], place: tuple[object, ...], words: tuple[str, str]
) -> None:
    wrong = torch.zeros(shape, dtype=torch.bool)
    wrong[place] = True
    names = {1: ("n",), 2: ("rows", "cols"), 3: ("a", "b", "c")}[len(shape)]
    assert described(wrong, names) == words


def test_dimensions_without_names_are_numbered() -> None:
    wrong = torch.zeros(4, 5, 6, dtype=torch.bool)
    wrong[:, :, -1] = True
    assert region(wrong, ("...",)) == Region(2, 3, "dimension 2", 5, 5, 6)
    assert described(wrong, ("...",)) == (
        "all in the last index of dimension 2",
        "is the tail of dimension 2 masked?",
    )


@given(data=st.data(), shape=st.lists(st.integers(1, 40), min_size=1, max_size=3))
def test_any_set_of_wrong_elements_can_be_described(data: st.DataObject, shape: list[int]) -> None:
    wrong = torch.zeros(shape, dtype=torch.bool)
    flat = wrong.view(-1)
    for place in data.draw(st.sets(st.integers(0, flat.numel() - 1), min_size=1, max_size=30)):
        flat[place] = True
    names = tuple("abc"[: len(shape)])
    found = region(wrong, names)
    said, hint = described(wrong, names)
    if found is None:
        assert (said, hint) == ("", "")
        return
    assert said.startswith("all ")
    assert (found.rank, found.name, found.size) == (len(shape), names[found.axis], shape[found.axis])
    hit = {place[found.axis] for place in wrong.nonzero().tolist()}
    assert (min(hit), max(hit)) == (found.first, found.last)


# -- properties ---------------------------------------------------------------------------------------

numbers = st.floats(-1e3, 1e3, width=16)
dtypes = st.sampled_from(list(DEFAULTS))


@st.composite
def outputs(draw: st.DrawFn) -> Tensor:
    """A matrix of ordinary numbers of some dtype."""
    rows, cols = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    values = draw(st.lists(numbers, min_size=rows * cols, max_size=rows * cols))
    return torch.tensor(values, dtype=torch.float64).view(rows, cols).to(draw(dtypes))


@given(x=outputs(), part=st.floats(-0.4, 0.4))
def test_a_result_within_the_tolerance_is_accepted(same: FolderChallenge, x: Tensor, part: float) -> None:
    expected = expected_of(same, x=x)
    got = (x.double() + part * expected.allowed(x.double())).to(x.dtype)
    found = judged(expected, got)
    assert message(found) == ""
    assert found.max_error is not None
    assert found.max_error <= found.allowed


@given(x=outputs(), data=st.data(), sign=st.sampled_from([-1, 1]))
def test_one_element_beyond_the_tolerance_is_rejected_and_named(
    same: FolderChallenge, x: Tensor, data: st.DataObject, sign: int
) -> None:
    rows, cols = x.shape
    i, j = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, cols - 1))
    expected = expected_of(same, x=x)
    got = x.clone()
    got[i, j] = x[i, j].double() + sign * 4 * expected.allowed(x.double())[i, j]
    found = judged(expected, got)
    assert message(found).startswith(f"out[{i}, {j}] = ")
    assert f"1 of {rows * cols} elements differ" in message(found)
    assert found.max_error > found.allowed


@given(x=outputs(), data=st.data())
def test_a_sample_wrong_when_timed_is_rejected(same: FolderChallenge, x: Tensor, data: st.DataObject) -> None:
    expected = timed_of(same, dict(x=x), OwnError(0.0, 1.0))
    assert message(judged(expected, x.clone())) == ""
    i = data.draw(st.integers(0, x.numel() - 1))
    got = x.clone()
    got.view(-1)[i] = x.view(-1)[i].double() + 8 * expected.allowed(x.double()).view(-1)[i]
    assert "1 of" in message(judged(expected, got))


# -- the whole of a timed sample ----------------------------------------------------------------------

SHIPPED = sorted(path.parent for path in (shipped() / "challenges").glob("*/spec.md"))


def errors_of(challenge: FolderChallenge, inputs: Inputs) -> Errors:
    outputs = expect(challenge, inputs).outputs
    return {(e.name, e.dtype): OwnError(e.own_ratio, e.own_norm) for e in outputs}


@pytest.mark.parametrize(("factor", "first_row"), [(0.0, 0), (0.5, 0), (1.1, 0), (0.0, 256), (0.5, 256)])
def test_a_cancelling_answer_cannot_be_skipped_when_timed(factor: float, first_row: int) -> None:
    """Its R comes from elements near 0, and would allow any other element anything."""
    challenge = FolderChallenge(shipped() / "challenges" / "flash_attention_backward")
    shape = dict(batch=1, heads=1, seq=512, dim=64, causal=True, dtype="bf16")
    errors = errors_of(challenge, drawn(challenge, shape, 3, "cpu"))
    for expected in expect_timed(challenge, drawn(challenge, shape, 7, "cpu"), errors).outputs:
        right = expected.values
        assert message(judged(expected, right)) == ""
        got = right.clone()
        got[:, :, first_row:] *= factor
        assert message(judged(expected, got))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_golden_answer_is_right_when_timed(folder: Path) -> None:
    """Nothing is more exact, so no sample of it may be refused."""
    challenge = FolderChallenge(folder)
    for case in challenge.cases(1)[3:7]:
        inputs = drawn(challenge, case.shape, case.seed, "cpu")
        if sum(v.numel() for v in inputs.values() if isinstance(v, Tensor)) < 1 << 18:
            golden = challenge.golden(inputs)
            timed = expect_timed(challenge, inputs, errors_of(challenge, inputs)).outputs
            for expected, answer in zip(timed, golden, strict=True):
                assert message(judged(expected, answer.to(expected.dtype))) == ""


def test_the_error_in_one_dtype_says_nothing_about_another() -> None:
    half, narrow = OwnError(6.0, 1e-3), OwnError(0.3, 1e-2)
    errors: Errors = {("out", torch.float16): half, ("out", torch.bfloat16): narrow}
    assert error_of(errors, "out", torch.float16) == half
    assert error_of(errors, "out", torch.bfloat16) == narrow
    assert error_of(errors, "out", torch.float32) == OwnError(6.0, 1e-2)  # no case had it
    assert error_of(errors, "other", torch.float16) == OwnError()
