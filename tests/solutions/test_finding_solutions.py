"""Solutions are found by path, in the workspace, and among those that are shipped, and read as text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.errors import BadInput
from judge.solutions.finding import all_solutions, find_solution, read_solution
from judge.workspace import shipped


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
    assert "did you mean solutions/softmax.py" in str(caught.value)


def test_a_solutions_typo_is_compared_with_the_files_beside_it(here: Path) -> None:
    make_solution(here / "deep" / "my_quick_kernel.py")
    with pytest.raises(BadInput, match=r"did you mean deep/my_quick_kernel\.py"):
        find_solution("deep/my_quik_kernel.py")


def test_a_folder_is_no_solution(here: Path) -> None:
    (here / "mine").mkdir()
    with pytest.raises(BadInput, match="mine is a folder; a solution is one file"):
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
