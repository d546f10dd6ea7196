"""Clocks on the same kernels in one run: the judge's, CUPTI over the same chains of calls, do_bench, plain
events.

python tools/clock.py               on a GPU; writes docs/clock.json, from which tools/write.py makes a table
"""

import contextlib
import itertools
import json
import statistics
import sys
from collections.abc import Iterator
from ctypes import c_void_p
from pathlib import Path
from typing import Any

import steady

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
KERNELS = [
    ("softmax", dict(rows=1024, cols=1024)),
    ("softmax", dict(rows=4096, cols=1024)),
    ("vector_add", dict(n=1 << 24)),
    ("softmax", dict(rows=4096, cols=8192)),
    ("matmul", dict(m=4096, k=4096, n=4096)),
    ("vector_add", dict(n=1 << 28)),
]
ROUNDS = 12


def measure(path: Path) -> None:
    import torch
    import triton

    from judge.engine.device import choose

    device = choose("cuda")
    rows = []
    for name, shape in KERNELS:
        rows.append(_measure_one(name, shape, device))
        if len(rows) > 1:  # CUPTI stays attached to a process
            rows[-1]["events_us_before_cupti"] = None
        print(rows[-1], flush=True)
        torch.cuda.empty_cache()
    data = dict(
        device=device.name,
        driver=device.driver,
        torch=torch.__version__,
        triton=triton.__version__,
        rows=rows,
    )
    path.write_text(json.dumps(data, indent=1) + "\n")


def _measure_one(name: str, shape: dict[str, Any], device: Any) -> dict[str, Any]:
    import importlib.util

    import torch
    import triton

    solution = ROOT / "solutions" / f"{name}.py"
    with recorded(name, solution, shape, device) as (side, sizes):
        median, interval = judged(side, sizes)
        with filled(side, sizes) as pool:
            told = cupti(side, pool)
            spec = importlib.util.spec_from_file_location("solution", solution)
            assert spec and spec.loader
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            sets = [[pool.view(k, t) for t in sizes.tensors] for k in range(min(side.calls, 32))]
            events = _events(module.solve, sets)
            bench = triton.testing.do_bench(lambda: module.solve(*sets[0]), return_mode="median")
            torch.cuda.synchronize()
            del sets
        return dict(
            kernel=f"{name} {side.case.name}",
            calls=side.calls,
            judge_us=median,
            judge_ci95_us=interval,
            **told,
            do_bench_us=round(bench * 1e3, 3),
            events_us=round(events, 3),
        )


@contextlib.contextmanager
def recorded(challenge: str, path: Path, shape: dict[str, Any], device: Any) -> Iterator[tuple[Any, Any]]:
    """A solution's recording on a shape, as the replay clock times it, and the sizes of a call."""
    from judge.challenges.finding import find_challenge
    from judge.challenges.protocol import Case, sizes_of
    from judge.judging.calls import SizedCase
    from judge.judging.loading import send_solution
    from judge.judging.recorded import record
    from judge.judging.replay_clock import ReplaySide
    from judge.judging.session import Session
    from judge.judging.tolerance import OwnError
    from judge.solutions.finding import read_solution

    case = Case(1, shape, 1)
    with (
        Session(find_challenge(str(ROOT / "challenges" / challenge)), device) as session,
        session.on_device(),
    ):
        runner = session.start_runner()
        with session.timing():
            session.wait_ready(runner)
            send_solution(runner, read_solution(path), session.challenge, session.seconds)
            runner.wait_done(session.seconds)
            sizes = sizes_of(session.challenge, case, session.torch_device)
            recording = record(runner, session, SizedCase(case, sizes))
            runner.close()
            errors = {(t.name, t.dtype): OwnError(1.0, 0.0) for t in sizes.outputs}
            yield ReplaySide(recording, session, session.challenge, case, errors=errors), sizes


def judged(side: Any, sizes: Any) -> tuple[float, tuple[float, float]]:
    """The judge's time of a recording, and its interval. Afterwards `side.calls` are those of a long pass."""
    from judge.judging.replay_times import time_replays

    [timed] = time_replays([side], sizes, side.session.device, 0.8, needed=side)
    assert timed.timing
    return timed.timing.median_us, timed.timing.ci95_us


@contextlib.contextmanager
def filled(side: Any, sizes: Any) -> Iterator[Any]:
    """A pool with a set for each call of a long pass, with inputs in it."""
    from judge.challenges.protocol import drawn
    from judge.engine.buffers import Pool

    device = side.session.torch_device
    with Pool(sizes.tensors, device, "ipc", side.calls) as pool:
        for k in range(side.calls):
            pool.write(k, drawn(side.challenge, side.case.shape, k, device))
        yield pool


