"""How many calls a pass has, and what is not believed of passes that a submission made short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.judging.pass_length import (
    FEWEST_CALLS,
    LONGEST_US,
    MOST_CALLS,
    MOST_EDGES,
    MOST_NODES,
    PASS_US,
    Length,
    length_of,
    made_short,
)

MIB, GIB = 1 << 20, 1 << 30

CASES = {
    # µs of a call of ours, and of the side; nodes, edges; bytes of a call, free, its own: the calls
    "a pass is long": ((5.0, 5.0, 1, 0, MIB, 80 * GIB, 0), Length(300)),
    "the baseline chooses": ((5.0, 40.0, 1, 0, MIB, 80 * GIB, 0), Length(300)),
    "there are some calls always": ((1000.0, 1000.0, 1, 0, MIB, 80 * GIB, 0), Length(16)),
    "long calls need no long chain": ((10_000.0, 10_000.0, 1, 0, MIB, 80 * GIB, 0), Length(5)),
    "nor does what takes a second": ((1e6, 1e6, 1, 0, MIB, 80 * GIB, 0), Length(4)),
    "there are not too many": ((0.1, 0.1, 1, 0, MIB, 80 * GIB, 0), Length(512)),
    "many nodes": ((1.0, 1.0, 1024, 1023, MIB, 80 * GIB, 0), Length(16)),
    "many edges": ((1.0, 1.0, 256, 16_128, MIB, 80 * GIB, 0), Length(8)),
    "memory is short": ((5.0, 5.0, 1, 0, GIB, 20 * GIB, 0), Length(20)),
    "a small workspace is no reason": ((5.0, 5.0, 1, 0, GIB, 20 * GIB, MIB), Length(20)),
    "its own memory is one": ((5.0, 5.0, 1, 0, GIB, 20 * GIB, 40 * GIB), Length(20, takes_room=True)),
    "but not where there is room": ((5.0, 5.0, 1, 0, MIB, 20 * GIB, 40 * GIB), Length(300)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_length_by_hand(name: str) -> None:
    given, length = CASES[name]
    assert length_of(*given) == length


us = st.floats(0.01, 1e7)
sizes = st.integers(1, 100 * GIB)


@given(us, us, st.integers(1, 4096), st.integers(0, 65_536), sizes, sizes, sizes)
def test_a_length_keeps_all_bounds(
    call: float, rough: float, nodes: int, edges: int, size: int, free: int, own: int
) -> None:
    calls = length_of(call, rough, nodes, edges, size, free, own).calls
    assert FEWEST_CALLS <= calls <= MOST_CALLS
    if calls > FEWEST_CALLS:
        assert calls * nodes <= MOST_NODES and calls * (nodes + edges) <= MOST_EDGES
        assert calls * size <= free and (calls <= 16 or calls * rough <= LONGEST_US)


def test_who_was_slow_while_the_length_was_chosen_is_not_believed_later() -> None:
    assert "a call took 100 µs while" in made_short(Length(15), 5.0, 100.0)
    assert "a call took 3e+04 µs while" in made_short(Length(4), 1000.0, 30_000.0)
    assert made_short(Length(15), 90.0, 100.0) == ""
    assert made_short(Length(300), 5.0, 100.0) == ""  # long enough to tell


def test_who_takes_the_memory_is_not_believed_in_short_passes() -> None:
    assert made_short(Length(20, takes_room=True), 5.0, 5.0) == (
        "its own memory leaves room for passes of 20 calls only"
    )
    assert made_short(Length(20), 5.0, 5.0) == ""
    assert made_short(Length(20, takes_room=True), PASS_US / 20, PASS_US / 20) == ""
