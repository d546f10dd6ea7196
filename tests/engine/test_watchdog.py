"""The companion of a judge: what it is told of is ended and removed when the judge is gone."""

import subprocess
import sys
import time
from pathlib import Path

from judge.engine import companion
from judge.engine.watchdog import Watchdog


def told(*lines: str) -> None:
    """Let a companion run to its end, with these lines."""
    text = "".join(f"{line}\n" for line in lines)
    command = [sys.executable, "-I", "-S", companion.__file__]
    subprocess.run(command, input=text.encode(), check=True, timeout=30)


def started() -> "subprocess.Popen[bytes]":
    """A process in a group of its own, with a child that outlives it."""
    script = "import os, time\nif os.fork():\n    print('ready', flush=True)\ntime.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout
    process.stdout.readline()
    return process


def living(group: int) -> bool:
    return (
        subprocess.run(["pgrep", "-g", str(group), "-r", "S,R,D,T"], stdout=subprocess.DEVNULL).returncode
        == 0
    )


def folder(path: Path) -> Path:
    (path / "deep").mkdir(parents=True)
    (path / "deep" / "file").write_text("x")
    (path / "deep").chmod(0o500)
    return path


def test_groups_and_folders_end_with_the_judge(tmp_path: Path) -> None:
    kept, gone = folder(tmp_path / "kept"), folder(tmp_path / "a name\nof two lines")
    process = started()
    try:
        assert living(process.pid)
        told(
            f"+0 {bytes(gone).hex()}",
            f"+{process.pid} {bytes(gone).hex()}",
            f"+0 {bytes(kept).hex()}",
            f"-0 {bytes(kept).hex()}",
        )
        until = time.monotonic() + 5
        while living(process.pid) and time.monotonic() < until:
            time.sleep(0.02)
        assert not living(process.pid)
        assert kept.exists() and not gone.exists()
    finally:
        process.kill()
        process.communicate()


def test_a_judge_goes_on_without_its_companion(tmp_path: Path) -> None:
    alone = Watchdog()
    alone._process.kill()
    alone._process.wait()
    alone.add(tmp_path)
    alone.forget(tmp_path)
