"""A session: many solutions one after the other in one process, which is left as it was."""

import gc
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
import torch
from conftest import ROOT

from judge.challenges.finding import find_challenge
from judge.engine.device import INTERPRETER, Device, choose, gpu_count
from judge.engine.runner import Runner
from judge.judging.session import Observer, Session
from judge.judging.submit import SubmitOptions, judge, submit
from judge.solutions.finding import Solution, read_solution
from judge.verdict.diagnosis import Mismatch, Remark
from judge.verdict.verdict import Verdict

DEVICE = Device(INTERPRETER)
SOFTMAX, VECTOR_ADD = ROOT / "challenges" / "softmax", ROOT / "challenges" / "vector_add"
OPTIONS = SubmitOptions(device=INTERPRETER, seed=1, timed=False, record=False)
PLAIN = "def solve(x, out):\n    out.copy_(x.softmax(dim=-1))\n"


def shipped(name: str) -> Solution:
    return read_solution(ROOT / "solutions" / f"{name}.py")


def submission(name: str) -> Solution:
    return read_solution(ROOT / "tests" / "submissions" / f"{name}.py")


@pytest.fixture
def plain(tmp_path: Path) -> Solution:
    """Softmax in plain PyTorch, which is quick to judge."""
    path = tmp_path / "plain.py"
    path.write_text(PLAIN)
    return read_solution(path)


