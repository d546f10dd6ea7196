"""Specs and notes on a terminal."""

import re
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.challenges.formats.spec import read_spec
from judge.show.markdown import markdown_text, math
from judge.solutions.finding import read_solution
from judge.solutions.notes import read_note
from judge.workspace import shipped

SPECS = sorted((shipped() / "challenges").glob("*/spec.md"))
NOTES = sorted((shipped() / "solutions").glob("*.py"))
TEXTS = [*SPECS, *NOTES]


def name_of(path: Path) -> str:
    return path.parent.name if path in SPECS else path.name


def markdown_of(path: Path) -> str:
    """The body of a spec or of a note."""
    return read_spec(path).body if path in SPECS else read_note(read_solution(path)).body


def rendered(text: str, width: int = 80) -> str:
    return click.unstyle(markdown_text(text, width))


def prose(path: Path) -> str:
    """A text without its code, which may hold anything, and without tables, which keep their width."""
    body = re.sub(r"^```.*?^```$", "", markdown_of(path), flags=re.M | re.S)
    body = re.sub(r"`[^`]+`", "code", body)
    return "\n".join(line for line in body.splitlines() if not line.startswith("|"))


# -- the shipped specs and notes -----------------------------------------------------------------------


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_no_tex_is_left(path: Path) -> None:
    body = re.sub(r"^```.*?^```$", "", markdown_of(path), flags=re.M | re.S)
    text = rendered(re.sub(r"`[^`]+`", "code", body))
    assert "$" not in text
    assert "\\" not in text


# What TeX commands are called, and no person would write in a formula or a sentence.
COMMANDS = re.compile(
    r"\b(d?frac|q?quad|sqrt|mathrm|mathbf|mathbb|mathcal|operatorname|[bB]igg?[lr]?|"
    r"cdots?|ldots|times|leq?|geq?|neq|infty|partial|lfloor|rfloor|underbrace|begin)\b(?=[({_ ^\d-])"
)


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_no_name_of_a_tex_command_is_left_in_a_formula(path: Path) -> None:
    source = re.sub(r"\\[a-zA-Z]+|\s", " ", prose(path))  # the words that stand there as words
    own = {match[0] for match in COMMANDS.finditer(source)}
    left = {match[0] for match in COMMANDS.finditer(rendered(prose(path)))}
    assert left - own == set()


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
@pytest.mark.parametrize("width", [60, 80, 100])
def test_lines_keep_to_the_width(path: Path, width: int) -> None:
    for line in rendered(prose(path), width).splitlines():
        assert len(line) <= width


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parent.name)
def test_code_is_shown_as_it_is(path: Path) -> None:
    body = read_spec(path).body
    blocks = re.findall(r"^```\w*\n(.*?)^```$", body, flags=re.M | re.S)
    assert blocks
    lines = rendered(body).splitlines()
    for block in blocks:
        for line in block.splitlines():
            assert not line or f"    {line}" in lines


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_every_word_of_the_prose_is_there(path: Path) -> None:
    without_math = re.sub(r"\$\$?[^$]+\$\$?", " ", prose(path))
    wanted = re.findall(r"[A-Za-z]{4,}", without_math)
    assert wanted
    text = rendered(prose(path))
    assert [word for word in wanted if word not in text] == []


def test_every_tex_command_in_use_has_a_meaning() -> None:
    used = {name for path in TEXTS for name in re.findall(r"\\([a-zA-Z]+)", prose(path))}
    words = {"log", "ln", "max", "min", "exp"}  # TeX too prints these as they are
    forms = ["{x}_{z}", "{x}{y}_{z}"]
    kept = {name for name in used if all(name in math(f"\\{name}{form}") for form in forms)}
    assert len(used) > 30
    assert kept - words - {"begin", "end"} == set()


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_no_mark_of_emphasis_is_left(path: Path) -> None:
    without = re.sub(r"\$\$?[^$]+\$\$?", " ", prose(path))
    assert not re.search(r"\*\w|\w\*(?!\w)|`", rendered(without))


