"""The seam of languages: Python as the first of them, and a made-up second one that the judge can read."""

import hashlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import example, given
from hypothesis import strategies as st

from judge.errors import BadInput
from judge.runner.loading import LOADERS
from judge.solutions.finding import all_solutions, find_solution, read_solution, short_name
from judge.solutions.languages import LANGUAGES, Language, digest_of, language_of
from judge.solutions.languages.python import Python
from judge.solutions.notes import read_note

PYTHON = Python()

SOURCE = '''\
"""# Adding

Two numbers become one.
"""

import torch

CHALLENGE = "vector_add"  # which one


def solve(a, b, out):
    """Add a and b."""
    # In one go.
    torch.add(a, b, out=out)
'''

NASTY = [
    "\0",
    "\ud800",
    "CHALLENGE = '\\ud800'",
    f"CHALLENGE = 0x{'f' * 5000}",
    f"CHALLENGE = {'9' * 5000}",
    "(" * 1000,
    "-" * 100_000 + "1",
    "f" + "(1)" * 100_000,
    "'\\d'",
    '"""one""" """two"""',
    'f"""note {1}"""',
    'b"""note"""',
    "\f\r\x0b",
    "\ufeffx = 1",
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The parser warns of odd escapes in odd texts."""
    with warnings.catch_warnings(action="ignore"):
        yield


# -- Python -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "challenge"),
    [
        (SOURCE, "vector_add"),
        ('CHALLENGE: str = "softmax"\n', "softmax"),
        ('CHALLENGE = OTHER = "softmax"\n', "softmax"),
        ('CHALLENGE = "one"\nCHALLENGE = "two"\n', "one"),
        ("CHALLENGE = 3\n", "3"),
        ("CHALLENGE: str\n", ""),
        ("CHALLENGE = print\n", ""),
        ('def f():\n    CHALLENGE = "softmax"\n', ""),
        ('# CHALLENGE = "softmax"\n', ""),
        ("def solve(:\n", ""),
        ("", ""),
    ],
)
def test_python_names_its_challenge_at_the_top_of_the_module(source: str, challenge: str) -> None:
    assert PYTHON.challenge_named_in(source) == challenge


def test_python_has_its_note_in_the_docstring() -> None:
    note, code = PYTHON.note(SOURCE)
    assert note == "# Adding\n\nTwo numbers become one."
    assert code == SOURCE.split('"""\n\n', 1)[1]
    assert PYTHON.note(code) == ("", code)


@pytest.mark.parametrize(
    "source", ["", "x = 1\n", "# no docstring\n", "3\n", 'f"""note"""\n', 'b"""note"""\n', "def solve(:\n"]
)
def test_python_without_a_docstring_is_all_code(source: str) -> None:
    assert PYTHON.note(source) == ("", source)


SAME = {
    "another note": ("Two numbers become one.", "A sum."),
    "no note": ('"""# Adding\n\nTwo numbers become one.\n"""\n', ""),
    "another comment": ("# In one go.", "# At once."),
    "no comment": ("    # In one go.\n", ""),
    "another docstring": ("Add a and b.", "Add b to a."),
    "no docstring": ('    """Add a and b."""\n', ""),
    "more spaces": ("torch.add(a, b, out=out)", "torch.add( a,\n        b, out = out )"),
    "other quotes": ('"vector_add"', "'vector_add'"),
    "empty lines": ("\n\n\ndef", "\n\n\n\n\ndef"),
}
OTHER = {
    "another function": ("torch.add", "torch.sub"),
    "another name": ("def solve(a,", "def solve(x,"),
    "another order": ("torch.add(a, b", "torch.add(b, a"),
    "another challenge": ('"vector_add"', '"relu"'),
    "a line more": ("    torch.add", "    out.zero_()\n    torch.add"),
    "a default": ("out):", "out=None):"),
}


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME.keys())
def test_the_digest_is_the_same_whatever_is_said_of_the_code(old: str, new: str) -> None:
    assert old in SOURCE
    changed = SOURCE.replace(old, new)
    assert changed != SOURCE
    assert PYTHON.digest(changed) == PYTHON.digest(SOURCE)


@pytest.mark.parametrize(("old", "new"), OTHER.values(), ids=OTHER.keys())
def test_the_digest_is_another_where_the_code_is(old: str, new: str) -> None:
    assert old in SOURCE
    assert PYTHON.digest(SOURCE.replace(old, new)) != PYTHON.digest(SOURCE)


def test_code_on_the_line_of_the_note_is_code() -> None:
    assert PYTHON.note('"""Nöte."""; x = "ö"\ny = 2\n') == ("Nöte.", 'x = "ö"\ny = 2\n')
    assert PYTHON.note('"""Note."""  # said\n\ny = 2\n') == ("Note.", "# said\n\ny = 2\n")