@pytest.fixture
def clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_behind: Callable[..., list[str]]
) -> Iterator[None]:
    """What a test does leaves this process as it was: neither settings nor processes nor folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    threads = torch.get_num_threads()
    torch.set_num_threads(2)  # not what a session sets

    def state() -> tuple[object, ...]:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        return torch.get_num_threads(), os.getcwd(), gc.get_freeze_count(), gc.isenabled(), variables

    before = state()
    yield
    assert state() == before
    assert left_behind() == []
    torch.set_num_threads(threads)


def judged(session: Session, solution: Solution, options: SubmitOptions = OPTIONS) -> Verdict:
    """One submission in a runner of its own."""
    return judge(session, solution, [session.start_runner()], options)


def worst(verdict: Verdict) -> tuple[object, ...]:
    """What is wrong with a wrong answer, but for what stood in memory that was never written."""
    assert verdict.diagnosis
    [mismatch] = verdict.diagnosis.problems
    assert isinstance(mismatch, Mismatch)
    return verdict.diagnosis.case, mismatch.index, mismatch.expected, mismatch.wrong, mismatch.region


def test_a_session_judges_one_solution_after_the_other(clean: None, plain: Solution) -> None:
    with Session(find_challenge(str(SOFTMAX)), DEVICE) as session:
        first = judged(session, shipped("softmax"))
        wrong = judged(session, submission("softmax_dropped_tail"))
        ended = judged(session, submission("os_exit"))
        unfit = judged(session, submission("no_solve"))
        last = judged(session, plain)
        again = judged(session, submission("softmax_dropped_tail"))

    for verdict in (first, last):
        assert (verdict.status, verdict.message, verdict.device) == ("accepted", "", "interpreter")
        assert len(verdict.cases) + verdict.skipped == len(session.challenge.cases(1))
    assert (wrong.status, ended.status, unfit.status) == ("wrong_answer", "runtime_error", "compile_error")
    assert "defines no function solve(x, out); expected is def solve(" in unfit.message
    assert ended.diagnosis
    assert ended.diagnosis.problems == (
        Remark("the process ended itself with exit code 0 before it was done"),
    )
    assert [case.status for case in wrong.cases] == ["accepted"] * (len(wrong.cases) - 1) + ["wrong_answer"]
    # What came before does not matter.
    assert worst(again) == worst(wrong)
    assert [case.name for case in again.cases] == [case.name for case in wrong.cases]


def test_a_session_is_not_disturbed_by_another(clean: None, plain: Solution) -> None:
    with Session(find_challenge(str(SOFTMAX)), DEVICE) as session:
        mine = session.start_runner()
        before = judged(session, submission("softmax_dropped_tail"))
        with Session(find_challenge(str(VECTOR_ADD)), DEVICE) as other:
            theirs = judged(other, shipped("vector_add"))
            meanwhile = judged(session, plain)
        assert (theirs.status, theirs.challenge) == ("accepted", "vector_add")
        assert (meanwhile.status, meanwhile.challenge) == ("accepted", "softmax")
        after = judge(session, submission("softmax_dropped_tail"), [mine], OPTIONS)
        assert worst(after) == worst(before)


def test_a_session_gives_the_verdict_of_a_submission_alone(clean: None) -> None:
    wrong = submission("softmax_dropped_tail")
    alone = submit(str(SOFTMAX), wrong.title, OPTIONS, Observer())
    with Session(find_challenge(str(SOFTMAX)), DEVICE) as session:
        found = judged(session, wrong)
    assert worst(found) == worst(alone)
    assert found.diagnosis and alone.diagnosis
    assert found.diagnosis.replay == alone.diagnosis.replay
    assert [case.name for case in found.cases] == [case.name for case in alone.cases]


def test_several_runners_share_the_cases_of_one_submission(clean: None, plain: Solution) -> None:
    with Session(find_challenge(str(SOFTMAX)), DEVICE) as session:
        runners = [session.start_runner() for _ in range(3)]
        found = judge(session, plain, runners, OPTIONS)
        alone = judged(session, plain)
        assert found == alone
        # The first case that fails counts, whoever finds it.
        runners = [session.start_runner() for _ in range(2)]
        wrong = judge(session, submission("softmax_dropped_tail"), runners, OPTIONS)
        assert worst(wrong) == worst(judged(session, submission("softmax_dropped_tail")))


def test_a_session_ends_its_runners_even_after_an_error(clean: None, plain: Solution) -> None:
    runners: list[Runner] = []
    with (
        pytest.raises(ZeroDivisionError),
        Session(find_challenge(str(SOFTMAX)), DEVICE) as session,
    ):
        runners += [session.start_runner(), session.start_runner()]
        judge(session, plain, runners[:1], OPTIONS)
        _ = 1 / 0
    assert all(runner.process.poll() is not None for runner in runners)
    assert not any(runner.scratch.exists() for runner in runners)


def test_the_observer_is_told_of_a_solution_that_is_meant_for_another_challenge(clean: None) -> None:
    said: list[str] = []
    done: list[tuple[str, int, int]] = []
    observer = Observer(said.append, lambda *of: done.append(of))
    with Session(find_challenge(str(SOFTMAX)), DEVICE, observer=observer) as session:
        solution = shipped("vector_add")
        assert "expected is def solve" in judged(session, solution).message
        judged(session, shipped("softmax"))
    assert said[-1:] == [f"{solution.title} says CHALLENGE = 'vector_add', judged as softmax"]
    cases = [(now, of) for what, now, of in done if what == "cases"]
    assert cases == sorted(cases)
    assert cases[-1][0] == cases[-1][1] > 0


def test_a_turn_on_a_gpu_leaves_the_collector_as_it_was() -> None:
    gpu = Device("Some GPU", uuid=f"GPU-{uuid.uuid4()}")
    with Session(find_challenge(str(SOFTMAX)), gpu) as session:
        try:
            with session.checking():
                assert gc.get_freeze_count() == 0
            with pytest.raises(ZeroDivisionError), session.timing():
                assert gc.get_freeze_count() > 0
                _ = 1 / 0
            assert gc.get_freeze_count() == 0
        finally:
            for folder in ("/dev/shm", tempfile.gettempdir()):
                for path in Path(folder).glob(f"judge-{gpu.uuid}*"):
                    path.unlink()


@pytest.mark.gpu
def test_sessions_on_two_gpus_do_not_disturb_each_other() -> None:
    """In one process, one after the other and in two threads, whichever GPU comes first."""
    if gpu_count()[0] < 2:
        pytest.skip("needs two GPUs")
    solutions = [shipped("softmax"), submission("softmax_dropped_tail")]

    def judged(device: str, found: list[tuple[str, str, int]]) -> None:
        with Session(find_challenge(str(SOFTMAX)), choose(device)) as session:
            runners = [session.start_runner() for _ in solutions]
            session.start_baselines("torch")
            for solution, runner in zip(solutions, runners, strict=True):
                options = SubmitOptions(device=device, record=False, sampling_seconds=0.2)
                verdict = judge(session, solution, [runner], options)
                found.append((device, verdict.status, len(verdict.benchmarks)))

    found: list[tuple[str, str, int]] = []
    expected = [
        (device, *result)
        for device in ("cuda:1", "cuda:0")
        for result in (("accepted", 2), ("wrong_answer", 0))
    ]
    for device in ("cuda:1", "cuda:0"):
        judged(device, found)
    assert found == expected
    found.clear()
    threads = [Thread(target=judged, args=(device, found)) for device in ("cuda:0", "cuda:1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert sorted(found) == sorted(expected)
    assert torch.cuda.current_device() == 0
