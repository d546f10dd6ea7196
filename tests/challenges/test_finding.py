"""Challenges are found by path, in the workspace, and among those that are shipped; and what they hash to."""

from pathlib import Path

import pytest

from judge.challenges.finding import all_challenges, find_challenge, find_draft
from judge.challenges.formats.folder import PARTS, Folder
from judge.errors import BadInput
from judge.workspace import shipped

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


def digest(folder: Path) -> str:
    return Folder().digest(folder)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, made a workspace so that nothing above it is found."""
    (tmp_path / ".judge").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_challenge_by_path(here: Path) -> None:
    made = make_challenge(here / "elsewhere" / "mine")
    assert find_challenge("elsewhere/mine").path.resolve() == made
    assert find_challenge(str(made)).path == made


def test_a_shipped_challenge_by_name_from_anywhere(here: Path) -> None:
    assert find_challenge("softmax").path == shipped() / "challenges" / "softmax"
    assert find_challenge("challenges/softmax").path == shipped() / "challenges" / "softmax"


def test_the_workspaces_challenge_wins_over_the_shipped_one(here: Path) -> None:
    mine = make_challenge(here / "challenges" / "softmax")
    assert find_challenge("softmax").path == mine
    assert all_challenges()["softmax"].path == mine
    assert all_challenges()["vector_add"].path == shipped() / "challenges" / "vector_add"


def test_the_workspaces_challenge_is_found_from_below_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = make_challenge(here / "challenges" / "mine")
    (here / "solutions").mkdir()
    monkeypatch.chdir(here / "solutions")
    assert find_challenge("mine").path == mine


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


@pytest.mark.parametrize("part", PARTS)
def test_a_draft_is_found_by_the_one_part_that_it_has(here: Path, part: str) -> None:
    folder = make_challenge(here / "challenges" / "mine")
    for other in PARTS:
        if other != part:
            (folder / other).unlink()
    assert find_draft("mine").path.resolve() == folder
    assert find_draft("challenges/mine").path.resolve() == folder
    with pytest.raises(BadInput, match="not a challenge, it has no"):
        find_challenge("mine")


def test_a_folder_with_no_part_at_all_is_no_draft(here: Path) -> None:
    (here / "mine").mkdir()
    with pytest.raises(BadInput, match=r"mine: not a challenge, it has no spec\.md"):
        find_draft("mine")


@pytest.mark.parametrize("text", ["x" * 5000, "challenges/" + "x" * 5000])
def test_a_name_of_any_length_is_answered(here: Path, text: str) -> None:
    with pytest.raises(BadInput, match="no such challenge: "):
        find_challenge(text)


def test_a_found_challenge_answers_for_itself(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_challenge(here / "challenges" / "mine")
    found = find_challenge("mine")
    assert found.name == "mine"
    assert found.files == [folder / part for part in PARTS]
    assert found.digest() == digest(folder)
    about = found.about()
    assert (about.title, about.difficulty, about.tags, about.origin) == ("Mine", "easy", (), "me")
    assert about.text == "What to do.\n"
    assert found.format.reference_source(found.path) == "# reference.py\n"
    assert found.argument == "challenges/mine"
    monkeypatch.chdir(folder)
    assert find_challenge(".").name == "mine"
    monkeypatch.chdir("/")
    assert found.argument == str(folder.relative_to("/"))


def test_a_challenge_elsewhere_is_named_and_found_by_its_name(here: Path) -> None:
    found = find_challenge("softmax")
    assert found.argument == "softmax"
    assert find_challenge(found.argument) == found


@pytest.mark.parametrize("part", ["reference.py", "inputs.py"])
def test_the_hash_covers_the_code(tmp_path: Path, part: str) -> None:
    folder = make_challenge(tmp_path / "mine")
    before = digest(folder)
    content = (folder / part).read_bytes()
    (folder / part).write_bytes(content + b" ")
    assert digest(folder) != before
    (folder / part).write_bytes(content)
    assert digest(folder) == before


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
    before = digest(folder)
    text = (folder / "spec.md").read_text()
    assert old in text
    (folder / "spec.md").write_text(text.replace(old, new))
    assert (digest(folder) == before) is same


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
    before = digest(folder)
    (folder / "reference.py").write_text(reference + more)
    assert (digest(folder) == before) is same


def test_the_hash_knows_where_a_part_ends(tmp_path: Path) -> None:
    one, other = make_challenge(tmp_path / "one"), make_challenge(tmp_path / "other")
    texts = [(folder / "spec.md").read_text() for folder in (one, other)]
    assert texts[0] == texts[1]
    assert digest(one) == digest(other)  # a folder's name is no part of it
    # The same bytes in a row, cut at another place.
    (one / "reference.py").write_text("ab")
    (one / "inputs.py").write_text("c")
    (other / "reference.py").write_text("a")
    (other / "inputs.py").write_text("bc")
    assert digest(one) != digest(other)
