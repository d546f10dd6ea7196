"""What a runner says of an error: its kind, one line, the frames of the submission, and why it was."""

from pathlib import Path

import pytest
import torch

from judge.runner.errors import describe

SOURCE = """\
def inner():
    raise ValueError("first\\nsecond")


def outer():
    inner()
"""


def caught(path: Path) -> BaseException:
    """The error that SOURCE raises, in a file of this path."""
    names: dict[str, object] = {}
    exec(compile(SOURCE, str(path), "exec"), names)
    with pytest.raises(ValueError) as raised:
        names["outer"]()  # type: ignore[operator]
    return raised.value


def test_an_error_is_told_with_the_submissions_own_frames(tmp_path: Path) -> None:
    path = tmp_path / "solution.py"
    path.write_text(SOURCE)
    told = describe(caught(path), str(path), loading=False)
    assert (told["kind"], told["error"], told["line"]) == ("runtime_error", "ValueError", 2)
    assert told["summary"] == "ValueError: first"
    assert told["text"] == "ValueError: first\nsecond\n"
    assert told["trace"].count("File") == 2 and "test_errors.py" not in told["trace"]
    assert told["out_of_memory"] is False
    assert describe(caught(path), str(path), loading=True)["kind"] == "compile_error"


class BackendFailed(Exception):
    """As torch.compile's own: it holds what stopped it."""

    def __init__(self, inner: BaseException) -> None:
        super().__init__(f"backend raised: {inner}")
        self.inner_exception = inner


def test_too_little_memory_is_found_behind_other_errors() -> None:
    memory = torch.OutOfMemoryError("no room")
    caused, during = RuntimeError("caused"), RuntimeError("during")
    caused.__cause__, during.__context__ = memory, BackendFailed(memory)
    circle = RuntimeError("of itself")
    circle.__cause__ = circle
    found = {
        str(error): describe(error, "x", loading=False)["out_of_memory"]
        for error in (memory, caused, during, BackendFailed(memory), circle, RuntimeError("OutOfMemoryError"))
    }
    assert found == {
        "no room": True,
        "caused": True,
        "during": True,
        "backend raised: no room": True,
        "of itself": False,
        "OutOfMemoryError": False,
    }
