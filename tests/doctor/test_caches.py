"""The doctor shows what caches and scratch take, and --clean empties them and nothing else."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from conftest import judge_environment

Judge = Callable[..., CompletedProcess[str]]
OLD = time.time() - 3600


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A scratch folder of a judge that was killed an hour ago, with folders nobody can enter."""
    folder = tmp_path / "judge-killed"
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
    used, new, link = (tmp_path / name for name in ("judge-used", "judge-new", "judge-link"))
    used.mkdir()
    new.mkdir()
    elsewhere = tmp_path / "mine"
    elsewhere.mkdir()
    link.symlink_to(elsewhere)
    (tmp_path / "judgement").mkdir()
    os.utime(used, (OLD, OLD))
    os.utime(link, (OLD, OLD), follow_symlinks=False)
    os.utime(tmp_path / "judgement", (OLD, OLD))
    sleeper = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"],
        env=judge_environment(tmp_path) | {"TMPDIR": str(used)},
    )
    try:
        done = judge_command("doctor", "--clean")
    finally:
        sleeper.kill()
        sleeper.wait()
    assert done.returncode == 0, done.stderr
    assert not left.exists()
    assert all(path.is_dir() for path in (used, new, link, elsewhere, tmp_path / "judgement"))
