"""The documentation: what it shows is what was recorded, and its commands work."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def test_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "tools/write.py", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_a_stale_page_is_named(tmp_path: Path) -> None:
    """In a copy of all that the generators read."""
    for name in ("judge", "tools", "docs", "challenges", "solutions"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", tmp_path)
    page = tmp_path / "docs" / "catalogue.md"
    page.write_text(page.read_text().replace("Softmax", "Softmaks", 1))
    command = [sys.executable, "tools/write.py"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    run = partial(subprocess.run, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    stale = run([*command, "--check"])
    assert stale.returncode == 1
    assert stale.stdout == "docs/catalogue.md is not up to date: python tools/write.py writes it\n"
    assert run(command).returncode == 0
    assert run([*command, "--check"]).returncode == 0


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().split()) < 900


def test_the_readme_shows_ten_times() -> None:
    times = (ROOT / "README.md").read_text().split("<!-- times: begin -->")[1].split("<!-- times: end -->")[0]
    assert len(re.findall(r"^\|\[", times, re.MULTILINE)) == 10


def commands() -> list[str]:
    """Every `judge ...` in code spans and transcripts of the pages, but the one that goes on for ever."""
    found: list[str] = []
    for page in PAGES:
        text = page.read_text()
        found += re.findall(r"`(judge [^`]+)`", text)
        found += re.findall(r"^    \$ (judge .+)$", text, re.MULTILINE)
    return [
        c
        for c in dict.fromkeys(found)
        if not c.startswith(("judge watch", "judge check NAME", "judge notes NAME", "judge show NAME"))
    ]


@pytest.mark.parametrize("command", commands())
def test_a_documented_command_works(command: str, judge_command: Any, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    for name in ("challenges", "solutions", "tests"):
        (workspace / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "solutions" / "softmax.py", workspace / "mine.py")
    result = judge_command(*shlex.split(command)[1:], cwd=workspace)
    refused = "tests/submissions" in command
    assert result.returncode == (1 if refused else 0), result.stderr
    assert result.stdout.strip()
    assert "Traceback" not in result.stderr


def test_the_page_of_inspect_shows_what_it_prints(judge_command: Any) -> None:
    """But for numbers, which differ between versions of the compiler, and for where lines end."""
    text = (ROOT / "docs" / "inspect.md").read_text()
    [(command, shown)] = re.findall(r"^    \$ (judge .+)\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    printed = judge_command(*shlex.split(command)[1:]).stdout
    assert without_numbers(shown) == without_numbers(printed)


def without_numbers(text: str) -> str:
    return re.sub(r"\d+(\.\d+)?|-{3,}|\s+", "", text)


def test_setup_commands_are_those_that_ci_runs() -> None:
    text = (ROOT / "README.md").read_text()
    assert (
        "pip install -c constraints.txt -e . && judge submit challenges/softmax solutions/softmax.py" in text
    )
    tests = "pip install -c constraints.txt -e '.[dev]' && pytest"
    assert tests in text
    assert tests in (ROOT / ".ci" / "run").read_text()


def test_every_page_that_is_linked_exists() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
