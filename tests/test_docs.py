"""The documentation: what it shows is what was recorded, and its commands work."""

import importlib.util
import re
import shlex
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs")  # as where Python runs a script
        spec.loader.exec_module(module)
    return module


def test_the_readme_shows_what_was_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    (tmp_path / "none.db").touch()
    monkeypatch.chdir(ROOT)
    text = (ROOT / "README.md").read_text()
    assert script("readme").written(text) == text


def test_the_table_of_clocks_shows_what_was_recorded() -> None:
    assert script("clock").table() in (ROOT / "docs" / "clock.md").read_text()


def commands() -> list[str]:
    """Every `judge ...` in code spans and transcripts of the pages, but the one that goes on for ever."""
    found: list[str] = []
    for page in PAGES:
        text = page.read_text()
        found += re.findall(r"`(judge [^`]+)`", text)
        found += re.findall(r"^    \$ (judge .+)$", text, re.MULTILINE)
    return [c for c in dict.fromkeys(found) if not c.startswith("judge watch")]  # see test_watch.py


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