def test_the_digest_is_the_same_under_every_version_of_python() -> None:
    """From 3.12 on an f-string is many tokens; what is recorded under one version is read under another."""
    source = (
        '"""A note."""; x = 1  # one\n\ndef f(a, b):\n    """Adds."""\n    # a comment\n'
        '    return f"{a + b!r:>{8}} {f\'{a}\' if b else 1}" \'x\' """two\nlines"""\n'
    )
    assert PYTHON.digest(source) == "0afa45a7d940251d0bd1072fb314b7985ba9377f0cd8202eed44f1860cc0a568"
    assert PYTHON.digest(source.replace("Adds", "Sums").replace("# one", "")) == PYTHON.digest(source)
    assert PYTHON.digest(source.replace("two", "2")) != PYTHON.digest(source)


def test_the_digest_is_of_the_text_where_it_is_no_python() -> None:
    assert PYTHON.digest("def solve(:  # one") != PYTHON.digest("def solve(:  # two")


def test_python_that_can_be_read_has_no_problem() -> None:
    assert PYTHON.syntax_problem(SOURCE) is None
    assert PYTHON.syntax_problem("") is None


def test_a_syntax_problem_is_told_with_its_line() -> None:
    found = PYTHON.syntax_problem("x = 1\n\ndef broken(:\n")
    assert found is not None
    line, what = found
    assert line == 3
    assert what.startswith("SyntaxError: ")


def all_answers(language: Language, source: str) -> None:
    """Ask everything of a source, and see that each answer is of its kind."""
    assert isinstance(language.challenge_named_in(source), str)
    note, code = language.note(source)
    assert isinstance(note, str)
    assert code in source
    assert len(language.digest(source)) == 64
    problem = language.syntax_problem(source)
    assert problem is None or (problem[0] >= 0 and isinstance(problem[1], str))


_lines = st.lists(
    st.sampled_from(
        [
            'CHALLENGE = "a"',
            "CHALLENGE = 1",
            '"""note"""',
            '"""',
            "'''",
            "def solve(x):",
            "    pass",
            "  x",
            "\\",
            "#",
            "",
        ]
    ),
    max_size=6,
).map("\n".join)


@given(source=st.text() | _lines)
@example(source=SOURCE)
def test_no_text_makes_python_raise(source: str) -> None:
    all_answers(PYTHON, source)
    assert PYTHON.digest(source) == PYTHON.digest(source)


@pytest.mark.parametrize("source", NASTY, ids=lambda source: ascii(source)[:20])
def test_no_nasty_text_makes_python_raise(source: str) -> None:
    all_answers(PYTHON, source)


@pytest.mark.parametrize("path", sorted((ROOT / "solutions").glob("*.py")), ids=lambda path: path.stem)
def test_a_solution_without_its_note_has_the_same_digest(path: Path) -> None:
    solution = read_solution(path)
    note = read_note(solution)
    assert note.body
    assert PYTHON.digest(note.code) == solution.digest
    assert PYTHON.syntax_problem(solution.source) is None


# -- the language of a file ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["mine.py", "deep/mine.py", "mine", "deep.er/mine", ".py", "/dev/fd/3", "a.b.py"]
)
def test_a_file_is_python_by_its_suffix_or_without_one(name: str) -> None:
    assert language_of(Path(name)).name == "Python"


