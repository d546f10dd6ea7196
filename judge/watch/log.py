"""The output of `judge watch`: each verdict beside the last one, its time beside the last and the best."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import click

from judge.board.score import Score, score_of
from judge.board.standings import Standings
from judge.challenges.format import FoundChallenge
from judge.engine.device import Device
from judge.judging.submit import SubmitOptions
from judge.show.saves import against, details, headline, time_line
from judge.show.units import duration
from judge.verdict.verdict import Verdict


@dataclass
class Log:
    """Shows each verdict beside the last one, and its time beside the last and the best."""

    found: FoundChallenge
    device: Device
    options: SubmitOptions
    echo: Callable[[str], None]
    as_json: bool
    saved: float | None = None  # when the version being judged was saved
    judged: int = 0
    accepted: int = 0
    best: Score | None = None
    _shown: bool = False  # whether the headline of the next verdict is shown already
    _last: Verdict | None = None
    _last_score: Score | None = None
    _of: tuple[str, str | None] = ("", None)  # the version of the challenge and the clock of both times

    def begin(self) -> None:
        """Show what is watched, and find the best time. Raises BadInput if the leaderboard cannot be read."""
        if self.options.timed and self.device.is_gpu:
            self._find_best("replay")
        if not self.as_json:
            name = self.found.name
            self.echo(f"{name} on {self.device.name}; nothing is recorded, Ctrl-C ends\n")

    def right(self, verdict: Verdict) -> None:
        """Show that all cases are right. The time follows."""
        if not self.as_json:
            self._headline(verdict)
            self._shown = True

    def verdict(self, verdict: Verdict) -> None:
        self.judged += 1
        self.accepted += verdict.status == "accepted"
        if self.as_json:
            self.echo(json.dumps(verdict.as_json() | {"seconds": self._seconds()}))
        else:
            self._report(verdict)
        self._last, self._shown = verdict, False

    def _report(self, verdict: Verdict) -> None:
        if not self._shown or verdict.status != "accepted":
            self._headline(verdict)
        self._time(verdict)
        for line in details(verdict):
            self._below(line)
        self._advise(verdict)

    def problem(self, text: str) -> None:
        """Show why a version cannot be judged."""
        if self.as_json:
            self.echo(json.dumps({"status": None, "message": text, "seconds": self._seconds()}))
        else:
            self._line(click.style("not judged", fg="yellow"), len("not judged"), text)

    def _headline(self, verdict: Verdict) -> None:
        word = verdict.status.replace("_", " ")
        colour = "green" if verdict.status == "accepted" else "red"
        text = "   ".join(filter(None, [headline(verdict), against(verdict, self._last)]))
        self._line(click.style(word, fg=colour, bold=True), len(word), text)

    def _line(self, word: str, width: int, text: str) -> None:
        seconds = self._seconds()
        took = f"   {seconds:.1f} s after the save" if seconds is not None else ""
        self.echo(
            f"{time.strftime('%H:%M:%S')}  {word}{' ' * (15 - width)}{text}{click.style(took, dim=True)}"
        )

    def _below(self, line: str) -> None:
        self.echo(f"{' ' * 10}{line}")

    def _time(self, verdict: Verdict) -> None:
        score = score_of(verdict.score_us, verdict.benchmarks)
        if score is None:
            return
        self._find_best(verdict.method)
        if verdict.noisy:  # nothing can be compared with it
            self._below(duration(score.us))
            return
        self._below(time_line(score, self._last_score, self.best))
        if self.best is None or score.us < self.best.us:
            self.best = score
        self._last_score = score

    def _find_best(self, method: str | None) -> None:
        """Find the best time on the board, once for each version of the challenge and each clock."""
        digest = self.found.digest()
        if (digest, method) != self._of:
            self._of, self._last_score = (digest, method), None
            self.best = board_best(self.found.name, self.device, digest, method, self.options.database)

    def _advise(self, verdict: Verdict) -> None:
        """Say what to do next, the first time that all is right."""
        if verdict.status != "accepted" or self.accepted > 1 or self.options.case is not None:
            return
        arguments = f"{self.found.argument} {verdict.solution}"
        if not self.device.is_gpu:
            self._below("next: its time, which needs a GPU")
        elif self.options.timed:
            self._below(f"next: judge submit {arguments} puts it on the board")
        else:
            self._below(f"next: judge watch {arguments} also shows its time")

    def _seconds(self) -> float | None:
        return None if self.saved is None else round(time.time() - self.saved, 3)


def board_best(
    challenge: str, device: Device, digest: str, method: str | None, database: str | None
) -> Score | None:
    """The fastest entry on the board of a challenge, a device and a clock. Raises BadInput."""
    entries = Standings(database).entries(challenge, digest, device.name, method)
    if not entries:
        return None
    fastest = entries[0]
    whose = f"{fastest.record['author']}: {fastest.record['solution']}"
    return score_of(fastest.record["score_us"], fastest.benchmarks, whose)
