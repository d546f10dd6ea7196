"""What Triton builds for itself, kept for the next runner."""

from pathlib import Path

import pytest

from judge.engine.stubs import give_stubs, keep_stubs, stubs_folder


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def built(folder: Path, text: str) -> Path:
    library = folder / "ABC" / "cuda_utils.so"
    library.parent.mkdir(parents=True)
    library.write_text(text)
    return folder


def test_a_runner_gets_a_copy_of_what_the_first_one_has_built(tmp_path: Path) -> None:
    give_stubs(tmp_path / "first")
    assert not (tmp_path / "first").exists()
    keep_stubs(built(tmp_path / "first", "library"))
    give_stubs(tmp_path / "second")
    copy = tmp_path / "second" / "ABC" / "cuda_utils.so"
    assert copy.read_text() == "library"
    copy.write_text("of a submission")
    assert (stubs_folder() / "ABC" / "cuda_utils.so").read_text() == "library"


def test_what_is_kept_stays_as_it_is(tmp_path: Path) -> None:
    keep_stubs(built(tmp_path / "first", "library"))
    keep_stubs(built(tmp_path / "second", "another"))
    assert (stubs_folder() / "ABC" / "cuda_utils.so").read_text() == "library"
    assert [each.name for each in stubs_folder().parent.iterdir()] == [stubs_folder().name]


def test_a_runner_that_has_built_nothing_leaves_nothing(tmp_path: Path) -> None:
    keep_stubs(tmp_path / "nothing")
    assert not stubs_folder().parent.exists()


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    keep_stubs(built(tmp_path / "first", "library"))
    give_stubs(tmp_path / "second")
    assert not (tmp_path / "second").exists()
