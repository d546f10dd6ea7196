"""The workspace is the nearest folder that looks like one; what is shipped lies beside the judge or in it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from judge.workspace import cache_folder, roots, shipped, workspace


@pytest.mark.parametrize("mark", [".judge", "challenges"])
def test_the_workspace_is_the_nearest_folder_with_a_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    (tmp_path / mark).mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert workspace() == tmp_path


def test_without_a_mark_the_workspace_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert workspace() == tmp_path


def test_a_checkout_ships_what_lies_beside_the_package() -> None:
    assert shipped() == ROOT
    assert all((shipped() / part).is_dir() for part in ("challenges", "solutions", "templates"))


def test_an_installed_package_ships_what_lies_in_its_data(tmp_path: Path) -> None:
    """Its packages judge/challenges and judge/solutions hold code, and no challenge."""
    shutil.copytree(ROOT / "judge", tmp_path / "judge", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "judge" / "data" / "challenges").mkdir()
    (tmp_path / "challenges").mkdir()  # of somebody else's, beside it
    asked = "from judge.workspace import shipped; print(shipped())"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, env={}, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == (tmp_path / "judge" / "data").resolve()


def test_the_workspace_comes_before_what_is_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".judge").mkdir()
    monkeypatch.chdir(tmp_path)
    assert roots() == [tmp_path, ROOT]
    monkeypatch.chdir(ROOT / "docs")
    assert roots() == [ROOT]


def test_the_cache_lies_where_the_system_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "judge"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "judge"