def cupti(side: Any, pool: Any) -> dict[str, float]:
    """The same chains of calls, with and without CUPTI in turn. By CUPTI: the time from the start of a call's
    first node to the end of its last, and the gap to the next call. By events: a call in a chain.
    """
    import torch
    from torch.profiler import ProfilerActivity, profile

    from judge.engine.memory import OwnMemory
    from judge.player.replay import Replay

    recording, session, calls = side.recording, side.session, side.calls
    memory = OwnMemory(recording.memory, session.torch_device)
    base = memory.address  # this process is also the player
    memory.settle(base)
    replay = Replay(recording)
    replay.place(pool.memory.data_ptr(), pool.stride, [base + offset for _, offset in memory.rows])
    stream = torch.cuda.Stream()
    raw = c_void_p(stream.cuda_stream)
    per_call = len(recording.nodes)
    few = max(2, calls // 4)
    slopes: dict[str, list[float]] = {"before": [], "without": [], "with": []}
    durations, gaps, periods = [], [], []
    for turn in range(-ROUNDS, 2 * ROUNDS):
        with_cupti = turn >= 0 and bool(turn % 2)
        kind = "before" if turn < 0 else "with" if with_cupti else "without"
        took = {}
        for count in (few, calls):
            chain = replay.chain(range(count), raw)
            memory.restore()
            session.flush_l2(2)
            torch.cuda.synchronize()
            if with_cupti:
                with profile(activities=[ProfilerActivity.CUDA]) as profiler:
                    chain.launch(raw)
                    stream.synchronize()
            else:
                chain.launch(raw)
                stream.synchronize()
            took[count] = chain.elapsed_us()
            chain.close()
        slopes[kind].append((took[calls] - took[few]) / (calls - few))
        if with_cupti:
            nodes = sorted(
                (e.start_ns(), e.start_ns() + e.duration_ns())
                for e in profiler.profiler.kineto_results.events()
                if "CUDA" in str(e.device_type())
            )[-calls * per_call :]
            if len(nodes) < calls * per_call:
                raise RuntimeError(f"CUPTI saw {len(nodes)} nodes of {calls} calls with {per_call} each")
            # A call begins when the one before has ended, so its nodes are together. They may overlap.
            by_call = [nodes[i : i + per_call] for i in range(0, len(nodes), per_call)]
            starts = [min(start for start, _ in each) for each in by_call]
            ends = [max(end for _, end in each) for each in by_call]
            durations += [(end - start) / 1e3 for start, end in zip(starts, ends, strict=True)]
            gaps += [(start - end) / 1e3 for start, end in zip(starts[1:], ends[:-1], strict=True)]
            steady = starts[len(starts) // 4 :]
            periods += [(after - before) / 1e3 for before, after in itertools.pairwise(steady)]
    memory.close()
    return dict(
        cupti_us=round(statistics.median(durations), 3),
        cupti_gap_us=round(statistics.median(gaps), 3),
        cupti_period_us=round(statistics.median(periods), 3),
        cupti_mean_us=round(statistics.mean(periods), 3),
        events_us_before_cupti=round(statistics.median(slopes["before"]), 3),
        events_us_without_cupti=round(statistics.median(slopes["without"]), 3),
        events_us_with_cupti=round(statistics.median(slopes["with"]), 3),
    )


def _events(solve: Any, sets: list[list[Any]]) -> float:
    """The median time between two events around one call, in microseconds: what a quick script does."""
    import torch

    times = []
    for _ in range(max(1, 100 // len(sets))):
        for arguments in sets:
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            solve(*arguments)
            end.record()
            torch.cuda.synchronize()
            times.append(begin.elapsed_time(end) * 1e3)
    return statistics.median(times)


def table() -> str:
    """The table of docs/clock.md, from the recorded data."""
    data = json.loads((DOCS / "clock.json").read_text())
    lines = [
        f"{data['device']}, driver {data['driver']}, torch {data['torch']}, triton {data['triton']}; "
        "microseconds, in brackets the difference from CUPTI's call and gap together.",
        "",
        "| kernel | CUPTI: call | gap | this clock | do_bench | plain events |",
        "|---|---|---|---|---|---|",
    ]
    for row in data["rows"]:
        truth = row["cupti_period_us"]
        cells = [
            f"{row[c]:.2f} ({100 * (row[c] / truth - 1):+.1f} %)"
            for c in ("judge_us", "do_bench_us", "events_us")
        ]
        call = f"{row['cupti_us']:.2f} | {row['cupti_gap_us']:.2f}"
        lines.append(f"| {row['kernel']} | {call} | {' | '.join(cells)} |")
    return "\n".join(lines)


def page() -> str:
    """The text of docs/clock.md, with its tables up to date."""
    text = (DOCS / "clock.md").read_text()
    for mark, part in (("table", table()), ("steady", steady.part())):
        begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
        text = f"{text.split(begin)[0]}{begin}\n{part}\n{end}{text.split(end)[1]}"
    return text


if __name__ == "__main__":
    measure(Path(sys.argv[1]) if sys.argv[1:] else DOCS / "clock.json")
