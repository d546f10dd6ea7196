"""Reading needs no right to write and no database: boards on read-only disks, and boards that are missing."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from conftest import ROOT, judge_environment
from test_migrations import by_id, make_old, url_of
from test_store import provenance, result, verdict

from judge.board.lines import reference_records
from judge.board.store import Leaderboard
from judge.errors import BadInput

Judge = Callable[..., CompletedProcess[str]]

BEYOND_MODES = "-dac_override,-dac_read_search"  # what lets root write whatever a file's mode says
# Each way to take away the right to write: what stands before the command. {disk} is where the board lies.
WAYS = {
    "the modes of files": (
        [] if os.getuid() else ["setpriv", f"--bounding-set={BEYOND_MODES}", f"--inh-caps={BEYOND_MODES}"]
    ),
    "a read-only disk": [
        *("unshare", "-m" if os.getuid() == 0 else "-rm", "sh", "-c"),
        'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"',
        "{disk}",
    ],
}
# It may read what lies there, it may not write, and it can start the judge and its runners.
PROBE = """\
import subprocess, sys
from pathlib import Path
subprocess.run([sys.executable, "-c", "import judge.board.store, torch"], check=True)
disk = Path(sys.argv[1])
assert (disk / "probe").read_text() == "probe"
for name in ("probe", "new"):
    try:
        (disk / name).open("a").close()
    except OSError:
        continue
    sys.exit("it can write")
