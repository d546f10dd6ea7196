"""How far verdicts of one solution differ: alone, with every core busy, and beside a judge on another GPU.

python tools/steady.py 10 [PATH]    on a GPU, or two; writes docs/steady.json, which docs/clock.md quotes
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HEAD_START = 8.0  # seconds until another judge is at work
SUBMIT = (sys.executable, "-m", "judge", "submit", "softmax", "solutions/softmax.py", "--no-record", "--json")


def verdicts(count: int, device: str = "cuda:0") -> list[dict[str, Any]]:
    """The benchmarks of some verdicts, each by a judge in a process of its own."""
    found: list[dict[str, Any]] = []
    for _ in range(count):
        began = time.monotonic()
        done = subprocess.run([*SUBMIT, "--device", device], cwd=ROOT, capture_output=True, text=True)
        verdict = json.loads(done.stdout)
        took = time.monotonic() - began
        found += [dict(each, status=verdict["status"], seconds=took) for each in verdict["benchmarks"]]
    return found


@contextlib.contextmanager
def busy_cores() -> Iterator[None]:
    """Keep every core busy."""
    spinning = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)
    ]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


@contextlib.contextmanager
def other_judge(device: str) -> Iterator[None]:
    """Let a judge submit again and again on another GPU."""
    command = [*SUBMIT, "--device", device]
    loop = f"import subprocess\nwhile True: subprocess.run({command!r}, capture_output=True)"
    process = subprocess.Popen([sys.executable, "-c", loop], cwd=ROOT, start_new_session=True)
    try:
        time.sleep(HEAD_START)
        yield
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def summary(device: str, what: str, benchmarks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each case: the mean, the standard deviation in per cent, and how many were noisy."""
    rows = []
    for name in dict.fromkeys(each["name"] for each in benchmarks):
        mine = [each for each in benchmarks if each["name"] == name]
        times = [each["median_us"] for each in mine]
        rows.append(
            dict(
                device=device,
                condition=what,
                case=name,
                verdicts=len(times),
                mean_us=round(statistics.mean(times), 4),
                deviation_percent=round(100 * statistics.stdev(times) / statistics.mean(times), 3),
                range_us=[min(times), max(times)],
                noisy=[each["noisy"] for each in mine if each["noisy"]],
                seconds=round(statistics.median(each["seconds"] for each in mine), 1),
            )
        )
        print(rows[-1], flush=True)
    return rows


def part() -> str:
    """The table of docs/clock.md, from the recorded data."""
    lines = [
        "Verdicts of `solutions/softmax.py`, each by a judge in a process of its own:",
        "",
        "| GPU | condition | case | verdicts | mean | standard deviation | noisy |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in json.loads((ROOT / "docs" / "steady.json").read_text()):
        mean, deviation = f"{row['mean_us']:.2f} µs", f"{row['deviation_percent']:.2f} %"
        cells = (
            row["device"],
            row["condition"],
            row["case"],
            row["verdicts"],
            mean,
            deviation,
            len(row["noisy"]),
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def measure(count: int, path: Path) -> None:
    from judge.engine.device import choose, gpu_count

    name = choose("cuda").name
    rows = summary(name, "alone", verdicts(count))
    with busy_cores():
        rows += summary(name, "every core busy", verdicts(count))
    if gpu_count()[0] > 1:
        with other_judge("cuda:1"):
            rows += summary(name, "a judge on another GPU", verdicts(count))
    path.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    measure(int(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else ROOT / "docs" / "steady.json")
