"""Records the reference leaderboard again: every shipped solution, judged on the GPUs of this machine.

python tools/reference.py                      all; writes solutions/leaderboard.jsonl
python tools/reference.py --only softmax       one; may be given again
python tools/reference.py --seconds 500        stops in time; what is there by then is written
python tools/reference.py --out rows.jsonl     writes another file

Each GPU judges one solution after the other, so that nothing else runs where it is timed. A row that is
noisy, or shared with another program, is judged once more. Rows of solutions that were not judged stay as
they were.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from spread import Job, spread

ROOT = Path(__file__).resolve().parents[1]
LEADERBOARD = ROOT / "solutions" / "leaderboard.jsonl"
SLOW = ("backward", "training", "flash_attention", "attention", "conv", "matmul", "gemm", "sort", "long_")
VERDICT_SECONDS = 300.0
NOT_GOOD = "NOT GOOD"  # there is no row, or one that cannot be ranked


def judged(title: str, challenge: str, gpu: int, seconds: float) -> tuple[str, dict[str, Any]]:
    """The line of a verdict, "" if there is none to keep, and the verdict or what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/board.db"
        common = [sys.executable, "-m", "judge"]
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), *sys.path[1:]]))
        submit = [*common, "submit", challenge, title, "--device", f"cuda:{gpu}", "--author", "reference"]
        submit += ["--database", database, "--json"]
        try:
            done = subprocess.run(
                submit, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=seconds
            )
            verdict = json.loads(done.stdout)
        except subprocess.TimeoutExpired:
            return "", {"message": f"no verdict within {seconds:.0f} s"}
        except ValueError:
            return "", {"message": done.stderr.strip()[-300:]}
        if verdict["status"] != "accepted" or verdict["score_us"] is None:
            return "", verdict
        file = Path(folder) / "rows.jsonl"
        export = [*common, "leaderboard", "--database", database, "--export", str(file)]
        subprocess.run(export, cwd=ROOT, env=environment, capture_output=True, check=True)
        return file.read_text(), verdict


def reported(verdict: dict[str, Any]) -> str:
    """A verdict in one line."""
    if not verdict.get("benchmarks"):
        return f"{verdict.get('status', 'no verdict')}: {verdict.get('message', '')[:300]}"
    times = [f"{b['median_us']:.4g} µs ({b['noisy'] or b['method']})" for b in verdict["benchmarks"]]
    shared = " SHARED" if verdict["shared"] else ""
    return f"{', '.join(times)}{shared} {'; '.join(verdict['warnings'])[:200]}"


def solutions(names: Sequence[str] = ()) -> list[Any]:
    """The shipped solutions of some names, or all. The slowest are first: none is left for the end."""
    from judge.solutions.finding import all_solutions

    found = [s for s in all_solutions() if not names or Path(s.title).stem in names]
    return sorted(found, key=lambda s: next((i for i, word in enumerate(SLOW) if word in s.title), len(SLOW)))


def job(solution: Any, keep: Callable[[str, str], None]) -> Job:
    """Judges a solution, once more if its row cannot be ranked. `keep` gets the title and the line."""

    def run(gpu: int, left: float) -> str:
        until, told = time.monotonic() + left, ""
        for _ in range(2):
            seconds = min(VERDICT_SECONDS, until - time.monotonic())
            line, verdict = judged(solution.title, solution.challenge, gpu, max(seconds, 1.0))
            told = reported(verdict)
            if line:
                keep(solution.title, line)
            if line and not verdict["noisy"] and not verdict["shared"]:
                return told
        return f"{NOT_GOOD}: {told}"

    return Job(solution.title, run)


def record(names: list[str], seconds: float, out: Path) -> bool:
    """Judge solutions, on all GPUs at once, and write the rows. Whether each has one that can be ranked."""
    from judge.engine.device import gpu_count

    lines, writing = dict[str, str](), threading.Lock()
    good = True

    def keep(title: str, line: str) -> None:
        with writing:
            lines[title] = line
            out.write_text(merged(lines))

    def say(line: str) -> None:
        nonlocal good
        good = good and NOT_GOOD not in line and "FAILED:" not in line
        print(line, flush=True)

    found = solutions(names)
    left = spread([job(each, keep) for each in found], seconds, gpu_count()[0], say)
    print(f"{len(lines)} of {len(found)} recorded; left: {', '.join(left) or 'none'}")
    return good and not left


def merged(lines: dict[str, str]) -> str:
    """The leaderboard with some rows in place of those of the same solutions."""
    old = [line for line in LEADERBOARD.read_text().splitlines(keepends=True) if line.strip()]
    kept = {(json.loads(line)["challenge"], json.loads(line)["solution"]): line for line in old}
    for line in lines.values():
        row = json.loads(line)
        kept[row["challenge"], row["solution"]] = line
    return "".join(kept[key] for key in sorted(kept))


def main() -> None:
    parser = argparse.ArgumentParser(description="Record the reference leaderboard on this machine's GPUs.")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="a solution, by its stem")
    parser.add_argument("--seconds", type=float, default=7200.0, help="for all")
    parser.add_argument("--out", type=Path, default=LEADERBOARD)
    given = parser.parse_args()
    sys.exit(0 if record(given.only, given.seconds, given.out) else 1)


if __name__ == "__main__":
    main()
