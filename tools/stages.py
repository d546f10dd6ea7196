"""Where the time of a verdict goes: the stages of `judge submit`, each verdict in a process of its own.

python tools/stages.py softmax solutions/softmax.py --count 5
python tools/stages.py softmax solutions/softmax.py --device interpreter
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MARK = "stages: "


def measured(challenge: str, solution: str, device: str) -> dict[str, float]:
    """The seconds of each stage of a verdict in this process, in order, and of all together."""
    began = last = time.monotonic()
    stage, seconds = "start", dict[str, float]()

    def progress(what: str, done: int, total: int) -> None:
        nonlocal stage, last
        if what != stage:
            now = time.monotonic()
            seconds[stage] = seconds.get(stage, 0.0) + now - last
            stage, last = what, now

    from judge import Observer, submit

    verdict = submit(challenge, solution, device=device, record=False, observer=Observer(progress=progress))
    progress("end", 0, 0)
    if verdict.status != "accepted":
        raise SystemExit(f"{solution}: {verdict.status}: {verdict.message}")
    return seconds | {"all": time.monotonic() - began}


def main() -> None:
    parser = argparse.ArgumentParser(description="The stages of a verdict, in seconds.")
    parser.add_argument("challenge")
    parser.add_argument("solution")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--count", type=int, default=3, help="verdicts")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)  # in this process
    given = parser.parse_args()
    if given.one:
        print(MARK + json.dumps(measured(given.challenge, given.solution, given.device)))
        return
    found: list[dict[str, float]] = []
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), *sys.path[1:]]))
    command = [sys.executable, __file__, given.challenge, given.solution, "--device", given.device, "--one"]
    for _ in range(given.count):
        began = time.monotonic()
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        wall = time.monotonic() - began
        line = next((each for each in done.stdout.splitlines() if each.startswith(MARK)), "")
        if not line:
            raise SystemExit(done.stderr.strip()[-500:] or "it said nothing")
        found.append(json.loads(line.removeprefix(MARK)) | {"with Python's start": wall})
    for stage in found[0]:
        times = [each.get(stage, 0.0) for each in found]
        print(f"{statistics.median(times):7.2f} s  [{min(times):.2f}, {max(times):.2f}]  {stage}")


if __name__ == "__main__":
    main()
