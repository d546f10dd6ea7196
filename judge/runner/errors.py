"""Describes a submission's errors: the kind, one line, and a traceback of the submission's own frames."""

import traceback
from typing import Any

from judge.protocol.messages import TEXT


class BadSolution(Exception):
    """The file does not fit the challenge's signature."""


class NotReplayable(Exception):
    """A call cannot be recorded, or not replayed; the text says why."""


class StrayAccesses(Exception):
    """A kernel accessed memory outside every buffer. `records` has a record for each access.

    Only the interpreter sees this.
    """

    def __init__(self, records: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(records)} stray accesses")
        self.records = records


def describe(error: BaseException, path: str, loading: bool) -> dict[str, Any]:
    """The fields of an answer that reports an error."""
    if isinstance(error, BadSolution):
        return dict(kind="bad_solution", text=str(error)[:TEXT])
    if isinstance(error, NotReplayable):
        return dict(kind="not_replayable", text=str(error)[:TEXT])
    if isinstance(error, StrayAccesses):
        return dict(kind="stray_access", text="", strays=error.records)
    from triton.errors import TritonError
    from triton.runtime.errors import InterpreterError

    while isinstance(error, InterpreterError) and error.__cause__:  # it has no message of its own
        error = error.__cause__
    refused = isinstance(error, TritonError) and not isinstance(error, InterpreterError)
    told = traceback.TracebackException.from_exception(error)
    told.stack = traceback.StackSummary.from_list(f for f in told.stack if f.filename == path)
    told.__cause__ = told.__context__ = None
    reason = "".join(told.format_exception_only())
    lines = reason.strip().splitlines()
    # A compiler's message has the reason at the end, below the source. Other messages begin with it.
    last = refused or isinstance(error, SyntaxError)
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == path else None
    if line is None and told.stack:
        line = told.stack[-1].lineno
    return dict(
        kind="compile_error" if loading or refused else "runtime_error",
        text=reason[:TEXT],
        trace="".join(told.stack.format())[-TEXT:],
        error=type(error).__name__,
        summary=(lines[-1 if last else 0] if lines else type(error).__name__).strip()[:TEXT],
        line=line or 0,
        out_of_memory=_is_out_of_memory(error),
    )


def _is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or one of its causes, is PyTorch's error for too little memory."""
    import torch

    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, torch.OutOfMemoryError):
            return True
        seen.add(id(error))
        # torch.compile keeps the cause in an attribute of its own.
        error = getattr(error, "inner_exception", None) or error.__cause__ or error.__context__
    return False
