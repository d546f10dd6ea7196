"""Challenges and solutions are found by path, in the workspace, and among those that judge brings."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.errors import BadInput
from judge.workspace import (
    PARTS,
    all_solutions,
    challenge_folders,
    challenge_hash,
    find_challenge,
    find_solution,
    read_solution,
    shipped,
    workspace,
)

SPEC = """+++
title = "Mine"
difficulty = "easy"
tags = []
origin = "me"
+++

What to do.
"""


def make_challenge(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for part in PARTS:
        (folder / part).write_text(SPEC if part == "spec.md" else f"# {part}\n")
    return folder


def make_solution(path: Path, source: str = 'CHALLENGE = "softmax"\n') -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, made a workspace so that nothing above it is found."""
    (tmp_path / ".judge").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- the workspace ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [".judge", "challenges"])
def test_the_workspace_is_the_nearest_folder_with_a_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    (tmp_path / mark).mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert workspace() == tmp_path


# -- challenges ---------------------------------------------------------------------------------------


def test_a_challenge_by_path(here: Path) -> None:
    made = make_challenge(here / "elsewhere" / "mine")
    assert find_challenge("elsewhere/mine").resolve() == made
    assert find_challenge(str(made)) == made


def test_a_shipped_challenge_by_name_from_anywhere(here: Path) -> None:
    assert find_challenge("softmax") == shipped() / "challenges" / "softmax"
    assert find_challenge("challenges/softmax") == shipped() / "challenges" / "softmax"


def test_the_workspaces_challenge_wins_over_the_shipped_one(here: Path) -> None:
    mine = make_challenge(here / "challenges" / "softmax")
    assert find_challenge("softmax") == mine
    assert challenge_folders()["softmax"] == mine
    assert challenge_folders()["vector_add"] == shipped() / "challenges" / "vector_add"


def test_the_workspaces_challenge_is_found_from_below_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = make_challenge(here / "challenges" / "mine")
    (here / "solutions").mkdir()
    monkeypatch.chdir(here / "solutions")
    assert find_challenge("mine") == mine


@pytest.mark.parametrize(("typo", "meant"), [("sofmax", "softmax"), ("vectoradd", "vector_add")])
def test_a_typo_is_answered_with_the_nearest_name(here: Path, typo: str, meant: str) -> None:
    with pytest.raises(BadInput, match=rf"no such challenge: {typo}; did you mean .*\b{meant}\b"):
        find_challenge(typo)


def test_a_name_like_no_other_is_answered_with_where_to_look(here: Path) -> None:
    with pytest.raises(BadInput, match="judge list"):
        find_challenge("qqqqqqqqqq")


@pytest.mark.parametrize("part", PARTS)
def test_a_folder_that_lacks_a_part_is_told_which(here: Path, part: str) -> None:
    folder = make_challenge(here / "challenges" / "mine")
    (folder / part).unlink()
    with pytest.raises(BadInput) as caught:
        find_challenge("challenges/mine")
    assert "challenges/mine" in str(caught.value)
    assert part in str(caught.value)


@pytest.mark.parametrize("part", ["reference.py", "inputs.py"])
def test_the_hash_covers_the_code(tmp_path: Path, part: str) -> None:
    folder = make_challenge(tmp_path / "mine")
    before = challenge_hash(folder)
    content = (folder / part).read_bytes()
    (folder / part).write_bytes(content + b" ")
    assert challenge_hash(folder) != before
    (folder / part).write_bytes(content)
    assert challenge_hash(folder) == before


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("+++\n\n", "+++\n\nIn other words. ", True),
        ('title = "', 'title = "The ', True),
        ('origin = "', 'precision = "tf32"\norigin = "', False),
        ('origin = "', 'deterministic = true\norigin = "', False),
    ],
)
def test_the_hash_covers_a_specs_rules_and_not_its_prose(
    tmp_path: Path, old: str, new: str, same: bool
) -> None:
    folder = make_challenge(tmp_path / "mine")
    before = challenge_hash(folder)
    text = (folder / "spec.md").read_text()
    assert old in text
    (folder / "spec.md").write_text(text.replace(old, new))
    assert (challenge_hash(folder) == before) is same


BASELINES = """

# What else there is to compare with.

from functools import cache


@cache
def by_hand(x):
    return x


BASELINES = {"by-hand": by_hand}
"""


@pytest.mark.parametrize(
    ("more", "same"),
    [
        (BASELINES, True),
        (BASELINES + "\n\ndef reference(x):\n    return x\n", False),
        (BASELINES + "\n\ndef flops(x):\n    return by_hand(1)\n", False),  # then by_hand decides too
        (BASELINES + "\n\nprint(1)\n", False),  # it may have an effect
        (BASELINES.replace("BASELINES", "OTHERS"), False),
    ],
)
def test_the_hash_covers_no_named_baselines(tmp_path: Path, more: str, same: bool) -> None:
    folder = make_challenge(tmp_path / "mine")
    reference = "def reference(x):\n    return x\n"
    (folder / "reference.py").write_text(reference)
    before = challenge_hash(folder)
    (folder / "reference.py").write_text(reference + more)
    assert (challenge_hash(folder) == before) is same


