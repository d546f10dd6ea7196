"""The messages: whatever a packet holds, reading it gives bounded values and raises nothing."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from judge.protocol import messages

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_nothing(packet: bytes) -> None:
    found = messages.read(packet)
    assert found is None or isinstance(found, dict)


@given(st.dictionaries(st.sampled_from(["said", "kind", "text", "line"]), values))
def test_what_an_answer_says_is_taken_only_in_its_form(answer: dict[str, Any]) -> None:
    for key in ("text", "line", "nothing"):
        text, line, number = (take(answer, key) for take in (messages.text, messages.line, messages.number))
        assert isinstance(text, str) and len(text) <= messages.TEXT
        assert line == (text.splitlines() or [""])[0]
        assert type(number) is int and 0 <= number < 2**53


def test_nesting_without_end_is_nothing() -> None:
    assert messages.read(b"[" * 100_000) is None
    assert messages.read(b'{"a":' * 20_000 + b"1" + b"}" * 20_000) is None


def test_texts_are_cut_to_their_length() -> None:
    answer = {"text": "x" * 100_000, "summary": "one\ntwo"}
    assert messages.text(answer, "text") == "x" * messages.TEXT
    assert messages.text(answer, "text", 5) == "xxxxx"
    assert messages.line(answer, "summary") == "one"


def test_a_whole_number_is_no_bool_and_no_float() -> None:
    for wrong in (True, 1.0, "1", -1, 2**53, None):
        assert messages.number({"n": wrong}, "n") == 0
    assert messages.number({"n": 2**53 - 1}, "n") == 2**53 - 1


@given(st.integers(0, 1 << 17), st.integers(0, 1 << 17), st.sampled_from("xµ😀\n"))
def test_an_error_fits_a_packet_however_long_its_texts_are(one: int, other: int, letter: str) -> None:
    packet = messages.error(kind="runtime_error", text=letter * one, trace=letter * other, line=3)
    assert len(packet) <= messages.PACKET
    found = json.loads(packet)
    assert (found["said"], found["kind"], found["line"]) == ("error", "runtime_error", 3)
    assert set(found["text"] + found["trace"]) <= {letter}


def test_a_request_names_what_to_do() -> None:
    assert messages.read(messages.request("go", count=3)) == {"do": "go", "count": 3}
