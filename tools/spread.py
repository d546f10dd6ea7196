"""Spreads jobs over the GPUs of this machine. Each GPU does one after the other, so that nothing else runs
where something is timed.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """A job. It gets the number of a GPU and the seconds that are left, and says how it ended."""

    name: str
    run: Callable[[int, float], str]


def spread(jobs: Iterable[Job], seconds: float, gpus: int, say: Callable[[str], None]) -> list[str]:
    """Do jobs on so many GPUs, in their order, within some seconds. Returns the names of those that are left.

    `say` gets a line for each job, from several threads.
    """
    ahead, until = deque(jobs), time.monotonic() + seconds

    def work(gpu: int) -> None:
        while until - time.monotonic() > 0:
            try:
                job = ahead.popleft()
            except IndexError:
                return
            began = time.monotonic()
            try:
                told = job.run(gpu, until - began)
            except Exception as error:  # the other jobs go on
                told = f"FAILED: {type(error).__name__}: {error}"
            say(f"GPU {gpu}, {time.monotonic() - began:.0f} s: {job.name}: {told}")

    workers = [threading.Thread(target=work, args=(gpu,)) for gpu in range(gpus)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [job.name for job in ahead]