@pytest.mark.parametrize("path", NOTES, ids=name_of)
def test_a_note_has_the_lists_that_it_was_written_with(path: Path) -> None:
    """A line that begins with a sign by chance would be an item of a list."""
    wanted = re.findall(r"^(?=- )", markdown_of(path), flags=re.M)
    assert re.findall(r"^(?=(?:[-+*]|\d+[.)]) )", rendered(markdown_of(path), 10**6), flags=re.M) == wanted


# -- formulas -----------------------------------------------------------------------------------------

FORMULAS = {
    r"a \cdot b \times c": "a · b × c",
    r"x \le y \leq z \ge w \neq v": "x ≤ y ≤ z ≥ w ≠ v",
    r"\sum_i x_i": "Σ_i x_i",
    r"\mathrm{out}_i": "out_i",
    r"x_{i}^{2}": "x_i^2",
    r"10^{-5}": "10^-5",
    r"\max_k x_k": "max_k x_k",
    r"\left( a \right)": "( a )",
    r"\{ 1, 2 \}": "{ 1, 2 }",
    r"\pm\infty": "±∞",
    r"\log x": "log x",
    r"\log_2 e": "log_2 e",
    r"\Theta\left(\frac{N^2 d^2}{M}\right)": "Θ((N^2 d^2 / M))",
    r"acc \mathrel{+}= p_{i-1} v_{i-1}": "acc += p_(i-1) v_(i-1)",
    r"\lfloor l / 8 \rfloor \le \lceil x \rceil": "⌊ l / 8 ⌋ ≤ ⌈ x ⌉",
    r"\tilde m - m'": "m\u0303 - m'",
    r"\bar{x}": "x\u0304",
    r"e^{qk} e^{s_j} 2^{31} x_{ij} k^{\top}": "e^(qk) e^(s_j) 2^31 x_ij k^⊤",
    r"\frac{a + b}{2} \frac{-1}{l'} \frac{1}{2 a}": "((a + b) / 2) (-1 / l') (1 / (2 a))",
    r"1 / \sqrt d": "1 / √d",
    r"\sqrt{\frac{a}{b}}": "√((a / b))",
    r"\underbrace{H(H}_{\mathrm{rounds}}(x))": "H(H [rounds] (x))",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}": "a = b; c = d",
    r"\begin{cases} 0 & x < 0 \\ x & \text{otherwise} \end{cases}": "{ 0, x < 0; x, otherwise",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}": "(1 2; 3 4)",
}


@pytest.mark.parametrize(("tex", "text"), FORMULAS.items())
def test_formulas_become_text(tex: str, text: str) -> None:
    assert re.sub(r"\s+", " ", math(tex)).strip() == text


@pytest.mark.parametrize("tex", [r"\frac{1}{2}", r"\dfrac{1}{2}", r"\frac{1}{\frac{1}{2}}"])
def test_a_fraction_becomes_a_quotient(tex: str) -> None:
    assert re.sub(r"[() ]", "", math(tex)) in ("1/2", "1/1/2")


def test_what_wears_a_hat_is_told_from_what_does_not() -> None:
    assert math(r"\hat{x}") != "x"


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{e^{x_{ij}}}{\sum_k e^{x_{ik}}}",
        r"\frac{1}{\sqrt{\frac{1}{C} \sum_j (x_{ij} - \mu_i)^2 + \varepsilon}}",
        r"\#\{\, i : x_i = b \,\}, \qquad 0 \le b",
        r"\mathrm{d\_out}_{ij}",
        r"r_i \Big( g_{ij} - 1 \Big)",
        r"50\,\%",
    ],
)
def test_no_backslash_and_no_command_is_left_of_a_formula(tex: str) -> None:
    text = math(tex)
    assert "\\" not in text
    assert not COMMANDS.search(text)