"""


class Disk:
    """A folder with boards that commands can read and not write, and a folder `home` where they can."""

    def __init__(self, folder: Path, way: str) -> None:
        self.disk, self.home = folder / "disk", folder / "home"
        self._before = [part.format(disk=self.disk) for part in WAYS[way]]
        self.disk.mkdir()
        self.home.mkdir()

    def close(self) -> None:
        """Nothing can be written from now on."""
        for path in self.disk.iterdir():
            path.chmod(0o444)
        self.disk.chmod(0o555)

    def run(self, *command: str | Path, cwd: Path | None = None) -> CompletedProcess[str]:
        """A command of Python, without the right to write."""
        return subprocess.run(
            [*self._before, sys.executable, *map(str, command)],
            cwd=cwd or self.home,
            env=judge_environment(self.home) | {"HOME": str(self.home)},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def judge(self, *arguments: str | Path, cwd: Path | None = None) -> CompletedProcess[str]:
        return self.run("-m", "judge", *arguments, cwd=cwd)

    def state(self) -> dict[str, bytes]:
        """All files on it."""
        return {path.name: path.read_bytes() for path in self.disk.iterdir()}


@pytest.fixture(params=WAYS)
def disk(request: pytest.FixtureRequest) -> Iterator[Disk]:
    folder = Path(tempfile.mkdtemp(prefix="boards-"))
    folder.chmod(0o755)
    try:
        (folder / "probe").mkdir()
        probed = Disk(folder / "probe", request.param)
        (probed.disk / "probe").write_text("probe")
        probed.close()
        try:
            done = probed.run("-c", PROBE, probed.disk)
        except OSError as error:
            pytest.skip(f"{request.param}: {error}")
        if done.returncode:
            pytest.skip(f"{request.param}: {(done.stderr.splitlines() or ['it fails'])[-1]}")
        (folder / "boards").mkdir()
        yield Disk(folder / "boards", request.param)
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", folder], check=True)
        shutil.rmtree(folder)


def put_newest(disk: Disk) -> set[str]:
    """A board of the newest schema whose rows are in the log only, as after a crash. Returns their ids."""
    file = disk.home / "board.db"
    board = Leaderboard(url_of(file))
    ids = {board.record(verdict(seed=seed).as_json(), provenance())["id"] for seed in range(3)}
    for end in ("", "-wal"):
        shutil.copyfile(f"{file}{end}", disk.disk / f"board.db{end}")
    for path in disk.home.glob("board.db*"):
        path.unlink()
    assert (disk.disk / "board.db-wal").stat().st_size > 0
    assert all(identity.encode() not in (disk.disk / "board.db").read_bytes() for identity in ids)
    return ids


def put_old(disk: Disk) -> set[str]:
    """A board of the schema before there were numbers. Returns the ids of its rows."""
    return set(by_id(make_old(disk.disk / "board.db")))


BOARDS = {"the newest schema, with rows in the log": put_newest, "the old schema": put_old}


@pytest.mark.parametrize("put", BOARDS.values(), ids=BOARDS.keys())
def test_a_board_that_cannot_be_written_is_read(disk: Disk, put: Callable[[Disk], set[str]]) -> None:
    ids = put(disk)
    disk.close()
    before = disk.state()
    database = ("--database", url_of(disk.disk / "board.db"))
    done = disk.judge("leaderboard", "--all", "--json", *database)
    assert (done.returncode, done.stderr) == (0, "")
    assert {row["id"] for row in json.loads(done.stdout)} == ids
    assert all(len(row["code"]) == 64 for row in json.loads(done.stdout))
    for command in (("leaderboard",), ("list",), ("notes",), ("leaderboard", "--export", "rows.jsonl")):
        done = disk.judge(*command, *database)
        assert done.returncode == 0, done.stderr
    lines = (disk.home / "rows.jsonl").read_text().splitlines()
    assert {json.loads(line)["id"] for line in lines} == ids
    assert disk.state() == before
    assert list(disk.home.glob("judge[-_]*")) == []  # copies do not outlive their use


@pytest.mark.parametrize("put", BOARDS.values(), ids=BOARDS.keys())
def test_recording_there_fails_before_the_work(disk: Disk, put: Callable[[Disk], set[str]]) -> None:
    put(disk)
    (disk.home / "line.jsonl").write_text((ROOT / "solutions" / "leaderboard.jsonl").read_text())
    disk.close()
    before = disk.state()
    url = url_of(disk.disk / "board.db")
    # Judged, this one would end with a time limit after a minute.
    endless = ROOT / "tests" / "submissions" / "infinite_loop.py"
    said = f"the leaderboard {url} cannot be written (--database names another)"
    for command, more in (
        (("submit", "softmax", endless, "--device", "interpreter"), "; --no-record needs none"),
        (("leaderboard", "--import", disk.home / "line.jsonl"), ""),
    ):
        done = disk.judge(*command, "--database", url)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"judge: {said}{more}\n")
    assert disk.state() == before
    assert list(disk.home.glob("judge[-_]*")) == []


def test_a_workspace_that_cannot_be_written_is_one_line(disk: Disk) -> None:
    (disk.home / "line.jsonl").write_text((ROOT / "solutions" / "leaderboard.jsonl").read_text())
    disk.close()
    done = disk.judge("leaderboard", "softmax", cwd=disk.disk)
    assert (done.returncode, done.stderr) == (0, "")
    endless = ROOT / "tests" / "submissions" / "infinite_loop.py"
    for command in (
        ("submit", "softmax", endless, "--device", "interpreter"),
        ("leaderboard", "--import", disk.home / "line.jsonl"),
    ):
        done = disk.judge(*command, cwd=disk.disk)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{disk.disk} is not a writable folder" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert disk.state() == {}


READER = """\
import sys, time
from pathlib import Path
from judge.board.store import Leaderboard
(Path.cwd() / "reading").touch()
counts, until = [], time.monotonic() + 60
# Ten times, and until the board has grown: the writer may be slow to begin.
while len(counts) < 10 or (counts[0] == counts[-1] and time.monotonic() < until):
    seeds = sorted(record["seed"] for record in Leaderboard(sys.argv[1]).records())
    assert seeds == list(range(len(seeds))), seeds
    counts.append(len(seeds))
    print(len(seeds))
"""

WRITER = """\
import sys, time
from pathlib import Path
from judge.board.columns import Provenance
from judge.board.store import Leaderboard
from judge.verdict.verdict import Verdict
url, reading, enough = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
seed = 0
where = Provenance("c1", "s1", "source", "ada", "1", "2", "3", "4")
while not reading.exists() and not enough.exists():
    time.sleep(0.001)
while not enough.exists():
    seed += 1
    verdict = Verdict("accepted", "softmax", "mine.py", "GPU A", seed, score_us=10.0)
    Leaderboard(url).record(verdict.as_json(), where)  # at its end, the log goes into the file
    time.sleep(0.02)
