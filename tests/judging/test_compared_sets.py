"""Which sets of a pass are compared as a whole."""

from hypothesis import given
from hypothesis import strategies as st

from judge.judging.compared_sets import KNOWN, SETS, compared, telling

PASSES = st.lists(st.integers(0, 700), min_size=1, max_size=40, unique=True)


@st.composite
def passes(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """The sets of a pass, and those whose inputs came late."""
    sets = draw(PASSES)
    return sets, draw(st.lists(st.sampled_from(sets), max_size=2))


@given(passes(), st.booleans())
def test_late_sets_and_the_last_one_are_compared(each: tuple[list[int], list[int]], special: bool) -> None:
    sets, late = each
    found = compared(sets, late, special)
    assert {sets[-1], *late} <= set(found) <= set(sets)
    assert len(found) == len(set(found)) == min(len(sets), SETS)
    assert not special or found[0] == sets[-1]


@given(passes(), st.booleans(), st.data())
def test_where_the_reference_is_slow_one_answer_is_computed_at_most(
    each: tuple[list[int], list[int]], special: bool, data: st.DataObject
) -> None:
    sets, late = each
    known = data.draw(st.sets(st.sampled_from(sets)))
    found = compared(sets, late, special, known)
    mine = found[1:] if special else found
    assert not special or found[0] == sets[-1]
    assert len(set(mine) - known) <= 1
    assert known & set(telling(sets, late, special)) <= set(mine)
    assert mine or special
    if len(known & set(mine)) >= KNOWN:
        assert set(mine) <= known


def test_the_last_set_is_told_of_only_once() -> None:
    assert telling([3, 1, 2], [2, 1], special=False) == [2, 1]
    assert telling([3, 1, 2], [2, 1], special=True) == [1]
    assert telling([5], [5], special=False) == [5]
    assert compared([5], [], special=True) == [5]
    assert compared([5, 6], [], special=False, known=set()) == [6]
    assert compared([5], [], special=False, known=set()) == [5]
