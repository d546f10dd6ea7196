"""Judging again on every save.

The runners for the next verdict are started when the last one has been shown, so that a save finds them with
their imports done. Each judges one version only, as those of `judge submit` do.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import click

from judge.changes import Score, against, details, headline, score_of, time_line
from judge.device import Device, choose
from judge.errors import BadInput
from judge.process import Runner
from judge.saves import saved
from judge.submit import Observer, Options, challenge_argument, submit
from judge.verdict import Verdict
from judge.workspace import PARTS, challenge_hash, find_challenge, find_solution

SAMPLING_SECONDS = 0.2  # per benchmark case: enough to see a change; judge submit takes longer
GPU_RUNNERS = 4  # compiling is most of the wait: they share the cases


def watch(
    challenge_name: str,
    solution_name: str,
    options: Options,
    observer: Observer,
    echo: Callable[[str], None],
    as_json: bool = False,
) -> "Log":
    """Judge at once, and again whenever the solution or the challenge is saved. Returns when interrupted.

    `echo` shows a line. Raises BadInput if there is nothing to watch; what is wrong later is shown instead,
    for it may be mended.
    """
    folder = find_challenge(challenge_name)
    path = find_solution(solution_name).path
    device = choose(options.device)
    options = replace(options, record=False, baselines=(), sampling_seconds=SAMPLING_SECONDS)
    log = Log(folder, device, options, echo, as_json)
    with suppress(KeyboardInterrupt):  # the way to end it
        log.begin()
        _judge_saves(folder, path, device, options, observer, log)
    return log


def _judge_saves(
    folder: Path, path: Path, device: Device, options: Options, observer: Observer, log: "Log"
) -> None:
    saves = saved([path, *(folder / part for part in PARTS)])
    observer = replace(observer, right=log.right)
    while True:
        with ExitStack() as stack:
            runner, *beside = [stack.enter_context(each) for each in _runners(device)]
            observer.progress("waiting for a save", 0, 0)
            log.saved = next(saves)
            while not path.is_file():
                log.problem(f"{path} is gone; it is judged when it is back")
                log.saved = next(saves)
            try:
                log.verdict(submit(str(folder), str(path), options, observer, runner, beside))
            except BadInput as problem:
                log.problem(str(problem))


def _runners(device: Device) -> Iterator[Runner]:
    count = min(GPU_RUNNERS, os.cpu_count() or 1) if device.is_gpu else 1
    for _ in range(count):
        yield Runner("cuda" if device.is_gpu else "cpu", device.visible)


@dataclass
class Log:
    """Shows each verdict beside the last one, and its time beside the last and the best."""

    folder: Path
    device: Device
    options: Options
    echo: Callable[[str], None]
    as_json: bool
    saved: float | None = None  # when the version being judged was saved
    judged: int = 0
    accepted: int = 0
    best: Score | None = None
    _shown: bool = False  # the headline of the verdict to come
    _last: Verdict | None = None
    _last_score: Score | None = None
    _digest: str = ""

    def begin(self) -> None:
        """What is watched, and how fast others are. Raises BadInput if the leaderboard cannot be read."""
        if self.options.timed and self.device.is_gpu:
            self._find_best()
        if not self.as_json:
            name = self.folder.resolve().name
            self.echo(f"{name} on {self.device.name}; nothing is recorded, Ctrl-C ends\n")

    def right(self, verdict: Verdict) -> None:
        """All cases are right; the time follows."""
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
        """What keeps a version from being judged."""
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
        score = score_of(verdict.as_json())
        if score is None:
            return
        self._find_best()
        self._below(time_line(score, self._last_score, self.best))
        if self.best is None or score.us < self.best.us:
            self.best = score
        self._last_score = score

    def _find_best(self) -> None:
        """The best on the board, once for each version of the challenge."""
        digest = challenge_hash(self.folder)
        if digest != self._digest:
            self._digest, self._last_score = digest, None
            self.best = board_best(self.folder, self.device, digest, self.options.database)

    def _advise(self, verdict: Verdict) -> None:
        """The next useful thing, the first time that all is right."""
        if verdict.status != "accepted" or self.accepted > 1 or self.options.case is not None:
            return
        arguments = f"{challenge_argument(self.folder)} {verdict.solution}"
        if not self.device.is_gpu:
            self._below("next: its time, which needs a GPU")
        elif self.options.timed:
            self._below(f"next: judge submit {arguments} puts it on the board")
        else:
            self._below(f"next: judge watch {arguments} also shows its time")

    def _seconds(self) -> float | None:
        return None if self.saved is None else round(time.time() - self.saved, 3)


def board_best(folder: Path, device: Device, digest: str, database: str | None) -> Score | None:
    """The fastest entry on the leaderboard for a challenge and a device."""
    from judge.leaderboard import Leaderboard

    entries = Leaderboard(database).entries(folder.resolve().name, device.name, digest)
    if not entries:
        return None
    fastest = entries[0]
    return score_of(json.loads(fastest["verdict"]), f"{fastest['author']}: {fastest['solution']}")
