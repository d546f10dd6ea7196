"""Turns an answer that is an error into an exception. Its form is checked, but it is never evidence."""

from typing import Any

from judge.protocol import messages
from judge.verdict.diagnosis import Raised, StrayAccess
from judge.verdict.failure import BadSolution, Failure

_MOST_STRAYS = 10
_ACCESSES = ("reads", "writes", "atomically updates")
_TO = {"bad_solution": ("load", "trace"), "not_replayable": ("take", "record")}


class StrayAccesses(Failure):
    """The interpreter saw a kernel access memory outside its buffers. The call itself is finished."""

    def __init__(self, *strays: StrayAccess) -> None:
        super().__init__("wrong_answer", *strays)


class NotReplayable(Exception):
    """A call cannot be replayed: the text says why. This is no fault."""


def error(answer: dict[str, Any], loaded: str, doing: str) -> Failure | BadSolution | NotReplayable:
    """The exception for an answer that is not "done". `loaded` is the path of the submission's file,
    `doing` the request: some errors are answers to some requests only.
    """
    kind, text = answer.get("kind"), messages.text(answer, "text").rstrip()
    proper = answer.get("said") == "error" and isinstance(answer.get("text"), str)
    if not proper or kind not in messages.KINDS or doing not in _TO.get(kind, (doing,)):
        return no_answer()
    if kind == "bad_solution":
        return BadSolution(text)
    if kind == "not_replayable":
        return NotReplayable(messages.line(answer, "text"))
    if kind == "stray_access":
        strays = _strays(answer, loaded)
        return StrayAccesses(*strays) if strays else no_answer()
    raised = Raised(
        error=messages.line(answer, "error", 200),
        summary=messages.line(answer, "summary"),
        text=text,
        trace=messages.text(answer, "trace").rstrip(),
        out_of_memory=answer.get("out_of_memory") is True,
        file=loaded,
        line=messages.number(answer, "line"),
    )
    return Failure("compile_error" if kind == "compile_error" else "runtime_error", raised)


def no_answer() -> Failure:
    """The failure for a packet that is not a proper answer."""
    return Failure("rule_violation", "the runner's channel carried something other than an answer")


def _strays(answer: dict[str, Any], file: str) -> list[StrayAccess]:
    """The stray accesses in an answer. Those that do not have the right form are left out."""
    told = answer.get("strays")
    found = [
        StrayAccess(
            file=file,
            line=messages.number(each, "line"),
            access=messages.line(each, "access", 50),
            elements=messages.number(each, "elements"),
            tensor=messages.line(each, "tensor", 200),
            side=messages.line(each, "side", 50),
            bytes=messages.number(each, "bytes"),
        )
        for each in (told if isinstance(told, list) else [])[:_MOST_STRAYS]
        if isinstance(each, dict)
    ]
    return [s for s in found if s.line > 0 and s.elements > 0 and s.access in _ACCESSES]
