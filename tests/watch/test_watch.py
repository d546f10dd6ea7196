"""judge watch: what counts as a save, what is said of it, and a whole session."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, judge_environment

from judge.board.score import Score, score_of
from judge.challenges.finding import find_challenge
from judge.engine.device import Device, choose
from judge.judging import session as sessions
from judge.judging.submit import SubmitOptions, judge
from judge.show.saves import against, details, headline, time_line
from judge.solutions.finding import find_solution
from judge.verdict.diagnosis import Diagnosis, Raised, Remark
from judge.verdict.verdict import BenchmarkResult, CaseResult, Verdict
from judge.watch import saves
from judge.watch.log import Log

RIGHT = "def solve(x, out):\n    out.copy_(2 * x)\n"
WRONG = "def solve(x, out):\n    out.copy_(2 * x)\n    out[-1] = 0\n"


# -- saves ----------------------------------------------------------------------------------------------


def start(path: Path) -> Iterator[float | None]:
    waiting = saves.saved([path])
    assert next(waiting) is None  # as it is
    return waiting


def soon(action: Callable[[], object]) -> threading.Thread:
    """Do something while the test waits for a save."""
    thread = threading.Timer(0.1, action)
    thread.start()
    return thread


def test_a_file_written_over_is_a_save(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(WRONG)
    waiting = start(mine)
    before = time.time()
    soon(lambda: mine.write_text(RIGHT))
    moment = next(waiting)
    assert moment is not None and before - 0.1 < moment <= time.time()


def test_a_file_replaced_by_another_is_a_save(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.py", tmp_path / "other"
    mine.write_text(WRONG)
    other.write_text(RIGHT)
    os.utime(other, (1, 1))  # an editor may keep the times
    waiting = start(mine)
    before = time.time()
    soon(lambda: other.replace(mine))
    moment = next(waiting)
    assert moment is not None and before - 0.1 < moment
    assert mine.read_text() == RIGHT


def test_a_file_that_is_removed_and_written_anew_is_one_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saves, "_PATIENCE_SECONDS", 60)
    mine = tmp_path / "mine.py"
    mine.write_text(WRONG)
    waiting = start(mine)

    def save() -> None:
        mine.unlink()
        time.sleep(0.1)
        mine.write_text(RIGHT)

    soon(save)
    next(waiting)
    assert mine.read_text() == RIGHT


@pytest.mark.parametrize("piece", ["", "def solve(x, ou"])
def test_a_half_written_file_is_waited_for(
    piece: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saves, "_PATIENCE_SECONDS", 60)
    mine = tmp_path / "mine.py"
    mine.write_text(WRONG)
    waiting = start(mine)

    def save() -> None:
        mine.write_text(piece)
        time.sleep(0.1)
        mine.write_text(RIGHT)

    soon(save)
    next(waiting)
    assert mine.read_text() == RIGHT


def test_a_file_that_stays_broken_is_a_save_too(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(RIGHT)
    waiting = start(mine)
    mine.write_text("def solve(")
    assert next(waiting) is not None
    mine.unlink()
    assert next(waiting) is not None


def test_other_files_are_no_saves(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(WRONG)
    waiting = start(mine)
    (tmp_path / "other.py").write_text(RIGHT)
    thread = soon(lambda: mine.write_text(RIGHT))
    next(waiting)
    assert not thread.is_alive() or mine.read_text() == RIGHT


# -- words ----------------------------------------------------------------------------------------------


def verdict(
    status: str, passed: int, diagnosis: Diagnosis | None = None, score: float | None = None
) -> Verdict:
    cases = [CaseResult(f"n={n}", "accepted") for n in range(passed)]
    if status == "wrong_answer":
        cases.append(CaseResult("n=9", "wrong_answer"))
    found = Verdict(status, "double", "mine.py", "NVIDIA H200", 1, diagnosis, cases, score_us=score)  # type: ignore[arg-type]
    if score:
        times = [(score / 2, score / 2), (score * 2, score * 2)]
        found.benchmarks = [
            BenchmarkResult("n", low, (0.99 * low, 1.01 * high), 12, "replay", {}, None, 0, 0, None, None)
            for low, high in times
        ]
    return found


def test_what_changed_from_one_verdict_to_the_next() -> None:
    zero = (Remark("out[0] = 0"),)
    third = verdict("wrong_answer", 2, Diagnosis(zero, case=3, name="n=9"))
    fifth = verdict("wrong_answer", 4, Diagnosis(zero, case=5, name="n=9"))
    right = verdict("accepted", 7)
    assert against(third, None) == ""
    assert against(fifth, third) == "2 more cases passed"
    assert against(third, fifth) == "2 fewer cases passed"
    assert against(third, third) == "as before"
    assert against(right, third) == "was wrong answer"
    assert against(third, right) == "was accepted"
    assert against(right, right) == ""


@pytest.mark.parametrize("status", ["compile_error", "runtime_error"])
def test_an_error_is_named_with_its_place(status: str) -> None:
    raised = Raised(
        error="NameError",
        summary="NameError: foo",
        text="NameError: foo\n",
        trace='  File "mine.py", line 3, in f\n    foo\n',
        file="mine.py",
        line=3,
    )
    broken = verdict(status, 0, Diagnosis((raised,)))
    assert broken.message == (
        'Traceback (most recent call last):\n  File "mine.py", line 3, in f\n    foo\nNameError: foo'
    )
    assert headline(broken) == "mine.py:3: NameError: foo"
    assert details(broken) == ['  File "mine.py", line 3, in f', "    foo"]
    assert headline(verdict("accepted", 7)) == "7 cases"


def test_a_long_message_is_shortened() -> None:
    text = "\n".join(f"line {n}" for n in range(100))
    shown = details(verdict("wrong_answer", 1, Diagnosis((Remark(text),))))
    assert len(shown) == 13
    assert (shown[0], shown[-1]) == ("line 1", "line 99")
    assert "87 lines" in shown[6]


def test_a_score_has_the_interval_of_its_benchmarks() -> None:
    score = score_of(50.0, verdict("accepted", 7, score=50.0).benchmarks)
    assert score and (score.us, round(score.low, 6), round(score.high, 6)) == (50.0, 49.5, 50.5)
    assert score_of(None, verdict("accepted", 7).benchmarks) is None
    assert score_of(50.0, []) is None


@pytest.mark.parametrize(
    ("last", "best", "said"),
    [
        (None, None, "the best so far"),
        (Score(60, 59, 61), Score(40, 39, 41, "me: a.py"), "16.7 % faster than the last"),
        (Score(60, 59, 61), Score(40, 39, 41, "me: a.py"), "25.0 % slower than the best (40 µs, me: a.py)"),
        (Score(50.5, 49.8, 51), Score(40, 39, 41), "within the noise of the last"),
        (Score(100, 99, 101), None, "2.0× as fast as the last"),
        (Score(10, 9, 11), Score(10, 9, 11), "5.0× as long as the last"),
    ],
)
def test_a_time_stands_beside_the_last_and_the_best(
    last: Score | None, best: Score | None, said: str
) -> None:
    line = time_line(Score(50, 49.5, 50.5), last, best)
    assert line.startswith("50 µs ± 1.0 %")
    assert said in line


def test_a_log_compares_times_and_keeps_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    challenge(tmp_path / "challenges" / "double")
    lines: list[str] = []
    device = Device("NVIDIA H200", 0, "GPU-1", "1")
    log = Log(find_challenge("challenges/double"), device, SubmitOptions(), lines.append, as_json=False)
    for score in (50.0, 40.0, 45.0):
        judged = verdict("accepted", 7, score=score)
        log.right(judged)
        log.verdict(judged)
    text = "\n".join(lines)
    assert text.count("accepted") == 3  # said once each, before the time
    assert "20.0 % faster than the last   the best so far" in text
    assert lines[-1].endswith("12.5 % slower than the last")  # which was the best
    assert text.count("next: judge submit challenges/double mine.py puts it on the board") == 1
    assert (log.judged, log.accepted, log.best and log.best.us) == (3, 3, 40.0)


def test_a_log_compares_like_with_like(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    challenge(tmp_path / "challenges" / "double")
    lines: list[str] = []
    device = Device("NVIDIA H200", 0, "GPU-1", "1")
    log = Log(find_challenge("challenges/double"), device, SubmitOptions(), lines.append, as_json=False)
    replayed, noisy, called = (verdict("accepted", 7, score=score) for score in (50.0, 5.0, 10.0))
    replayed.method, noisy.method, called.method = "replay", "replay", "process"
    noisy.noisy, noisy.benchmarks[0].noisy = True, "its interval is 9 % wide"
    for judged in (replayed, noisy, replayed):
        log.verdict(judged)
    assert [line.strip() for line in lines if "µs" in line or "noisy" in line] == [
        "50 µs ± 1.0 %   the best so far",
        "5 µs",
        "noisy: its interval is 9 % wide",
        "50 µs ± 1.0 %   within the noise of the last",
    ]
    assert log.best and log.best.us == 50.0
    log.verdict(called)
    assert lines[-1].strip() == "10 µs ± 1.0 %   the best so far"  # by this clock


def test_json_is_one_object_a_line(tmp_path: Path) -> None:
    challenge(tmp_path / "double")
    lines: list[str] = []
    found = find_challenge(str(tmp_path / "double"))
    log = Log(found, Device("interpreter"), SubmitOptions(), lines.append, as_json=True)
    log.right(verdict("accepted", 7))
    log.verdict(verdict("accepted", 7))
    log.saved = time.time() - 1
    log.problem("it defines no solve")
    first, second = map(json.loads, lines)
    assert (first["status"], first["seconds"]) == ("accepted", None)
    assert (second["status"], second["message"]) == (None, "it defines no solve")
    assert second["seconds"] >= 1


# -- several runners --------------------------------------------------------------------------------------


def test_runners_beside_give_the_same_verdict() -> None:
    """The first case that fails is named, whichever runner is faster."""
    options = SubmitOptions(timed=False, record=False, seed=7)
    with sessions.Session(find_challenge("softmax"), choose("interpreter")) as session:
        runners = [session.start_runner(), session.start_runner()]
        solution = find_solution(str(ROOT / "solutions" / "softmax.py"))
        right = judge(session, solution, runners, options)
        assert right.status == "accepted"
        names = [case.name for case in right.cases]
        assert names[:3] == ["rows=1 cols=1", "rows=7 cols=2", "rows=50 cols=50 spread=3.0"]
        assert len(names) == 15
        dropped = find_solution(str(ROOT / "tests" / "submissions" / "softmax_dropped_tail.py"))
        wrong = judge(session, dropped, runners, options)
    assert wrong.status == "wrong_answer"
    assert [case.name for case in wrong.cases] == names[:3]
    assert wrong.message.startswith("case 3: rows=50 cols=50")


# -- a session --------------------------------------------------------------------------------------------


def challenge(folder: Path, factor: int = 2) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spec.md").write_text(
        '+++\ntitle = "Double"\ndifficulty = "easy"\ntags = []\norigin = "here"\n+++\nDouble it.\n'
    )
    (folder / "reference.py").write_text(
        "from jaxtyping import Float32\nfrom torch import Tensor\n\n\n"
        'def reference(x: Float32[Tensor, "n"]) -> Float32[Tensor, "n"]:\n'
        f"    return {factor} * x\n"
    )
    (folder / "inputs.py").write_text(
        "TESTS = [dict(n=3)]\nBENCHMARKS = [dict(n=1 << 20)]\n\n\n"
        "def fuzz(rng):\n    return dict(n=rng.integer(1, 9))\n\n\n"
        "def inputs(rng, n):\n    return dict(x=1 + rng.uniform(n))\n"
    )


class Session:
    """`judge watch` as a process, whose lines can be waited for."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "judge", "watch", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=judge_environment(folder),
        )

    def until(self, text: str) -> str:
        """All up to the line with a text."""
        assert self.process.stdout
        lines = ""
        late = threading.Timer(120.0, self.process.kill)
        late.start()
        try:
            for line in self.process.stdout:
                lines += line
                if text in line:
                    return lines
        finally:
            late.cancel()
        raise AssertionError(f"it ended without {text!r}:\n{lines}\n{self.process.communicate()[1]}")

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=60)
        return self.process.returncode, err


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    opened: list[Session] = []

    def open_(*arguments: str) -> Session:
        opened.append(Session(tmp_path, *arguments))
        return opened[-1]

    yield open_
    for each in opened:
        each.process.kill()
        each.process.communicate()


