"""Errors that a runner tells: each is taken only as an answer to the requests that it belongs to."""

import json
from typing import Any

import pytest

from judge.engine import answers
from judge.engine.answers import NotReplayable
from judge.engine.player import Player
from judge.verdict.failure import BadSolution, Failure

REQUESTS = ("load", "trace", "map", "unmap", "call", "record", "go", "take", "prepare")
KINDS: dict[str, tuple[type[Exception], tuple[str, ...]]] = {
    "bad_solution": (BadSolution, ("load", "trace")),
    "not_replayable": (NotReplayable, ("record", "take")),
}


def told(kind: object, doing: str, **more: Any) -> Exception:
    return answers.error(dict(said="error", kind=kind, text="so it is\nand more", **more), "mine.py", doing)


@pytest.mark.parametrize("doing", REQUESTS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_belongs_to_its_requests(kind: str, doing: str) -> None:
    expected, proper = KINDS[kind]
    found = told(kind, doing)
    if doing in proper:
        assert type(found) is expected
        assert str(found).startswith("so it is")
    else:
        assert isinstance(found, Failure)
        assert found.status == "rule_violation"
        assert "something other than an answer" in found.message


@pytest.mark.parametrize("doing", REQUESTS)
@pytest.mark.parametrize("kind", ["compile_error", "runtime_error"])
def test_what_may_fail_anywhere_is_told_anywhere(kind: str, doing: str) -> None:
    found = told(kind, doing, summary="ZeroDivisionError")
    assert isinstance(found, Failure)
    assert found.status == kind


@pytest.mark.parametrize("kind", ["", "fatal", None, 1, ["record"], {}])
def test_an_unknown_kind_is_no_answer(kind: object) -> None:
    found = told(kind, "record")
    assert isinstance(found, Failure)
    assert found.status == "rule_violation"


def test_why_a_call_cannot_be_replayed_is_one_line() -> None:
    assert str(told("not_replayable", "record")) == "so it is"


# -- a player's time ----------------------------------------------------------------------------------

NO_TIMES = ["true", "-0.001", "-1", "NaN", "Infinity", "1e400", "1" + "0" * 400, '"1"', "null", "[1]", "{}"]


@pytest.fixture(scope="module")
def player() -> Any:
    """One that has no GPU, and need not live: what it says is made up."""
    with Player("") as started:
        yield started


@pytest.mark.parametrize("us", NO_TIMES)
def test_a_time_that_is_none_is_no_answer(player: Player, us: str) -> None:
    with pytest.raises(Failure) as caught:
        player.read_us(b'{"said": "done", "us": ' + us.encode() + b"}")
    assert caught.value.status == "rule_violation"


def test_without_a_time_there_is_no_answer(player: Player) -> None:
    with pytest.raises(Failure, match="something other than an answer"):
        player.read_us(b'{"said": "done"}')


@pytest.mark.parametrize("us", [0, 0.25, 1500])
def test_a_time_is_taken_as_it_is(player: Player, us: float) -> None:
    assert player.read_us(json.dumps(dict(said="done", us=us)).encode()) == us
