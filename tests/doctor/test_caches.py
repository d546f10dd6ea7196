"""The doctor shows what caches and scratch take, and --clean empties them and nothing else."""

import fcntl
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from judge.engine.runner import Runner
from judge.engine.scratch import is_in_use

Judge = Callable[..., CompletedProcess[str]]
OLD = time.time() - 3600
PROBE = """\
import pathlib, sys
from judge.engine.scratch import is_in_use
print(is_in_use(pathlib.Path(sys.argv[1])))
"""


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A scratch folder of a judge that was killed an hour ago, with folders nobody can enter."""
    folder = tmp_path / "judge-scratch-killed"
    (folder / "deep" / "closed").mkdir(parents=True)
    (folder / "deep" / "file").write_bytes(bytes(3 << 20))
    (folder / "deep" / "closed").chmod(0)
    os.utime(folder, (OLD, OLD))
    return folder


def test_sizes_are_shown_and_emptied(judge_command: Judge, tmp_path: Path, left: Path) -> None:
    peaks = tmp_path / "cache" / "judge" / "peaks-x.json"
    peaks.parent.mkdir(parents=True)
    peaks.write_text("{}")
    shown = judge_command("doctor")
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"1 folder of judges that were killed, 3\.\d MB; judge doctor --clean", shown.stdout)
    assert "MB; judge doctor --clean empties it" in shown.stdout
    assert left.exists() and peaks.exists()
    done = judge_command("doctor", "--clean")
    assert done.returncode == 0, done.stderr
    assert re.search(rf"removed {left}: 3\.\d MB, 3 files and folders", done.stdout)
    assert not left.exists()
    assert not peaks.exists()
    again = judge_command("doctor", "--clean")
    assert again.stdout == "there is nothing to remove\n"


def test_what_is_in_use_new_or_of_others_stays(judge_command: Judge, tmp_path: Path, left: Path) -> None:
    used, new, link = (tmp_path / f"judge-scratch-{name}" for name in ("used", "new", "link"))
    elsewhere, notes = tmp_path / "mine", tmp_path / "judge-notes"
    for folder in (used, new, elsewhere, notes):
        folder.mkdir()
    link.symlink_to(elsewhere)
    for folder in (used, notes):
        os.utime(folder, (OLD, OLD))
    os.utime(link, (OLD, OLD), follow_symlinks=False)
    held = os.open(used, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        done = judge_command("doctor", "--clean")
    finally:
        os.close(held)
    assert done.returncode == 0, done.stderr
    assert not left.exists()
    assert all(path.is_dir() for path in (used, new, link, elsewhere, notes))


def test_a_runner_holds_its_scratch_as_long_as_it_lives() -> None:
    with Runner("none") as runner:
        assert is_in_use(runner.scratch)
        alone = subprocess.run(
            [sys.executable, "-c", PROBE, str(runner.scratch)], capture_output=True, text=True, timeout=60
        )
        assert alone.stdout == "True\n", alone.stderr
        scratch = runner.scratch
    assert not scratch.exists()