def test_a_session(session: Any, tmp_path: Path, left_behind: Callable[..., list[str]]) -> None:
    challenge(tmp_path / "challenges" / "double")
    mine = tmp_path / "mine.py"
    mine.write_text(WRONG)
    watched = session("double", "mine.py", "--device", "interpreter")
    said = watched.until("again: ")
    assert "double on interpreter" in said
    assert "wrong answer   case 1: n=3" in said and "out[2] = 0" in said

    mine.write_text(RIGHT)
    said = watched.until("next: ")
    assert "accepted       6 cases   was wrong answer" in said and "s after the save" in said

    mine.write_text("def solve(x, out:\n")
    assert "mine.py:1: SyntaxError" in watched.until("compile error")

    mine.unlink()
    assert "mine.py is gone" in watched.until("not judged")
    (tmp_path / "new").write_text(RIGHT)
    (tmp_path / "new").rename(mine)
    assert "was compile error" in watched.until("accepted")

    mine.write_text("def slove(x, out):\n    pass\n")
    assert "defines no function solve(x, out)" in watched.until("compile error")

    (tmp_path / "challenges" / "double" / "spec.md").write_text("+++\ntitle = 1\n+++\n")
    assert "spec.md:" in watched.until("not judged")

    challenge(tmp_path / "challenges" / "double", factor=3)
    mine.write_text("def solve(x, out):\n    out.copy_(3 * x)\n")
    watched.until("accepted")

    code, err = watched.end(signal.SIGINT)
    assert code == 0
    assert "judged, 3 accepted; nothing recorded" in err
    assert "Traceback" not in err
    assert left_behind() == []
    assert not (tmp_path / ".judge").exists()


