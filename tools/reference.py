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
from collections import deque
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LEADERBOARD = ROOT / "solutions" / "leaderboard.jsonl"
SLOW = ("attention", "long_", "sort", "spmv")  # these first, so that no GPU has a long one left at the end
VERDICT_SECONDS = 300.0


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


def told(verdict: dict[str, Any]) -> str:
    """A verdict in one line."""
    if not verdict.get("benchmarks"):
        return f"{verdict.get('status', 'no verdict')}: {verdict.get('message', '')[:300]}"
    times = [f"{b['median_us']:.4g} µs ({b['noisy'] or b['method']})" for b in verdict["benchmarks"]]
    shared = " SHARED" if verdict["shared"] else ""
    return f"{', '.join(times)}{shared} {'; '.join(verdict['warnings'])[:200]}"


def record(names: list[str], seconds: float, out: Path) -> bool:
    """Judge solutions, on all GPUs at once, and write the rows. Whether each has one that can be ranked."""
    from judge.engine.device import gpu_count
    from judge.solutions.finding import all_solutions

    found = [s for s in all_solutions() if not names or Path(s.title).stem in names]
    found.sort(key=lambda s: not any(word in s.title for word in SLOW))
    ahead, lines = deque(found), dict[str, str]()
    until, writing = time.monotonic() + seconds, threading.Lock()
    failed: list[str] = []

    def work(gpu: int) -> None:
        while ahead:
            try:
                solution = ahead.popleft()
            except IndexError:
                return
            for _ in range(2):
                left = min(VERDICT_SECONDS, until - time.monotonic())
                if left < 10:
                    failed.append(solution.title)
                    return
                began = time.monotonic()
                line, verdict = judged(solution.title, solution.challenge, gpu, left)
                print(f"{time.monotonic() - began:4.0f} s  {solution.title:44} {told(verdict)}", flush=True)
                good = line and not verdict["noisy"] and not verdict["shared"]
                if good:
                    break
            with writing:
                if line:
                    lines[solution.title] = line
                    out.write_text(merged(lines))
                if not good:
                    failed.append(solution.title)

    workers = [threading.Thread(target=work, args=(gpu,)) for gpu in range(gpu_count()[0])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    failed += [solution.title for solution in ahead]
    print(f"{len(lines)} of {len(found)} recorded; not, or noisy: {', '.join(sorted(failed)) or 'none'}")
    return not failed


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