def test_the_hash_knows_where_a_part_ends(tmp_path: Path) -> None:
    one, other = make_challenge(tmp_path / "one"), make_challenge(tmp_path / "other")
    texts = [(folder / "spec.md").read_text() for folder in (one, other)]
    assert texts[0] == texts[1]
    assert challenge_hash(one) == challenge_hash(other)  # a folder's name is no part of it
    # The same bytes in a row, cut at another place.
    (one / "reference.py").write_text("ab")
    (one / "inputs.py").write_text("c")
    (other / "reference.py").write_text("a")
    (other / "inputs.py").write_text("bc")
    assert challenge_hash(one) != challenge_hash(other)


# -- solutions ----------------------------------------------------------------------------------------


def test_a_solution_by_path_keeps_the_path_as_it_was_typed(here: Path) -> None:
    make_solution(here / "mine.py")
    found = find_solution("./mine.py")
    assert found.title == "./mine.py"
    assert found.source == 'CHALLENGE = "softmax"\n'
    assert found.challenge == "softmax"


def test_a_shipped_solution_from_anywhere(here: Path) -> None:
    found = find_solution("solutions/softmax.py")
    assert found.path == shipped() / "solutions" / "softmax.py"
    assert found.challenge == "softmax"


def test_the_workspaces_solution_wins_over_the_shipped_one(here: Path) -> None:
    mine = make_solution(here / "solutions" / "softmax.py")
    assert find_solution("solutions/softmax.py").path.resolve() == mine


def test_the_solutions_hash_follows_its_source(tmp_path: Path) -> None:
    one = read_solution(make_solution(tmp_path / "a.py", "x = 1\n"))
    same = read_solution(make_solution(tmp_path / "b.py", "x = 1\n"))
    other = read_solution(make_solution(tmp_path / "c.py", "x = 2\n"))
    assert one.hash == same.hash != other.hash


@pytest.mark.parametrize("typed", ["sofmax.py", "solutions/softmx.py", "solutions/softmax"])
def test_a_solutions_typo_is_answered_with_the_nearest_name(here: Path, typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        find_solution(typed)
    assert f"no such solution: {typed}" in str(caught.value)
    assert "did you mean softmax.py" in str(caught.value)


def test_a_solutions_typo_is_compared_with_the_files_beside_it(here: Path) -> None:
    make_solution(here / "deep" / "my_quick_kernel.py")
    with pytest.raises(BadInput, match=r"did you mean my_quick_kernel\.py"):
        find_solution("deep/my_quik_kernel.py")


def test_a_folder_is_no_solution(here: Path) -> None:
    (here / "mine").mkdir()
    with pytest.raises(BadInput, match="mine is a folder; a solution is one Python file"):
        find_solution("mine")


def test_a_solution_that_is_no_text(here: Path) -> None:
    (here / "mine.py").write_bytes(b"x = '\xff'\n")
    with pytest.raises(BadInput, match=r"mine\.py.*cannot be read"):
        find_solution("mine.py")


def test_the_challenges_name_is_read_without_running_the_file(here: Path) -> None:
    ran = here / "ran"
    source = f'CHALLENGE = "softmax"\nopen({str(ran)!r}, "w").close()\nraise SystemExit(3)\n'
    make_solution(here / "mine.py", source)
    assert find_solution("mine.py").challenge == "softmax"
    assert not ran.exists()


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x = 1\n",
        "def solve(:\n",
        'def f():\n    CHALLENGE = "softmax"\n',
        "CHALLENGE = print\n",
        '# CHALLENGE = "softmax"\n',
    ],
)
def test_a_file_may_name_no_challenge(tmp_path: Path, source: str) -> None:
    assert read_solution(make_solution(tmp_path / "mine.py", source)).challenge == ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("solutions")


NASTY = {
    "half a character": "CHALLENGE = '\\ud800'",
    "a NUL": "\0",
    "many parentheses": "(" * 1000,
    "many signs": "-" * 100_000 + "1",
    "many calls": "f" + "(1)" * 100_000,
}


@pytest.mark.parametrize("source", NASTY.values(), ids=NASTY.keys())
def test_nasty_text_can_be_read_as_a_solution(tmp_path: Path, source: str) -> None:
    assert isinstance(read_solution(make_solution(tmp_path / "mine.py", source)).challenge, str)


@given(source=st.text(st.characters(codec="utf-8")))
def test_any_text_can_be_read_as_a_solution(folder: Path, source: str) -> None:
    path = folder / "mine.py"
    path.write_text(source, encoding="utf-8", newline="")
    assert isinstance(read_solution(path).challenge, str)


def test_a_challenges_solutions_are_the_workspaces_and_judges_own(here: Path) -> None:
    make_solution(here / "solutions" / "mine.py")
    make_solution(here / "solutions" / "deep" / "mine.py")
    make_solution(here / "solutions" / "other.py", 'CHALLENGE = "vector_add"\n')
    titles = {s.title for s in all_solutions() if s.challenge == "softmax"}
    assert {"solutions/mine.py", "solutions/deep/mine.py", "solutions/softmax.py"} <= titles
    assert "solutions/other.py" not in titles
