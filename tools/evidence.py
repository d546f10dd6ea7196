"""Everything that only a GPU can show, on all GPUs of this machine at once.

python tools/evidence.py OUT                    all of it; OUT is a folder
python tools/evidence.py OUT --only attacks     one part; may be given again
python tools/evidence.py OUT --seconds 500      stops in time, and says what was left

Each GPU does one job after the other, so that nothing else runs where something is timed. The parts:

    steady       ten verdicts of softmax on the first GPU, while the others do the rest
    reference    every shipped solution: leaderboard.jsonl
    attacks      tests/attacks beside the honest files: attacks.json
    features     tests/replayed beside CUPTI: features.json
    mutations    damaged recordings in a player
    tests        pytest -m gpu, without the tests that the other parts repeat

log.txt has a line for each job, and all that it printed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attacks
import features
import reference
import steady
from spread import Job, spread

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("steady", "reference", "attacks", "features", "mutations", "tests")
TESTS = ("judging/test_clock", "judging/test_session", "judging/test_submissions", "comparing", "challenges")
MORE_TESTS = ("watch", "engine", "solutions")


class Evidence:
    """A folder in which the results of all jobs are collected. Several threads write to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._writing = threading.Lock()
        self._began = time.monotonic()
        self.rows: dict[str, list[Any]] = {"attacks": [], "features": []}
        self.lines: dict[str, str] = {}

    def report(self, line: str) -> None:
        print(line[:300], flush=True)
        self.say(line)

    def say(self, text: str) -> None:
        """Add to the log."""
        with self._writing, (self.folder / "log.txt").open("a") as log:
            log.write(f"{time.monotonic() - self._began:6.1f} {text}\n")

    def add_rows(self, part: str, rows: list[Any]) -> None:
        with self._writing:
            self.rows[part] += rows
            (self.folder / f"{part}.json").write_text(json.dumps(self.rows[part], indent=1) + "\n")

    def add_line(self, title: str, line: str) -> None:
        with self._writing:
            self.lines[title] = line
            (self.folder / "leaderboard.jsonl").write_text(reference.merged(self.lines))

    # -- jobs -------------------------------------------------------------------------------------

    def jobs(self, parts: list[str]) -> Iterator[Job]:
        """All jobs of some parts. The first one begins on the first GPU."""
        if "steady" in parts:
            yield Job("steady", self._steady)
        if "reference" in parts:
            yield from (reference.job(each, self.add_line) for each in reference.solutions())
        if "mutations" in parts:
            yield Job("mutations", self._command("features.py", "--mutations", "200"))
        if "tests" in parts:
            for name in (*TESTS, *MORE_TESTS):
                path = f"tests/{name}.py" if "/" in name else f"tests/{name}"
                yield Job(f"pytest {path}", self._pytest(path))
        if "attacks" in parts:
            by_file = sorted(attacks.ATTACKS, key=lambda each: each.honest)
            yield from self._groups("attacks", [each.name for each in by_file], 10)
        if "features" in parts:
            yield from self._groups("features", [each.name for each in features.FEATURES], 3)

    def _groups(self, part: str, names: list[str], size: int) -> Iterator[Job]:
        """Jobs of a few files each: an honest file is judged once in each of them."""
        for some in (names[i : i + size] for i in range(0, len(names), size)):
            yield Job(f"{part} {' '.join(some)}", self._rows(part, some))

    def _rows(self, part: str, names: list[str]) -> Callable[[int, float], str]:
        def run(gpu: int, left: float) -> str:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "rows.json"
                only = [word for name in names for word in ("--only", name)]
                told = self._command(f"{part}.py", *only, "--json", str(path))(gpu, left)
                rows = json.loads(path.read_text()) if path.exists() else []
            self.add_rows(part, rows)
            broken = [row[part.removesuffix("s")] for row in rows if not row["holds"]]
            return f"{told}; {len(rows)} rows, not holding: {', '.join(broken) or 'none'}"

        return run

    def _command(self, *words: str) -> Callable[[int, float], str]:
        return self._started([sys.executable, str(ROOT / "tools" / words[0]), *words[1:]])

    def _pytest(self, path: str) -> Callable[[int, float], str]:
        command = [sys.executable, "-m", "pytest", "-m", "gpu", "-n", "0", "-p", "no:cacheprovider", path]
        return self._started(command)

    def _started(self, command: list[str]) -> Callable[[int, float], str]:
        def run(gpu: int, left: float) -> str:
            path = os.pathsep.join([str(ROOT), *sys.path[1:]])
            visible = os.environ.get("CUDA_VISIBLE_DEVICES")
            mine = visible.split(",")[gpu] if visible else str(gpu)
            environment = dict(os.environ, CUDA_VISIBLE_DEVICES=mine, PYTHONPATH=path)
            with tempfile.TemporaryFile() as out:
                try:
                    done = subprocess.run(
                        command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, timeout=left
                    )
                    told = f"ended with {done.returncode}"
                except subprocess.TimeoutExpired:
                    told = "STOPPED, no time left"
                out.seek(0)
                self.say(out.read().decode(errors="replace")[-20_000:])
            return told

        return run

    def _steady(self, gpu: int, left: float) -> str:
        """Ten verdicts, once the other GPUs are at work."""
        time.sleep(steady.HEAD_START)
        from judge.engine.device import choose

        device = f"cuda:{gpu}"
        rows = steady.summary(choose(device).name, "a judge on each other GPU", steady.verdicts(10, device))
        (self.folder / "steady.json").write_text(json.dumps(rows, indent=1) + "\n")
        return ", ".join(f"{row['mean_us']} µs, {row['deviation_percent']} %" for row in rows)


def main() -> None:
    from judge.engine.device import gpu_count

    parser = argparse.ArgumentParser(description="Gather everything that only a GPU can show.")
    parser.add_argument("folder", type=Path, metavar="OUT")
    parser.add_argument("--only", action="append", choices=PARTS, help="a part; may be given again")
    parser.add_argument("--seconds", type=float, default=3600.0, help="for all")
    given = parser.parse_args()
    evidence = Evidence(given.folder)
    jobs = evidence.jobs(given.only or list(PARTS))
    left = spread(jobs, given.seconds, gpu_count()[0], evidence.report)
    print(f"left: {', '.join(left) or 'nothing'}")
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
