"""The times that judge brings stand on every board, beside those of the workspace."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from conftest import ROOT
from test_store import place, provenance, verdict

from judge.board.columns import Record
from judge.board.lines import reference_records
from judge.board.standings import Standings
from judge.board.store import Leaderboard
from judge.challenges.formats.folder import Folder
from judge.solutions.languages import digest_of

Judge = Callable[..., CompletedProcess[str]]
CHALLENGES = sorted(path.parent for path in (ROOT / "challenges").glob("*/spec.md"))


def board_of(folder: Path, url: str = "sqlite://") -> list[Record]:
    """The records on the boards of a challenge as it is now."""
    boards = Standings(url).boards(folder.name, Folder().digest(folder))
    return [entry.record for board in boards for entry in board.entries]


def test_most_challenges_have_a_reference_time() -> None:
    """Those without one are named in the README."""
    timed = 0
    for folder in CHALLENGES:
        entries = board_of(folder)
        for entry in entries:
            assert entry["author"] == "reference"
            assert (ROOT / entry["solution"]).is_file()
            assert entry["score_us"] > 0
            # The baseline of one keeps the process clock, and may be noisy.
            assert entry["speedup"] is None or entry["speedup"] > 0
            assert 0 < entry["roofline"] < 1.2
            assert not entry["shared"]
        timed += bool(entries)
    assert timed >= 40


def test_a_new_workspace_shows_them(judge_command: Judge, tmp_path: Path) -> None:
    done = judge_command("leaderboard", "softmax", "--json", cwd=tmp_path)
    entries = json.loads(done.stdout)
    assert {entry["author"] for entry in entries} == {"reference"}
    assert "solutions/softmax.py" in {entry["solution"] for entry in entries}
    assert "reference" in judge_command("leaderboard", cwd=tmp_path).stdout
    # They are nobody's achievements here, and not written anywhere.
    assert json.loads(judge_command("leaderboard", "--all", "--json", cwd=tmp_path).stdout) == []
    listed = {e["name"]: e for e in json.loads(judge_command("list", "--json", cwd=tmp_path).stdout)}
    assert not listed["softmax"]["solved"]
    assert not (tmp_path / ".judge").exists()


def test_one_whose_code_has_changed_since_is_marked(judge_command: Judge, tmp_path: Path) -> None:
    source = (ROOT / "solutions" / "softmax.py").read_text()
    (tmp_path / "solutions").mkdir()
    mine = tmp_path / "solutions" / "softmax.py"
    for changed, text in ((False, source + "# as fast as it was\n"), (True, source + "FASTER = True\n")):
        mine.write_text(text)
        rows = json.loads(judge_command("leaderboard", "softmax", "--json", cwd=tmp_path).stdout)
        [row] = [row for row in rows if row["solution"] == "solutions/softmax.py"]
        assert row["outdated"] is changed
        assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
        table = judge_command("leaderboard", "softmax", cwd=tmp_path).stdout
        [line] = [line for line in table.splitlines() if "solutions/softmax.py" in line]
        assert ("µs †" in line) == ("† the code has changed since" in table) == changed


def test_a_rank_counts_them(tmp_path: Path) -> None:
    board = Leaderboard(f"sqlite:///{tmp_path}/board.db")
    folder = ROOT / "challenges" / "softmax"
    digest = Folder().digest(folder)
    brought = board_of(folder)
    device = brought[0]["device"]
    count = sum(entry["device"] == device for entry in brought)
    clock = brought[0]["method"]
    slow, fast = (verdict(score_us, device=device, method=clock) for score_us in (1e9, 1e-3))
    assert place(board, slow, provenance("ada", digest)) == (count + 1, count + 1)
    assert place(board, fast, provenance("bob", digest)) == (1, count + 2)


def test_importing_them_does_not_double_them(tmp_path: Path) -> None:
    board = Leaderboard(f"sqlite:///{tmp_path}/board.db")
    before = board_of(ROOT / "challenges" / "softmax")
    added, known = board.import_(ROOT / "solutions" / "leaderboard.jsonl")
    assert (added, known) == (len(reference_records()), 0)
    assert board_of(ROOT / "challenges" / "softmax", board.url) == before


def test_the_digests_that_are_shipped_are_those_of_the_shipped_sources() -> None:
    for record in reference_records():
        assert record["code"] == digest_of(record["solution"], record["source"]), record["solution"]
