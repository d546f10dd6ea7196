"""The shapes of a comparison: what a sweep asks for, and what it may not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.comparing import sweep
from judge.errors import BadInput

ROWS = [
    dict(batch=4, seq=1024, causal=True, dtype="bf16", eps=1e-5),
    dict(batch=1, seq=1, causal=False, dtype="fp32", eps=1, spread=2.0),
]


def shapes(*swept: str, given: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return sweep.shapes(ROWS[:1], ROWS[1:], given, swept)


def test_without_a_wish_the_shapes_are_the_benchmarks() -> None:
    assert shapes() == ROWS[:1]


def test_a_sweep_is_every_combination_put_into_the_first_benchmark() -> None:
    found = shapes("seq=8,16", "causal=True,false")
    assert [(s["seq"], s["causal"]) for s in found] == [(8, True), (8, False), (16, True), (16, False)]
    assert all((s["batch"], s["dtype"]) == (4, "bf16") for s in found)
    assert shapes("seq=8,16 causal=true,false") == found


def test_shapes_are_rows_of_their_own_and_may_be_swept_too() -> None:
    found = shapes(given=("batch=2 dtype=fp32", "batch=3 spread=4"))
    assert [s["batch"] for s in found] == [2, 3]
    assert found[1]["spread"] == 4.0
    assert "spread" not in found[0]
    assert len(shapes("seq=1,2", given=("batch=2", "batch=3"))) == 4


def test_what_is_there_twice_is_compared_once() -> None:
    assert len(shapes("seq=8,16,8")) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    {
        "seq": ("seq=1024",),
        "": ("key=value",),
        "=3": ("key=value",),
        "seq=": ("key=value",),
        "seq=1,,2": ("key=value",),
        "sek=3": ("did you mean seq?",),
        "rows=3": ("there are batch, seq, causal, dtype, eps, spread",),
        "seq=1.5": ("seq=1.5", "a whole number"),
        "seq=x": ("seq=x", "a whole number"),
        "causal=maybe": ("causal=maybe", "true or false"),
        "eps=small": ("eps=small", "a number"),
        "seq=1 seq=2": ("seq is given twice", "seq=A,B"),
    }.items(),
)
def test_a_sweep_that_makes_no_sense_is_refused(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(BadInput) as caught:
        shapes(text)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("--sweep")
    for word in words:
        assert word in message


def test_a_shape_has_one_value_of_each() -> None:
    with pytest.raises(BadInput, match="--sweep takes them"):
        shapes(given=("seq=1,2",))
    with pytest.raises(BadInput, match="seq is given twice"):
        shapes("seq=1", "seq=2")


VALUES = st.one_of(
    st.integers(-(10**17), 10**17),
    st.booleans(),
    st.floats(allow_nan=False),
    st.text("abcxyz0123456789_.-", min_size=1),
)
SHAPES = st.dictionaries(st.from_regex(r"[a-z][a-z_0-9]{0,5}", fullmatch=True), VALUES, min_size=1)


@given(SHAPES)
def test_a_shape_is_read_as_it_is_written(shape: dict[str, Any]) -> None:
    base = {key: type(value)() for key, value in shape.items()}
    assert sweep.shapes([base], [], [sweep.text(shape)], []) == [shape]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = sweep.shapes(ROWS[:1], ROWS[1:], [], [text])
    except BadInput as error:
        assert str(error).startswith("--sweep")
    else:
        assert found


@given(st.lists(SHAPES, min_size=2, max_size=4))
def test_what_shapes_have_in_common_and_what_is_left_is_all_of_them(found: list[dict[str, Any]]) -> None:
    common, rest = sweep.split(found)
    assert [common | each for each in rest] == found
