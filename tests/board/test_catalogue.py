"""What there is to solve, and what has been."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from judge.board.catalogue import Listing, listings
from judge.board.columns import Provenance
from judge.board.standings import Standings
from judge.board.store import Leaderboard
from judge.challenges.formats.folder import Folder
from judge.errors import BadInput
from judge.show.catalogue import listings_text
from judge.verdict.verdict import Verdict
from judge.workspace import shipped


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a challenge of its own."""
    shutil.copytree(shipped() / "challenges" / "vector_add", tmp_path / "challenges" / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JUDGE_DATABASE_URL", raising=False)
    return tmp_path


def record(
    name: str,
    digest: str,
    score_us: float | None,
    device: str = "GPU A",
    status: Any = "accepted",
    method: Any = "replay",
) -> None:
    verdict = Verdict(status, name, "mine.py", device, 1, score_us=score_us, method=method)
    where = Provenance(digest, "s", "source", "ada", "1", "2", "3", "4")
    Leaderboard().record(verdict.as_json(), where)


def digest_of(folder: Path) -> str:
    return Folder().digest(folder)


def listed(name: str) -> Listing:
    return next(each for each in listings(Standings()) if each.name == name)


def test_every_challenge_is_listed_with_its_front_matter(here: Path) -> None:
    found = {each.name: each for each in listings(Standings())}
    assert {path.parent.name for path in (shipped() / "challenges").glob("*/spec.md")} <= set(found)
    assert list(found) == sorted(found)
    assert found["mine"] == Listing(
        name="mine",
        title="Vector addition",
        difficulty="easy",
        tags=("elementwise", "memory-bound", "masks"),
        origin="LeetGPU: Vector Addition",
        solutions=[],
        solved=False,
        best_us=None,
        best_device=None,
        best_method=None,
    )
    assert "solutions/softmax.py" in found["softmax"].solutions
    assert not (here / ".judge").exists()


def test_a_solution_belongs_to_the_challenge_it_names(here: Path) -> None:
    (here / "solutions").mkdir()
    (here / "solutions" / "any_name.py").write_text('CHALLENGE = "mine"\n')
    assert listed("mine").solutions == ["solutions/any_name.py"]


def test_solved_is_what_was_accepted_even_without_a_time(here: Path) -> None:
    digest = digest_of(here / "challenges" / "mine")
    record("mine", digest, None, status="wrong_answer")
    assert not listed("mine").solved
    record("mine", digest, None, device="interpreter")
    found = listed("mine")
    assert (found.solved, found.best_us, found.best_device) == (True, None, None)


def test_the_best_time_is_shown_with_its_device(here: Path) -> None:
    digest = digest_of(here / "challenges" / "mine")
    for score_us, device in ((9.0, "GPU A"), (3.0, "GPU B"), (5.0, "GPU A")):
        record("mine", digest, score_us, device)
    found = listed("mine")
    assert (found.solved, found.best_us, found.best_device) == (True, 3.0, "GPU B")
    assert not listed("softmax").solved


def test_a_fast_time_of_another_clock_is_not_the_best(here: Path) -> None:
    digest = digest_of(here / "challenges" / "mine")
    record("mine", digest, 1.0, method="process")
    [mine] = [line for line in listings_text(listings(Standings())).splitlines() if line.startswith("mine ")]
    assert mine.rstrip().endswith("1 µs on GPU A, process clock")
    record("mine", digest, 9.0)
    assert (listed("mine").best_us, listed("mine").best_method) == (9.0, "replay")


def test_a_changed_challenge_is_unsolved_again(here: Path) -> None:
    folder = here / "challenges" / "mine"
    record("mine", digest_of(folder), 3.0)
    assert listed("mine").solved
    with (folder / "inputs.py").open("a") as file:
        file.write("# stricter\n")
    found = listed("mine")
    assert (found.solved, found.best_us) == (False, None)


def test_the_table_has_a_line_per_challenge(here: Path) -> None:
    record("mine", digest_of(here / "challenges" / "mine"), 3.25)
    lines = listings_text(listings(Standings())).splitlines()
    [mine] = [line for line in lines if line.startswith("mine ")]
    for word in ("Vector addition", "easy", "elementwise, memory-bound, masks", "yes", "3.25 µs on GPU A"):
        assert word in mine
    [other] = [line for line in lines if line.startswith("softmax ")]
    assert "yes" not in other


def test_listings_are_json(here: Path) -> None:
    for each in listings(Standings()):
        assert json.loads(json.dumps(each.as_json()))["name"] == each.name


def test_a_spec_that_cannot_be_read_is_named(here: Path) -> None:
    (here / "challenges" / "mine" / "spec.md").write_text("+++\ntitle = \n+++\n")
    with pytest.raises(BadInput, match=r"challenges/mine/spec\.md:2: "):
        listings(Standings())