@pytest.mark.parametrize("name", ["mine.cu", "mine.py.old", "mine.txt", "deep.py/mine.toy"])
def test_an_unknown_suffix_is_told_in_one_line(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        language_of(Path(name))
    said = str(caught.value)
    assert said == f"{name}: a solution is a file in Python (.py), not {Path(name).suffix}"
    assert "\n" not in said


def test_a_file_of_no_language_is_no_solution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.cu").write_text("__global__ void add() {}\n")
    with pytest.raises(BadInput, match=r"mine\.cu: a solution is a file in Python \(\.py\), not \.cu"):
        find_solution("mine.cu")


def test_every_language_has_its_suffix_and_a_loader_of_its_name() -> None:
    assert {suffix: language.suffix for suffix, language in LANGUAGES.items()} == {s: s for s in LANGUAGES}
    assert {language.name for language in LANGUAGES.values()} <= set(LOADERS)


def test_what_was_recorded_has_a_digest_whatever_its_language_was() -> None:
    assert digest_of("solutions/mine.py", SOURCE) == PYTHON.digest(SOURCE)
    assert digest_of("mine", SOURCE) == PYTHON.digest(SOURCE)
    assert digest_of("mine.cu", "int x; // one") != digest_of("mine.cu", "int x; // two")


# -- a second language --------------------------------------------------------------------------------


class Toy:
    """A made-up language: lines that begin with ; are its note, and one of them names the challenge."""

    name = "Toy"
    suffix = ".toy"

    def challenge_named_in(self, source: str) -> str:
        lines = source.splitlines()
        return next((line.removeprefix("; for ") for line in lines if line.startswith("; for ")), "")

    def note(self, source: str) -> tuple[str, str]:
        lines = source.splitlines(True)
        said = [line for line in lines if line.startswith(";")]
        if not said:
            return "", source
        return "".join(line.lstrip("; ") for line in said).strip(), self._code(source)

    def digest(self, source: str) -> str:
        return hashlib.sha256(self._code(source).encode(errors="surrogatepass")).hexdigest()

    def syntax_problem(self, source: str) -> tuple[int, str] | None:
        return None if source.isascii() else (1, "it is not ASCII")

    def _code(self, source: str) -> str:
        return "".join(line for line in source.splitlines(True) if not line.startswith(";"))


TOY = "; A sum in toy\n; for vector_add\n; It adds.\nadd a b out\n"


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace to be in, with a solution in a language that the judge learns for the test."""
    language: Language = Toy()
    monkeypatch.setitem(LANGUAGES, language.suffix, language)
    (tmp_path / "solutions" / "deep").mkdir(parents=True)
    (tmp_path / ".judge").mkdir()
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "solutions" / "deep" / "sum.toy"
    path.write_text(TOY)
    return path


def test_a_solution_in_a_second_language_is_read(toy: Path) -> None:
    solution = read_solution(toy)
    assert solution.language.name == "Toy"
    assert solution.challenge == "vector_add"
    assert solution.file_name == "solution.toy"
    assert solution.hash == hashlib.sha256(TOY.encode()).hexdigest()
    assert solution.digest == hashlib.sha256(b"add a b out\n").hexdigest()
    assert solution.digest == digest_of("deep/sum.toy", TOY.replace("It adds.", "It sums."))
    assert solution.digest != digest_of("deep/sum.toy", TOY.replace("add a b", "add b a"))


def test_a_note_in_a_second_language_is_read(toy: Path) -> None:
    note = read_note(read_solution(toy))
    assert (note.title, note.body, note.code) == (
        "A sum in toy",
        "for vector_add\nIt adds.\n",
        "add a b out\n",
    )
    toy.write_text("add a b out\n")
    plain = read_note(read_solution(toy, "solutions/deep/sum.toy"))
    assert (plain.title, plain.body, plain.code) == ("solutions/deep/sum.toy", "", "add a b out\n")


def test_a_second_languages_solutions_are_found(toy: Path) -> None:
    (toy.parent / "sum.py").write_text('CHALLENGE = "vector_add"\n')
    (toy.parent / "sum.cu").write_text("// no language of ours\n")
    found = {s.title: s for s in all_solutions() if s.challenge == "vector_add"}
    assert {"solutions/deep/sum.toy", "solutions/deep/sum.py", "solutions/vector_add.py"} <= set(found)
    assert found["solutions/deep/sum.toy"].language.name == "Toy"
    assert not [s for s in all_solutions() if s.title.endswith(".cu")]
    assert find_solution("solutions/deep/sum.toy").source == TOY
    with pytest.raises(
        BadInput, match=r"no such solution: solutions/deep/smu\.toy; did you mean solutions/deep/sum\.toy"
    ):
        find_solution("solutions/deep/smu.toy")


def test_a_second_language_has_short_names_too(toy: Path) -> None:
    assert short_name("solutions/softmax.py") == "softmax"
    assert short_name("solutions/deep/sum.toy") == "deep/sum"
    assert read_solution(toy, "solutions/deep/sum.toy").name == "deep/sum"
    assert short_name("elsewhere/sum.cu") == "elsewhere/sum.cu"


def test_a_second_language_is_named_where_a_suffix_is_unknown(toy: Path) -> None:
    with pytest.raises(BadInput, match=r"Python \(\.py\), Toy \(\.toy\), not \.cu$"):
        language_of(Path("sum.cu"))


def test_a_solution_in_a_second_language_that_is_no_text(toy: Path) -> None:
    toy.write_bytes(b"\xff")
    with pytest.raises(BadInput, match=r"sum\.toy: cannot be read as Toy"):
        read_solution(toy)


@given(source=st.text())
def test_the_toy_language_keeps_the_promise_too(source: str) -> None:
    all_answers(Toy(), source.replace("\r", "").replace(";", "."))
