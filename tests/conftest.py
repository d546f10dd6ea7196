"""What the tests share: the judge as a real command in a folder of its own, and the GPU's absence."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from judge.check.wrong_solutions import Interpreter
from judge.engine.device import gpu_count

ROOT = Path(__file__).resolve().parents[1]

REFERENCE = """\
from jaxtyping import Float32
from torch import Tensor

def reference(x: Float32[Tensor, "rows cols"]) -> Float32[Tensor, "rows cols"]:
    return x.softmax(dim=-1)

def other(x):
    return x.exp() / x.exp().sum(dim=-1, keepdim=True)

def narrow(x, y):
    return x

"""

settings.register_profile("judge", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("judge")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if gpu_count()[0]:
        return
    skip = pytest.mark.skip(reason="needs an NVIDIA GPU")
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def interpreter() -> Iterator[Interpreter]:
    """One runner for files of our own, as each start takes seconds."""
    with Interpreter() as started:
        yield started


@pytest.fixture(scope="session")
def image() -> bytes:
    """The image of a kernel of our own for sm_90, compiled without a GPU."""
    from images import compiled

    return compiled()


@pytest.fixture
def challenge_with(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of softmax whose reference.py ends with some lines; other and narrow are functions for it."""

    def write(lines: str) -> Path:
        folder = tmp_path / "challenges" / "softmax"
        shutil.copytree(ROOT / "challenges" / "softmax", folder, dirs_exist_ok=True)
        (folder / "reference.py").write_text(REFERENCE + lines)
        return folder

    return write


def judge_environment(folder: Path) -> dict[str, str]:
    """The environment of a judge whose temporary files and cache lie below `folder`."""
    environment = dict(os.environ)
    environment.pop("JUDGE_DATABASE_URL", None)
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment |= dict(
        TMPDIR=str(folder),
        XDG_CACHE_HOME=str(folder / "cache"),
        PYTHONPATH=os.pathsep.join(paths),
    )
    return environment


@pytest.fixture
def judge_command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`python -m judge ...` as a subprocess: judge(*args, cwd=None, env=None, timeout=120)."""

    def judge(
        *args: str | os.PathLike[str],
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "judge", *map(os.fspath, args)],
            cwd=cwd or ROOT,
            env=judge_environment(tmp_path) if env is None else env,
            timeout=timeout,
            capture_output=True,
            text=True,
        )

    return judge


def processes_below(folder: Path) -> dict[int, str]:
    """The living processes whose TMPDIR or working folder is below `folder`: pid and command line.

    A runner and all its children have the scratch folder as their TMPDIR; the judge has its parent.
    """
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                variables = (entry / "environ").read_bytes().split(b"\0")
                places = [os.fsdecode(v[7:]) for v in variables if v.startswith(b"TMPDIR=")]
                places.append(os.readlink(entry / "cwd"))
                if any(Path(place).is_relative_to(folder / "") for place in places):
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found[int(entry.name)] = command
    return found


@pytest.fixture
def left_behind(tmp_path: Path) -> Iterator[Callable[..., list[str]]]:
    """left_behind(seconds=2): what the judges run in tmp_path left: processes and scratch folders.

    It looks until there is nothing, at most for `seconds`: what was killed may take a moment to die.
    """

    def look(seconds: float = 2, folders: bool = True) -> list[str]:
        until = time.monotonic() + seconds
        while True:
            found = [f"process {pid}: {command}" for pid, command in processes_below(tmp_path).items()]
            if folders:
                found += [f"folder {path}" for path in tmp_path.glob("judge-*") if path.is_dir()]
            if not found or time.monotonic() > until:
                return found
            time.sleep(0.05)

    yield look
    for pid in processes_below(tmp_path):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for path in tmp_path.glob("judge-*"):  # may be deeper than pytest can remove
        subprocess.run(["rm", "-rf", path], check=True)