"""


def test_a_board_that_others_write_meanwhile_is_read_whole(disk: Disk) -> None:
    """The copy that is read is of one moment: no record that was seen is gone the next time."""
    file = disk.disk / "board.db"
    board = Leaderboard(url_of(file))
    large = verdict(seed=0, output="x" * 3_000_000)  # so that a copy takes a while
    board.record(large.as_json(), provenance())
    disk.close()
    if os.getuid() != 0:
        pytest.skip("who may write the board is who reads it")
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, url_of(file), disk.home / "reading", disk.home / "enough"],
        env=judge_environment(disk.home),
    )
    try:
        done = disk.run("-c", READER, url_of(file))
    finally:
        (disk.home / "enough").touch()
        writer.wait(timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    counts = [int(line) for line in done.stdout.split()]
    assert len(counts) >= 10
    assert counts == sorted(counts) and counts[0] < counts[-1]
    assert counts[-1] <= len(board.records())


# -- databases that are not there ---------------------------------------------------------------------

READING = {
    "list": ("list",),
    "list --json": ("list", "--json"),
    "notes": ("notes",),
    "notes of a challenge": ("notes", "softmax", "--json"),
    "leaderboard": ("leaderboard",),
    "leaderboard of a challenge": ("leaderboard", "softmax"),
    "leaderboard --json": ("leaderboard", "--json"),
}


@pytest.mark.parametrize("arguments", READING.values(), ids=READING.keys())
def test_without_a_database_there_is_what_is_shipped(
    judge_command: Judge, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    done = judge_command(*arguments, "--database", f"sqlite:///{here}/none.db", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert "softmax" in done.stdout
    if arguments != ("list", "--json") and arguments != ("list",):  # nothing is solved here
        [best] = [r for r in reference_records() if r["solution"] == "solutions/softmax.py"][:1]
        shown = str(best["score_us"]) if "--json" in arguments else f"{best['score_us']:.3g} µs"
        assert shown in done.stdout
    assert done.stdout == judge_command(*arguments, cwd=here).stdout  # the same as without the option
    assert list(here.iterdir()) == []


def test_without_a_database_nothing_is_recorded(judge_command: Judge, tmp_path: Path) -> None:
    database = ("--database", f"sqlite:///{tmp_path}/none.db")
    done = judge_command("leaderboard", "--all", *database, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing recorded yet\n", "")
    done = judge_command("leaderboard", "--all", "--json", *database, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")
    done = judge_command("leaderboard", "--export", tmp_path / "rows.jsonl", *database, cwd=tmp_path)
    assert (done.returncode, (tmp_path / "rows.jsonl").read_text()) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_without_a_database_the_site_is_built(judge_command: Judge, tmp_path: Path) -> None:
    database = ("--database", f"sqlite:///{tmp_path}/none.db")
    done = judge_command("site", "build", "--out", tmp_path / "site", *database, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "site" / "challenges" / "softmax.html").read_text()
    assert "solutions/softmax.py" in page and "reference" in page
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_database_that_is_named_as_sqlite_does_is_read_as_it_was_written(tmp_path: Path) -> None:
    for end in ("uri=true", "mode=rwc&uri=true"):
        board = Leaderboard(f"sqlite:///file:{tmp_path}/named%20so.db?{end}")
        board.record(verdict().as_json(), provenance())
        assert board.records()
    read_only = Leaderboard(f"sqlite:///file:{tmp_path}/named%20so.db?mode=ro&uri=true")
    assert len(read_only.records()) == 2
    with pytest.raises(BadInput, match="cannot be written"):
        read_only.record(verdict().as_json(), provenance())


def test_means_that_nobody_measured_are_left_out(tmp_path: Path) -> None:
    """They would stretch an axis of the site beyond all numbers."""
    board = Leaderboard(f"sqlite:///{tmp_path}/board.db")
    for speedup in (float("inf"), 1e308, 1e-300):
        record = board.record(verdict(benchmarks=[result(speedup=speedup)] * 2).as_json(), provenance())
        assert record["speedup"] is None
