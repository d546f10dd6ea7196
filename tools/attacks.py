"""Judges every attack of tests/attacks on one GPU, beside an honest file, and prints a table.

python tools/attacks.py                     all, each in a judge of its own
python tools/attacks.py --only postpone     one; may be given again
python tools/attacks.py --json rows.json    also write the rows
python tools/attacks.py --compile           without a GPU: compile what they launch, for sm_90
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests" / "attacks"
SECONDS = 120.0  # for a judge, the start of Python included
CALL_SECONDS = 20  # for a call of a submission
AT_LEAST = 0.97  # of the honest time
MEMORY_MIB = 4096  # that a judge may need beyond what an honest file needs

# What is asked of a verdict. Everywhere: the judge ends in time, by itself, with a verdict.
NO_GAIN = "no gain"  # refused, noisy, timed by the process clock, or not faster than the honest file
REFUSED = "refused"  # not accepted: what was timed is not right on all values, or not on all sets
BY_PROCESS = "by process"  # accepted with the process clock, and no faster than the honest file there
KNOWN = "known"  # the process clock cannot see it: what counts is that it is ranked apart


@dataclass(frozen=True)
class Attack:
    name: str
    expects: str = NO_GAIN
    challenge: str = "vector_add"

    @property
    def honest(self) -> str:
        return "honest_process" if self.expects in (BY_PROCESS, KNOWN) else f"honest_{self.challenge}"


ATTACKS = [
    # the number and the order of calls
    Attack("slow_short"),
    Attack("slow_first_calls"),
    Attack("slow_until_chosen"),
    Attack("spin_by_poison"),
    Attack("one_launch_for_all"),
    Attack("overlap"),
    Attack("resident"),
    Attack("postpone", REFUSED),
    Attack("groups_of_eight"),
    Attack("groups_after_ten"),
    Attack("first_computes_all", challenge="matmul"),
    Attack("chooses_few_calls", challenge="matmul"),
    Attack("reads_next_parameters"),
    Attack("rewrites_next_parameters"),
    # laziness
    Attack("bfloat16_while_captured", REFUSED),
    Attack("float8_while_captured", REFUSED, "matmul"),
    Attack("softmax_without_maximum", REFUSED, "softmax"),
    Attack("lazy_after_first_call", REFUSED, "softmax"),
    Attack("lazy_after_judging", challenge="softmax"),
    Attack("lazy_after_a_while", challenge="softmax"),
    # memory
    Attack("overwrites_timestamps"),
    Attack("searches_for_seed"),
    Attack("takes_memory"),
    Attack("takes_local_memory"),
    Attack("writes_neighbour", REFUSED),
    Attack("changes_input_later", REFUSED),
    # what depends on values or on chance
    Attack("grid_from_cached_item"),
    Attack("autotune_liar"),
    # the submission's own process
    Attack("patches_clocks"),
    Attack("forges_host_address", REFUSED),
    Attack("forges_long_parameters"),
    Attack("forges_unknown_node"),
    Attack("forges_foreign_attribute"),
    Attack("forges_nesting"),
    Attack("forges_size"),
    Attack("forges_grid", REFUSED),
    Attack("forges_image"),
    Attack("forges_copies"),
    Attack("forges_blobs"),
    Attack("forges_symbols"),
    Attack("forges_choices"),
    Attack("record_exits", REFUSED),
    Attack("record_hangs", REFUSED),
    Attack("record_nonsense"),
    Attack("claims_not_replayable"),
    # faults while replayed
    Attack("address_as_constant"),
    Attack("never_ends_later", REFUSED),
    Attack("never_ends_after_slow_start", REFUSED),
    Attack("traps_later", REFUSED),
    # the process clock
    Attack("process_slow_short", BY_PROCESS),
    Attack("process_slow_until_chosen", BY_PROCESS),
    Attack("process_takes_memory", BY_PROCESS),
    Attack("process_overlap", KNOWN),
    Attack("process_postpone", KNOWN),
]


@dataclass
class Run:
    """How a judge ended: its verdict, or why there is none."""

    verdict: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    seconds: float = 0.0
    memory_mib: int = 0  # the most that it, or one of its processes, held

    @property
    def times(self) -> dict[str, float]:
        return {case["name"]: case["median_us"] for case in self.verdict.get("benchmarks", [])}

    @property
    def noisy(self) -> dict[str, str]:
        return {case["name"]: case["noisy"] for case in self.verdict.get("benchmarks", [])}


@dataclass
class Row:
    """An attack on one benchmark case, or on none if it was refused."""

    attack: str
    case: str
    honest_us: float | None
    attack_us: float | None
    told: str  # the status and the reason, the noise, or the method
    holds: bool
    seconds: float
    memory_mib: int


def judge_file(challenge: str, name: str, folder: Path | None = None, seconds: float = SECONDS) -> Run:
    """Judge a file of tests/attacks in a process of its own, with its caches and temporary files in
    `folder`.
    """
    return judge_path(challenge, FOLDER / f"{name}.py", folder, seconds)


def judge_path(challenge: str, path: Path, folder: Path | None = None, seconds: float = SECONDS) -> Run:
    """The same for any file."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    if folder:
        environment |= dict(TMPDIR=str(folder))
    command = [sys.executable, "-m", "judge", "submit", challenge, str(path)]
    command += ["--device", "cuda", "--no-record", "--json", "--timeout", str(CALL_SECONDS)]
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=out, stderr=errors, start_new_session=True
        )
        late = False
        while True:
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            if time.monotonic() - began > seconds and not late:
                late = True
                os.killpg(process.pid, signal.SIGKILL)  # its own processes die with it
            time.sleep(0.05)
        process.returncode = os.waitstatus_to_exitcode(status)
        run = Run(seconds=round(time.monotonic() - began, 1), memory_mib=used.ru_maxrss >> 10)
        out.seek(0)
        errors.seek(0)
        text, said = out.read(), errors.read().decode(errors="replace")
    if late:
        run.problem = f"the judge did not end within {seconds:g} s"
        return run
    try:
        run.verdict = json.loads(text)
    except ValueError:
        last = next(iter(said.strip().splitlines()[-1:]), "it said nothing")
        run.problem = f"the judge ended with {process.returncode} and no verdict: {last[:200]}"
    return run


