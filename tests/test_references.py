"""The times that judge brings stand on every board, beside those of the workspace."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from conftest import ROOT
from test_leaderboard import provenance, verdict

from judge.leaderboard import Leaderboard, reference_rows
from judge.workspace import challenge_hash

Judge = Callable[..., CompletedProcess[str]]
CHALLENGES = sorted(path.parent for path in (ROOT / "challenges").glob("*/spec.md"))


def test_most_challenges_have_a_reference_time() -> None:
    """Those without one are named in the README."""
    timed = 0
    for folder in CHALLENGES:
        entries = Leaderboard("sqlite://").entries(folder.name, None, challenge_hash(folder))
        for entry in entries:
            assert entry["author"] == "reference"
            assert (ROOT / entry["solution"]).is_file()
            assert entry["score_us"] > 0
            assert entry["speedup"] > 0
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


def test_a_rank_counts_them(tmp_path: Path) -> None:
    board = Leaderboard(f"sqlite:///{tmp_path}/board.db")
    digest = challenge_hash(ROOT / "challenges" / "softmax")
    brought = Leaderboard("sqlite://").entries("softmax", None, digest)
    device = brought[0]["device"]
    count = sum(entry["device"] == device for entry in brought)
    slow, fast = (verdict(score_us, device=device) for score_us in (1e9, 1e-3))
    assert board.record(slow, provenance("ada", digest)) == (count + 1, count + 1)
    assert board.record(fast, provenance("bob", digest)) == (1, count + 2)


def test_importing_them_does_not_double_them(tmp_path: Path) -> None:
    board = Leaderboard(f"sqlite:///{tmp_path}/board.db")
    digest = challenge_hash(ROOT / "challenges" / "softmax")
    before = Leaderboard("sqlite://").entries("softmax", None, digest)
    added, known = board.import_(ROOT / "solutions" / "leaderboard.jsonl")
    assert (added, known) == (len(reference_rows()), 0)
    assert board.entries("softmax", None, digest) == before