@given(st.text("abx_^{}\\ frac12$#,", max_size=40))
def test_any_formula_can_be_rendered(tex: str) -> None:
    assert isinstance(math(tex), str)


# -- Markdown -----------------------------------------------------------------------------------------


def test_blocks_are_told_apart() -> None:
    text = """\
# Title
First line
second line with `code` and **bold** and $x_{i}$.

- an item that
  goes on
- another

1. first
2. second

| a | b |
|---|---|
| long cell | $y \\le 1$ |

```python
x = "$not math$ `as it is` **so**"
y = 1
```
"""
    assert (
        rendered(text)
        == """\
Title

First line second line with code and bold and x_i.

- an item that goes on
- another

1. first
2. second

  a          b
  long cell  y ≤ 1

    x = "$not math$ `as it is` **so**"
    y = 1
"""
    )


def test_long_items_hang_under_their_text() -> None:
    assert rendered("- one two three four five six seven\n", 20) == "- one two three four\n  five six seven\n"


def test_emphasis_is_styled_word_by_word() -> None:
    text = markdown_text("**What bounds** *the* `inner loop`", 80)
    bold, italic, cyan = "\x1b[1m", "\x1b[3m", "\x1b[36m"
    for word, style in {"What": bold, "bounds": bold, "the": italic, "inner loop": cyan}.items():
        assert f"{style}{word}\x1b[0m" in text


def test_a_line_may_end_in_the_middle_of_emphasis() -> None:
    for line in markdown_text("**one two three four five six** *seven eight nine ten*", 20).splitlines():
        assert len(click.unstyle(line)) <= 20
        assert line.endswith("\x1b[0m")


def test_short_formulas_and_code_are_kept_on_one_line() -> None:
    assert (
        rendered("It is one word or $a + b = c$ or `x + y`", 24) == "It is one word or\na + b = c or x + y\n"
    )


def test_a_formula_by_itself_is_broken_at_its_wide_spaces() -> None:
    text = rendered("$$a = b + c,\n\\qquad d = e\\, + f, \\qquad 0 \\le i < n$$", 25)
    assert text == "    a = b + c,\n    d = e + f,\n    0 ≤ i < n\n"


def test_two_formulas_may_follow_each_other() -> None:
    assert rendered("so\n\n$$a = 1,$$\n$$b = 2.$$\n\nand on") == "so\n\n    a = 1,\n\n    b = 2.\n\nand on\n"


def test_lists_may_lie_in_lists() -> None:
    assert rendered("- one\n  - two\n    and on\n- three\n\n3. four\n4. five") == (
        "- one\n  - two and on\n- three\n\n3. four\n4. five\n"
    )


def test_what_is_no_markdown_is_shown_as_it_is() -> None:
    assert rendered("a < b && c, <b>x</b>, 2 * 3 * 4, snake_case_name, 5$") == (
        "a < b && c, <b>x</b>, 2 * 3 * 4, snake_case_name, 5$\n"
    )


def test_links_show_where_they_lead() -> None:
    assert rendered("[the page](https://example.org/x)") == "the page (https://example.org/x)\n"


def test_deep_nesting_is_survived() -> None:
    assert "x = y" in rendered("> - " * 4 + "$$x = y$$", 60)
    assert rendered("> - " * 1000 + "x", 20).endswith("\n")


@given(st.text("ab #|-*`$\\\n1.{}_", max_size=80), st.integers(20, 100))
def test_any_text_can_be_rendered(text: str, width: int) -> None:
    assert markdown_text(text, width).endswith("\n")


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=10), max_size=60), st.integers(20, 100))
def test_prose_keeps_its_words_and_the_width(words: list[str], width: int) -> None:
    text = rendered(" ".join(words), width)
    assert text.split() == words
    assert all(len(line) <= width for line in text.splitlines())