@cache
def honest_run(challenge: str, name: str) -> Run:
    """The honest file, judged once."""
    return judge_file(challenge, name)


def rows_of(attack: Attack, run: Run, honest: Run) -> list[Row]:
    """What an attack has come to, case by case."""

    def row(case: str, told: str, holds: bool) -> Row:
        times = honest.times.get(case), run.times.get(case)
        return Row(attack.name, case, *times, told, holds and greed == "", run.seconds, run.memory_mib)

    greed = ""
    if honest.verdict and run.memory_mib > honest.memory_mib + MEMORY_MIB:
        greed = f"the judge needed {run.memory_mib} MiB of memory, {honest.memory_mib} for an honest file; "
    if run.problem:
        return [row("", run.problem, False)]
    status, message = run.verdict["status"], run.verdict["message"].partition("\n")[0]
    if status != "accepted":
        return [row("", f"{greed}{status}: {message}", attack.expects not in (BY_PROCESS, KNOWN))]
    method, found = run.verdict["method"], []
    for case, us in run.times.items():
        told = f"{greed}{run.noisy[case] or method}"
        limit = AT_LEAST * honest.times.get(case, float("inf"))
        slower = us >= limit and honest.verdict.get("method") == method
        if attack.expects == REFUSED:
            holds = False
        elif attack.expects == KNOWN:
            holds = method == "process"
        elif attack.expects == BY_PROCESS:
            holds = method == "process" and (slower or bool(run.noisy[case]))
        else:
            holds = slower or bool(run.noisy[case]) or method == "process"
        found.append(row(case, told, holds))
    return found or [
        row("", f"{greed}no times: {'; '.join(run.verdict['warnings'])}", attack.expects != REFUSED)
    ]


def table(rows: Iterable[Row]) -> str:
    def us(value: float | None) -> str:
        return "" if value is None else f"{value:.2f}"

    lines = [f"{'':<5}{'attack':<27}{'case':<26}{'honest µs':>10}{'attack µs':>11}  s    told"]
    for row in rows:
        lines.append(
            f"{'ok' if row.holds else 'HOLE':<5}{row.attack:<27}{row.case:<26}{us(row.honest_us):>10}"
            f"{us(row.attack_us):>11}  {row.seconds:<5.0f}{row.told[:140]}"
        )
    return "\n".join(lines)


