"""Text that somebody else wrote, on its way to a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from judge.text import clean, one_line


@given(st.text())
def test_a_line_has_no_control_characters_and_a_bounded_length(text: str) -> None:
    line = one_line(text, 40)
    assert len(line) <= 40 and "\n" not in line and clean(line) == line


def test_what_a_terminal_would_obey_is_left_out() -> None:
    assert one_line("first\n\x1b[2J second\t\x07third") == "first [2J second third"
    assert one_line("x" * 400) == "x" * 297 + "..."
