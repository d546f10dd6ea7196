"""Progress on stderr: one line that is written over, and only on a terminal."""

import sys
import time
from types import TracebackType

import click

_WIDTH = 24


class Progress:
    """The line. Use it as a context manager; it leaves the line empty."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = 0.0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._clear()

    def say(self, line: str, err: bool = True) -> None:
        """Print a line that stays."""
        self._clear()
        click.echo(line, err=err)

    def show(self, what: str, done: int, total: int) -> None:
        """Show what is being done, with a bar if `total` is known."""
        now = time.monotonic()
        if not self._shown or (now - self._last < 0.05 and done not in (0, total)):
            return
        self._last = now
        if total:
            filled = _WIDTH * done // total
            tail = f"{'█' * filled}{'░' * (_WIDTH - filled)} {done}/{total}"
        else:
            tail = f"{done} samples" if done else "…"
        click.echo(f"\r\x1b[K  {what}  {tail}", nl=False, err=True)

    def _clear(self) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