def test_nothing_stays_behind_when_it_is_ended_early(
    session: Any, tmp_path: Path, left_behind: Callable[..., list[str]]
) -> None:
    challenge(tmp_path / "challenges" / "double")
    (tmp_path / "mine.py").write_text("def solve(x, out):\n    while True:\n        pass\n")
    watched = session("double", "mine.py", "--device", "interpreter")
    watched.until("double on interpreter")
    code, err = watched.end(signal.SIGTERM)
    assert code == 0 and "0 judged" in err
    assert left_behind() == []


@pytest.mark.gpu
def test_a_time_follows_the_verdict_on_a_gpu(session: Any, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text((ROOT / "solutions" / "softmax.py").read_text())
    watched = session("softmax", "mine.py", "--device", "cuda")
    assert "17 cases" in watched.until("accepted")
    assert "the best so far" in watched.until(" ± ")
    mine.write_text(mine.read_text() + "\n")
    assert "the last" in watched.until(" ± ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("softmax", "mien.py"), "no such solution: mien.py; did you mean mine.py?"),
        (("sofmtax", "mine.py"), "no such challenge: sofmtax; did you mean softmax"),
        (("softmax", "mine.py", "--device", "gpu"), "no such device: gpu"),
    ],
)
def test_what_is_not_there_is_not_watched(
    arguments: tuple[str, ...], said: str, judge_command: Any, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(RIGHT)
    result = judge_command("watch", *arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert said in result.stderr
    assert not result.stdout
