"""spec.md: what is read, and what is said where it cannot be."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.challenges.formats.spec import DIFFICULTIES, PRECISIONS, Spec, read_spec
from judge.errors import BadInput

GOOD = """\
+++
title = "Softmax"
difficulty = "medium"
tags = ["reduction", "numerics"]
origin = "Triton Puzzles 8"
+++

The softmax of each row.

+++ is a line of the body here.
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "spec.md"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    """What is said of a bad spec."""
    with pytest.raises(BadInput) as caught:
        read_spec(path)
    return str(caught.value)


def test_good_front_matter_is_read(tmp_path: Path) -> None:
    assert read_spec(write(tmp_path, GOOD)) == Spec(
        title="Softmax",
        difficulty="medium",
        tags=("reduction", "numerics"),
        origin="Triton Puzzles 8",
        precision="ieee",
        deterministic=False,
        independent="",
        body="The softmax of each row.\n\n+++ is a line of the body here.\n",
    )


def test_optional_keys_are_read(tmp_path: Path) -> None:
    extra = 'precision = "tf32"\ndeterministic = true\nindependent = "rows"\n'
    spec = read_spec(write(tmp_path, GOOD.replace('origin = "', extra + 'origin = "')))
    assert (spec.precision, spec.deterministic, spec.independent) == ("tf32", True, "rows")


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_every_difficulty_is_known(tmp_path: Path, difficulty: str) -> None:
    assert read_spec(write(tmp_path, GOOD.replace("medium", difficulty))).difficulty == difficulty


@pytest.mark.parametrize("precision", PRECISIONS)
def test_every_precision_is_known(tmp_path: Path, precision: str) -> None:
    text = GOOD.replace("origin", f'precision = "{precision}"\norigin')
    assert read_spec(write(tmp_path, text)).precision == precision


BAD = {
    "empty file": ("", 1, ["+++"]),
    "no +++ on line 1": (GOOD.removeprefix("+++\n"), 1, ["starts", "+++"]),
    "blank line before +++": ("\n" + GOOD, 1, ["starts", "+++"]),
    "no closing +++": ('+++\ntitle = "x"\n\nbody\n', 4, ["closing", "+++"]),
    "broken TOML": (GOOD.replace('"medium"', "medium"), 3, ["not TOML", "Invalid value"]),
    "broken TOML further down": (GOOD.replace('"Triton Puzzles 8"', '"Triton'), 5, ["not TOML"]),
    "a key twice": (GOOD.replace("origin =", "title ="), 5, ["not TOML"]),
    "unclosed list": (GOOD.replace('"numerics"]', '"numerics"'), 5, ["not TOML"]),
    "unknown key": (GOOD.replace("origin", 'dificulty = "easy"\norigin'), 5, ["dificulty", "difficulty"]),
    "unknown key like no other": (
        GOOD.replace("origin", "zzz = 1\norigin"),
        5,
        ["zzz", "title", "difficulty", "tags", "origin", "precision", "deterministic", "independent"],
    ),
    "unknown difficulty": (GOOD.replace('"medium"', '"tricky"'), 3, ["difficulty", *DIFFICULTIES]),
    "unknown precision": (
        GOOD.replace("origin", 'precision = "fp64"\norigin'),
        5,
        ["precision", *PRECISIONS],
    ),
    "title of wrong type": (GOOD.replace('"Softmax"', "3"), 2, ["title", "a string"]),
    "tags of wrong type": (GOOD.replace('["reduction", "numerics"]', '"reduction"'), 4, ["tags", "list"]),
    "tags that are no strings": (GOOD.replace('"numerics"]', "3]"), 4, ["tags", "list of strings"]),
    "deterministic of wrong type": (
        GOOD.replace("origin", "deterministic = 1\norigin"),
        5,
        ["deterministic", "true or false"],
    ),
    "independent of wrong type": (
        GOOD.replace("origin", "independent = true\norigin"),
        5,
        ["independent", "a string"],
    ),
}


@pytest.mark.parametrize(("text", "line", "words"), BAD.values(), ids=BAD.keys())
def test_bad_front_matter_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, words: list[str]
) -> None:
    path = write(tmp_path, text)
    said = refusal(path)
    assert said.startswith(f"{path}:{line}: ")
    for word in words:
        assert word in said


@pytest.mark.parametrize("key", ["title", "difficulty", "tags", "origin"])
def test_missing_key_is_named(tmp_path: Path, key: str) -> None:
    text = "".join(line for line in GOOD.splitlines(True) if not line.startswith(key))
    path = write(tmp_path, text)
    said = refusal(path)
    assert said.startswith(f"{path}:5: ")  # the closing mark, before which it could stand
    assert f"lacks {key}" in said


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "spec.md"
    path.write_bytes(b"+++\n\xff\xfe\n+++\n")
    assert str(path) in refusal(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert str(tmp_path / "spec.md") in refusal(tmp_path / "spec.md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spec")


def read_or_be_refused(path: Path) -> None:
    """Whatever the file holds: a Spec, or one line that names the file."""
    try:
        assert isinstance(read_spec(path), Spec)
    except BadInput as refused:
        assert str(refused).startswith(f"{path}:")
        assert len(str(refused).splitlines()) == 1


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode(errors="replace")))
def test_arbitrary_files_raise_nothing_but_bad_input(folder: Path, content: bytes) -> None:
    path = folder / "spec.md"
    path.write_bytes(content)
    read_or_be_refused(path)


NASTY = {
    "deep nesting": "tags = " + "[" * 20_000,
    "a long number": "title = " + "1" * 5000,
    "a key that is no regular expression": '"(" = 1',
    "a key of two lines": '"a\\nb" = 1',
    "no date": "title = 2024-13-40",
}


@pytest.mark.parametrize("front", NASTY.values(), ids=NASTY.keys())
def test_nasty_front_matter_raises_nothing_but_bad_input(folder: Path, front: str) -> None:
    path = write(folder, f"+++\n{front}\n+++\nbody\n")
    read_or_be_refused(path)


@given(front=st.text(st.characters(codec="utf-8"), max_size=200))
def test_arbitrary_front_matter_raises_nothing_but_bad_input(folder: Path, front: str) -> None:
    path = folder / "spec.md"
    path.write_text(f"+++\n{front}\n+++\nbody\n", encoding="utf-8")
    read_or_be_refused(path)


_keys = st.sampled_from(
    ["title", "difficulty", "tags", "origin", "precision", "deterministic", "independent", "body", "author"]
)
_values = st.sampled_from(
    [
        '"easy"',
        '"x"',
        '"tf32"',
        '["a"]',
        "[1]",
        "[]",
        "true",
        "1",
        "1.5",
        "nan",
        "{a = 1}",
        "2024-01-01",
        "''",
    ]
)


@given(table=st.dictionaries(_keys, _values))
def test_well_formed_tables_are_read_or_refused(folder: Path, table: dict[str, str]) -> None:
    path = folder / "spec.md"
    front = "\n".join(f"{key} = {value}" for key, value in table.items())
    path.write_text(f"+++\n{front}\n+++\n", encoding="utf-8")
    read_or_be_refused(path)


@given(
    title=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"])),
    tags=st.lists(st.text("abc-")),
)
def test_what_is_written_is_read(folder: Path, title: str, tags: list[str]) -> None:
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    path = folder / "spec.md"
    path.write_text(
        f'+++\ntitle = "{quoted}"\ndifficulty = "easy"\ntags = {tags}\norigin = ""\n+++\n', encoding="utf-8"
    )
    spec = read_spec(path)
    assert (spec.title, spec.tags) == (title, tuple(tags))