def run_all(attacks: list[Attack], path: str) -> bool:
    """Judge the attacks, print each as soon as it is judged, and write the rows. Whether all hold."""
    found: list[Row] = []
    for attack in attacks:
        try:
            honest = honest_run(attack.challenge, attack.honest)
            rows = rows_of(attack, judge_file(attack.challenge, attack.name), honest)
            if honest.problem or not honest.times:
                rows[0].told += f" ({attack.honest}: {honest.problem or honest.verdict.get('message')})"
        except Exception as error:
            rows = [Row(attack.name, "", None, None, f"{type(error).__name__}: {error}", False, 0.0, 0)]
        print(table(rows).partition("\n")[2] if found else table(rows), flush=True)
        found += rows
        if path:
            Path(path).write_text(json.dumps([asdict(row) for row in found], indent=1) + "\n")
    broken = sorted({row.attack for row in found if not row.holds})
    print(f"{len(broken)} of {len({row.attack for row in found})} do not hold: {', '.join(broken) or 'none'}")
    return not broken


# -- without a GPU ------------------------------------------------------------------------------------

SHAPES = {
    "vector_add": [((1 << 20,),) * 3, ((25_000_000,),) * 3],
    "softmax": [((1024, 1024),) * 2, ((4096, 8192),) * 2],
    "matmul": [((4096, 4096),) * 3, ((2000, 1000), (1000, 3000), (2000, 3000))],
}
HOPPER = dict(number=90, shared_block=232_448, shared=233_472, registers=65_536, warps=64)


def compile_file(path: Path) -> list[str]:
    """Compile for sm_90 what a file launches on the benchmarks, while captured and while not. Returns the
    errors. It changes Triton's driver for good: use a process of its own.
    """
    import importlib.util
    from unittest.mock import MagicMock, patch

    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    from judge.runner.compilation import compile_launches, recorded

    spec = importlib.util.spec_from_file_location("submission", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["submission"] = module
    spec.loader.exec_module(module)
    dtype = torch.float16 if module.CHALLENGE == "matmul" else torch.float32
    found = []
    for capturing in (False, True):
        for shapes in SHAPES[module.CHALLENGE]:
            with (
                FakeTensorMode(),
                recorded(HOPPER, str(shapes[0])) as launches,
                patch.object(torch.cuda, "is_current_stream_capturing", lambda now=capturing: now),
                patch.multiple(
                    torch.cuda,
                    Stream=MagicMock(),
                    stream=MagicMock(),
                    current_stream=MagicMock(),
                    synchronize=MagicMock(),
                ),
                patch.object(torch.Tensor, "item", lambda self: 0.5),
                patch.object(module, "launch", getattr(module, "launch", None), create=True) as launch,
            ):
                if launch and not capturing:
                    module.launch = lambda *_, **__: None
                getattr(module, "kept", {}).clear()  # tensors of another FakeTensorMode
                if hasattr(module, "fill"):
                    module.fill = lambda *_: None  # it calls the driver
                module.solve(*(torch.empty(shape, dtype=dtype, device="cuda") for shape in shapes))
            found += launches
    assert found, "nothing was launched"
    told = [*compile_launches(found, HOPPER, "")]
    return [f"{each['kernel']} {each['case']}: {each['error']}" for each in told if "error" in each]


def compile_all(only: list[str]) -> bool:
    right = True
    for path in sorted(FOLDER.glob("*.py")):
        if not only or path.stem in only:
            code = (
                f"import attacks; from pathlib import Path; print(*attacks.compile_file(Path({str(path)!r})))"
            )
            environment = dict(os.environ, PYTHONPATH=f"{ROOT}:{ROOT / 'tools'}")
            done = subprocess.run(
                [sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=ROOT
            )
            told = (done.stdout + done.stderr).strip()
            right = right and not told
            print(f"{'ok' if not told else 'FAILS':<6}{path.stem} {told[-2000:]}", flush=True)
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge every attack beside an honest file.")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="only the I-th of N parts")
    parser.add_argument("--json", default="", metavar="PATH", help="where to write the rows")
    parser.add_argument("--compile", action="store_true", help="only compile, for sm_90, without a GPU")
    given = parser.parse_args()
    unknown = set(given.only) - {path.stem for path in FOLDER.glob("*.py")}
    if unknown:
        parser.error(f"no such attack: {', '.join(sorted(unknown))}")
    wanted = [each for each in ATTACKS if not given.only or each.name in given.only]
    part, parts = map(int, given.part.split("/"))
    wanted = wanted[len(wanted) * (part - 1) // parts : len(wanted) * part // parts]
    held = compile_all(given.only) if given.compile else run_all(wanted, given.json)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
