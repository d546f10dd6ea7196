"""Jobs that are spread over several GPUs."""

import threading

from spread import Job, spread


def test_each_gpu_does_one_job_after_the_other_until_none_is_left() -> None:
    busy, done, lines = set[int](), list[tuple[str, int]](), list[str]()
    both = threading.Barrier(2, timeout=30)

    def run(name: str, gpu: int) -> str:
        assert gpu not in busy
        busy.add(gpu)
        if name in "ab":
            both.wait()  # two at once, or the barrier breaks
        done.append((name, gpu))
        busy.remove(gpu)
        return f"{name} is done"

    jobs = [Job(name, lambda gpu, left, name=name: run(name, gpu)) for name in "abcde"]
    assert spread(jobs, 60, 2, lines.append) == []
    assert sorted(name for name, _ in done) == [*"abcde"]
    assert sorted(line.rpartition(": ")[2] for line in lines) == [f"{name} is done" for name in "abcde"]


def test_a_job_that_fails_is_told_and_the_others_go_on() -> None:
    def fails(gpu: int, left: float) -> str:
        raise ValueError("no such kernel")

    lines: list[str] = []
    jobs = [Job("first", fails), Job("second", lambda gpu, left: f"GPU {gpu} it was")]
    assert spread(jobs, 60, 1, lines.append) == []
    assert lines[0].endswith("first: FAILED: ValueError: no such kernel")
    assert lines[1].endswith("second: GPU 0 it was")


def test_no_job_begins_when_the_time_is_over() -> None:
    given: list[float] = []

    def long(gpu: int, left: float) -> str:
        given.append(left)
        threading.Event().wait(left)
        return "long"

    jobs = [Job("one", long), Job("two", long), Job("three", long)]
    assert spread(jobs, 0.2, 1, lambda line: None) == ["two", "three"]
    assert len(given) == 1 and 0 < given[0] <= 0.2
