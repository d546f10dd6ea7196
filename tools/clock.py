"""Four clocks on the same kernels in one run: this one, CUPTI, triton.testing.do_bench, and plain events.

python tools/clock.py               on a GPU; writes docs/clock.json, from which tools/write.py makes a table
"""

import importlib.util
import json
import statistics
from pathlib import Path

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
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def measure() -> None:
    import torch
    import triton

    from judge.challenges.finding import find_challenge
    from judge.challenges.protocol import Case, drawn, sizes_of
    from judge.engine.buffers import Pool
    from judge.engine.device import choose
    from judge.judging.clock import Side
    from judge.judging.clock import measure as judge_clock
    from judge.judging.loading import send_solution
    from judge.judging.session import Session
    from judge.judging.tolerance import OwnError
    from judge.solutions.finding import read_solution

    device = choose("cuda")
    rows = []
    for name, shape in KERNELS:
        solution = ROOT / "solutions" / f"{name}.py"
        case = Case(1, shape, 1)
        with Session(find_challenge(str(ROOT / "challenges" / name)), device) as session:
            runner = session.start_runner()
            challenge = session.challenge
            with session.on_device(), session.timing():
                session.wait_ready(runner)
                send_solution(runner, read_solution(solution), challenge)
                runner.wait_done(session.seconds)
                sizes = sizes_of(challenge, case, session.torch_device)
                errors = {p.name: OwnError(1.0, 0.0) for p in challenge.signature.outputs}
                side = Side(runner, session, challenge, case, errors=errors)
                side.prepare(sizes)
                [timing] = judge_clock([side], 1.0)
                count = side.pool.count if side.pool else 1
                side.release()

                # The other clocks see the same rotation over the same number of sets, in this process.
                spec = importlib.util.spec_from_file_location("solution", solution)
                assert spec and spec.loader
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                pool = Pool(sizes.tensors, session.torch_device, "ipc", count)
                sets = []
                for k in range(count):
                    pool.write(k, drawn(challenge, shape, k, session.torch_device))
                    sets.append([pool.view(k, t) for t in sizes.tensors])
                cupti = _cupti(module.solve, sets)
                events = _events(module.solve, sets)
                bench = triton.testing.do_bench(lambda s=sets[0], f=module.solve: f(*s), return_mode="median")
                rows.append(
                    dict(
                        kernel=f"{name} {case.name}",
                        sets=count,
                        cupti_us=round(cupti, 3),
                        judge_us=round(timing.median_us, 3),
                        judge_ci95_us=timing.ci95_us,
                        do_bench_us=round(bench * 1e3, 3),
                        events_us=round(events, 3),
                    )
                )
                print(rows[-1], flush=True)
                del sets
                pool.close()
                torch.cuda.empty_cache()
    data = dict(
        device=device.name,
        driver=device.driver,
        torch=torch.__version__,
        triton=triton.__version__,
        rows=rows,
    )
    (DOCS / "clock.json").write_text(json.dumps(data, indent=1) + "\n")


def _cupti(solve, sets: list) -> float:  # type: ignore[no-untyped-def, type-arg]
    """The median time of one call's kernels as CUPTI sees them, in microseconds."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    for arguments in sets:
        solve(*arguments)
    torch.cuda.synchronize()
    rounds = max(1, 200 // len(sets))
    with profile(activities=[ProfilerActivity.CUDA]) as profiler:
        for _ in range(rounds):
            for arguments in sets:
                solve(*arguments)
        torch.cuda.synchronize()
    kernels = sorted(
        (e for e in profiler.events() if e.device_type.name == "CUDA"), key=lambda e: e.time_range.start
    )
    durations = [e.time_range.elapsed_us() for e in kernels]
    per_call = len(durations) // (rounds * len(sets))
    calls = [sum(durations[i : i + per_call]) for i in range(0, len(durations), per_call)]
    return statistics.median(calls)


def _events(solve, sets: list) -> float:  # type: ignore[no-untyped-def, type-arg]
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
        "medians in microseconds, in brackets the difference from CUPTI.",
        "",
        "| kernel | CUPTI | this clock | do_bench | plain events |",
        "|---|---|---|---|---|",
    ]
    for row in data["rows"]:
        truth = row["cupti_us"]
        cells = [
            f"{row[c]:.2f} ({100 * (row[c] / truth - 1):+.0f} %)"
            for c in ("judge_us", "do_bench_us", "events_us")
        ]
        lines.append(f"| {row['kernel']} | {truth:.2f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def page() -> str:
    """The text of docs/clock.md, with its table up to date."""
    text = (DOCS / "clock.md").read_text()
    return f"{text.split(BEGIN)[0]}{BEGIN}\n{table()}\n{END}{text.split(END)[1]}"


if __name__ == "__main__":
    measure()
