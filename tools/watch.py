"""Measures the time from a save to the verdict: ten saves of the softmax solution, with changed kernels.

python tools/watch.py [--device cuda] [--run] [--saves 10] [--pause 8]

Every save changes a line inside both kernels, so that nothing compiled before can be used again. The clock
starts when the file has been closed and stops when the line with the verdict arrives.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = (ROOT / "solutions" / "softmax.py").read_text()
MARK = "tl.program_id(0).to(tl.int64)"


def version(n: int) -> str:
    """The solution with its row index written in another way: the same rows, but another program."""
    assert SOURCE.count(MARK) == 2
    return SOURCE.replace(MARK, f"({MARK} + {n} - {n})")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="interpreter")
    parser.add_argument("--run", action="store_true", help="correctness only")
    parser.add_argument("--saves", type=int, default=10)
    parser.add_argument("--pause", type=float, default=8.0, help="seconds before a save, to warm up")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mine = Path(folder) / "mine.py"
        mine.write_text(version(0))
        command = [sys.executable, "-m", "judge", "watch", "softmax", str(mine), "--device", arguments.device]
        command += ["--run"] if arguments.run else []
        environment = os.environ | {"PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
        timed = arguments.device.startswith("cuda") and not arguments.run
        try:
            _await(process, timed)
            verdicts, times = [], []
            for n in range(1, arguments.saves + 1):
                time.sleep(arguments.pause)
                mine.write_text(version(n))
                saved = time.perf_counter()
                verdict, timing = (moment - saved for moment in _await(process, timed))
                verdicts.append(verdict)
                times.append(timing)
                load = os.getloadavg()[0]
                print(f"save {n}: verdict {verdict:.2f} s, time {timing:.2f} s, load {load:.1f}", flush=True)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
    print(f"verdict: median {statistics.median(verdicts):.2f} s, longest {max(verdicts):.2f} s")
    if timed:
        print(f"with its time: median {statistics.median(times):.2f} s, longest {max(times):.2f} s")


def _await(process: "subprocess.Popen[str]", timed: bool) -> tuple[float, float]:
    """The moments when the verdict and its time were printed."""
    assert process.stdout
    verdict = None
    for line in process.stdout:
        if verdict is None and line[2:3] == line[5:6] == ":":
            assert "accepted" in line, line
            verdict = time.perf_counter()
            if not timed:
                return verdict, verdict
        elif verdict and " ± " in line:
            return verdict, time.perf_counter()
    raise SystemExit("judge watch has ended")


if __name__ == "__main__":
    main()
