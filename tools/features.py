"""Judges every file of tests/replayed on one GPU, measures the same chains of calls with CUPTI, and prints a
table.

python tools/features.py                     all, each in a judge of its own
python tools/features.py --only cluster      one; may be given again
python tools/features.py --part 1/4          the first of four parts
python tools/features.py --no-cupti          only the verdicts
python tools/features.py --json rows.json    also write the rows
python tools/features.py --compile           without a GPU: compile the kernels for sm_90
python tools/features.py --mutations 200     in their place: replay damaged recordings
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import attacks
import clock

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests" / "replayed"
SECONDS = 150.0  # for a judge, and for CUPTI
MARK = "rows: "  # before what a process of --measure has found


@dataclass(frozen=True)
class Feature:
    name: str
    challenge: str = "vector_add"

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.py"


FEATURES = [
    # launches
    Feature("programmatic_pair"),
    Feature("cooperative"),
    Feature("cluster"),
    Feature("cluster_of_16"),
    Feature("shared_200k"),
    Feature("two_shared_sizes"),
    Feature("many_parameters"),
    Feature("nonce"),
    Feature("two_variants"),
    Feature("two_streams"),
    # memory
    Feature("constant_table"),
    Feature("global_table"),
    Feature("kept_in_text"),
    Feature("lookup_table"),
    Feature("pointer_table"),
    Feature("allocates"),
    Feature("memset_and_copy"),
    Feature("tensor_map_host"),
    Feature("tensor_map_device"),
    # kernels of others
    Feature("pytorch_call"),
    Feature("pytorch_structs"),
    Feature("library_call", "matmul"),
]


@dataclass
class Row:
    """A feature on one benchmark case, or on none if there are no times. `difference` is that of the judge
    from CUPTI's call and gap together, in per cent.
    """

    feature: str
    case: str
    holds: bool
    told: str
    judge_us: float | None = None
    cupti_us: float | None = None
    cupti_gap_us: float | None = None
    cupti_period_us: float | None = None
    difference: float | None = None
    nodes: int | None = None
    memory_bytes: int | None = None
    again_us: float | None = None  # the judge's clock once more, in the process that had CUPTI
    events_us_before_cupti: float | None = None  # only of a process's first case: CUPTI stays attached
    events_us_without_cupti: float | None = None
    events_us_with_cupti: float | None = None
    seconds: float = 0.0


def judge(feature: Feature, folder: Path | None = None) -> attacks.Run:
    """The verdict on a feature by the real command. A noisy one is judged once more."""
    run = attacks.judge_path(feature.challenge, feature.path, folder, SECONDS)
    if run.times and any(run.noisy.values()):
        again = attacks.judge_path(feature.challenge, feature.path, folder, SECONDS)
        again.seconds += run.seconds
        return again
    return run


def rows_of(feature: Feature, run: attacks.Run) -> list[Row]:
    """What a verdict says, case by case. It holds if each time is the replay clock's and not noisy."""
    if run.problem:
        return [Row(feature.name, "", False, run.problem, seconds=run.seconds)]
    status, method = run.verdict["status"], run.verdict["method"]
    if status != "accepted" or not run.times:
        told = run.verdict["message"].replace("\n", "; ") or "; ".join(run.verdict["warnings"])
        return [Row(feature.name, "", False, f"{status}: {told}", seconds=run.seconds)]
    rows = []
    for case, us in run.times.items():
        told = run.noisy[case] or method
        if method != "replay":
            told = f"{method}: {'; '.join(run.verdict['warnings'])}"
        holds = method == "replay" and not run.noisy[case]
        rows.append(Row(feature.name, case, holds, told, us, seconds=run.seconds))
    return rows


def add_cupti(feature: Feature, rows: list[Row]) -> None:
    """Add what CUPTI says about the same calls, measured in a process of its own."""
    told, problem = measured(feature.name)
    for row in rows:
        found = told.get(row.case, {})
        if not row.case:
            continue
        if problem or not found:
            row.told += f" (CUPTI: {problem or 'nothing'})"
            continue
        for name, value in found.items():
            setattr(row, name, value)
        if row.judge_us and row.cupti_period_us:
            row.difference = round(100 * (row.judge_us / row.cupti_period_us - 1), 2)


def measured(name: str) -> tuple[dict[str, dict[str, Any]], str]:
    """What `measure` finds in a process of its own, case by case, and what went wrong."""
    environment = dict(os.environ, PYTHONPATH=f"{ROOT}:{ROOT / 'tools'}")
    command = [sys.executable, str(ROOT / "tools" / "features.py"), "--measure", name]
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        problem = ""
        try:
            code = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its own processes die with it
            process.wait()
            problem, code = f"it did not end within {SECONDS:g} s", 0
        out.seek(0)
        lines = out.read().decode(errors="replace").strip().splitlines()
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line.startswith(MARK):
            found |= json.loads(line.removeprefix(MARK))
    if code:
        problem = f"it ended with {code}: {lines[-1][:200] if lines else 'it said nothing'}"
    return found, problem


def measure(feature: Feature) -> None:
    """Time a feature's recording with the judge's clock and with CUPTI, and print what was found."""
    import torch

    from judge.challenges.finding import find_challenge
    from judge.engine.device import choose

    device = choose("cuda")
    challenge = find_challenge(str(ROOT / "challenges" / feature.challenge)).load()
    for number, case in enumerate(challenge.benchmarks(1)):
        with clock.recorded(feature.challenge, feature.path, case.shape, device) as (side, sizes):
            median, _ = clock.judged(side, sizes)
            with clock.filled(side, sizes) as pool:
                found: dict[str, Any] = clock.cupti(side, pool)
            found |= dict(
                nodes=len(side.recording.nodes),
                memory_bytes=sum(each.size for each in side.recording.memory),
                again_us=median,
            )
            if number:
                found["events_us_before_cupti"] = None
        print(MARK + json.dumps({case.name: found}), flush=True)
        torch.cuda.empty_cache()


def table(rows: Iterable[Row], head: bool = True) -> str:
    def number(value: float | None, width: int, sign: str = "") -> str:
        return f"{'' if value is None else format(value, f'{sign}.2f'):>{width}}"

    lines = [
        f"{'':<6}{'feature':<19}{'case':<22}{'judge µs':>10}{'CUPTI µs':>10}{'gap':>7}{'diff %':>8}"
        f"{'nodes':>6}  s    told"
    ]
    for row in rows:
        lines.append(
            f"{'ok' if row.holds else 'FAILS':<6}{row.feature:<19}{row.case:<22}{number(row.judge_us, 10)}"
            f"{number(row.cupti_us, 10)}{number(row.cupti_gap_us, 7)}{number(row.difference, 8, '+')}"
            f"{row.nodes or '':>6}  {row.seconds:<5.0f}{row.told[:200]}"
        )
    return "\n".join(lines if head else lines[1:])


def run_all(features: list[Feature], path: str, with_cupti: bool) -> bool:
    """Judge features, print each as soon as it is judged, and write the rows. Whether all hold."""
    found: list[Row] = []
    for feature in features:
        try:
            rows = rows_of(feature, judge(feature))
            if with_cupti:
                add_cupti(feature, rows)
        except Exception as error:
            rows = [Row(feature.name, "", False, f"{type(error).__name__}: {error}")]
        print(table(rows, head=not found), flush=True)
        found += rows
        if path:
            Path(path).write_text(json.dumps([asdict(row) for row in found], indent=1) + "\n")
    broken = sorted({row.feature for row in found if not row.holds})
    print(f"{len(broken)} of {len(features)} fail: {', '.join(broken) or 'none'}")
    return not broken


# -- damaged recordings -------------------------------------------------------------------------------

SMALL: dict[str, dict[str, Any]] = {"softmax": dict(rows=64, cols=1000), "vector_add": dict(n=4099)}
CALL_SECONDS = 5.0  # for each answer of a player
SPARE = 3  # players that start while others replay
MOST_SECONDS = 300.0  # for all
RIGHT, WRONG = "right", "ACCEPTED THOUGH WRONG"
FAULTS = (WRONG, "THE JUDGE FAILED")


def run_mutations(count: int, seed: int, path: str) -> bool:
    """Replay damaged recordings that the validator takes. Whether none was accepted with wrong outputs."""
    from judge.engine.device import choose

    device, rows = choose("cuda"), list[dict[str, Any]]()
    began = time.monotonic()
    for i, name in enumerate(SMALL):
        mine = count // len(SMALL) + (i < count % len(SMALL))
        try:
            _mutate(name, mine, seed, device, rows, began + MOST_SECONDS * (i + 1) / len(SMALL))
        except Exception as error:
            rows.append(dict(challenge=name, outcome=FAULTS[1], told=f"{type(error).__name__}: {error}"))
        if path:
            Path(path).write_text(json.dumps(rows, indent=1) + "\n")
    for (name, outcome), times in sorted(Counter((r["challenge"], r["outcome"]) for r in rows).items()):
        print(f"{times:>5}  {name:<12}{outcome}")
    for row in rows:
        if row["outcome"] in FAULTS:
            print(row)
    print(f"{len(rows)} of {count} damaged recordings in {time.monotonic() - began:.0f} s")
    return bool(rows) and not any(row["outcome"] in FAULTS for row in rows)


def _mutate(name: str, count: int, seed: int, device: Any, rows: list[dict[str, Any]], until: float) -> None:
    sys.path.append(str(ROOT / "tests"))
    import mutations
    import torch

    from judge.challenges.finding import find_challenge
    from judge.challenges.protocol import Case
    from judge.engine.buffers import Pool
    from judge.engine.player import Player
    from judge.judging.replay_clock import ReplaySide
    from judge.judging.session import Session
    from judge.protocol.recording import encode
    from judge.protocol.validation import decode

    class OnePlayer(Session):
        """A session whose recordings share a player as long as it lives. Some spare ones start meanwhile."""

        player: Player | None = None

        def start_player(self) -> Player:
            if self.player is None or self.player.closed or self.player.process.poll() is not None:
                while len(spare) <= SPARE:
                    spare.append(self._kept(Player(self.device.visible)))
                self.player = spare.popleft()
            self.wait_ready(self.player)
            return self.player

    spare: deque[Player] = deque()
    with clock.recorded(name, ROOT / "solutions" / f"{name}.py", SMALL[name], device) as (side, sizes):
        data, errors = encode(side.recording), side.errors
    with Pool(sizes.tensors, device.torch_name, "ipc", 1) as pool:
        set_bytes = pool.stride
    major, minor = torch.cuda.get_device_capability(device.torch_name)
    architecture = 10 * major + minor
    found = find_challenge(str(ROOT / "challenges" / name))
    with OnePlayer(found, device, CALL_SECONDS) as session, session.on_device(), session.timing():
        damaged = mutations.accepted(data, set_bytes, count, random.Random(seed), architecture)
        for number, each in enumerate(damaged):
            if time.monotonic() > until:
                break
            began = time.monotonic()
            recording = decode(each, set_bytes, architecture)
            case = Case(1, SMALL[name], 1)
            one = ReplaySide(recording, session, session.challenge, case, errors=errors)
            outcome, told = _outcome(one, sizes)
            seconds = round(time.monotonic() - began, 2)
            rows.append(dict(challenge=name, number=number, outcome=outcome, told=told, seconds=seconds))
            if [row["outcome"] for row in rows[-3:]] == 3 * [FAULTS[1]]:
                break  # nothing works any more


def _outcome(side: Any, sizes: Any) -> tuple[str, str]:
    """What becomes of a damaged recording, and the reason."""
    from judge.engine.answers import NotReplayable
    from judge.verdict.failure import Failure

    try:
        try:
            side.prepare(sizes)
            side.run(side.calls)
            wrong = _wrong_sets(side)
            outcome = (WRONG, f"{wrong} of {side.calls} sets") if wrong else (RIGHT, "")
        except NotReplayable as error:
            outcome = "refused by the driver", str(error)
        except Failure as failure:
            side.release()  # the next one gets another player
            return f"failed: {failure.status}", failure.message.partition("\n")[0]
        except MemoryError as error:
            outcome = "no memory for it", str(error)
        # The player goes on with the next recording.
        side.rest()
        side._player = None
        return outcome
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        try:
            side.release()
        except Exception as another:
            told += f"; then {type(another).__name__}: {another}"
        return FAULTS[1], told


def _wrong_sets(side: Any) -> int:
    """The number of sets that are wrong after a pass of all calls, by arithmetic that is not the judge's."""
    import torch

    wrong = called = 0
    for k, inputs in enumerate(side._place.refill.inputs):
        [(name, got)] = side._place.pool.read(k).items()
        if bool(side._place.pool.unwritten(name, got).all()):
            continue
        called += 1
        wide = [each.double() for each in inputs.values()]
        is_sum = side.challenge.name == "vector_add"
        want = wide[0] + wide[1] if is_sum else wide[0].softmax(-1)
        # About what the judge allows, which goes by the size of the answers: 1, and 0.002.
        close = torch.isclose(got.double(), want, rtol=6e-6, atol=5e-5 if is_sum else 1e-7, equal_nan=True)
        wrong += not bool(close.all())
    return wrong + abs(called - side.calls)


# -- without a GPU ------------------------------------------------------------------------------------


def source_of(path: Path) -> str:
    """The CUDA C++ in a file, "" if there is none."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, "SOURCE", "")


def compile_file(path: Path) -> str:
    """Compile a file's kernels for sm_90. Returns what is wrong, "" if nothing is."""
    source = source_of(path)
    if source:
        return _compile_cuda(source, path.stem)
    if "triton" not in path.read_text():
        return ""
    code = f"import attacks; from pathlib import Path; print(*attacks.compile_file(Path({str(path)!r})))"
    environment = dict(os.environ, PYTHONPATH=f"{ROOT}:{ROOT / 'tools'}")
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=ROOT
    )
    return (done.stdout + done.stderr).strip()


def _compile_cuda(source: str, name: str) -> str:
    from judge.protocol.cubin import read_cubin

    if not shutil.which("nvcc"):
        return "there is no nvcc"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file.cu").write_text(source)
        command = ["nvcc", "-cubin", "-arch=sm_90", "-o", "file.cubin", "file.cu"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode or done.stderr.strip():
            return done.stdout + done.stderr
        image = (Path(folder) / "file.cubin").read_bytes()
    read_cubin(image)  # raises BadImage
    return "" if f"replayed_{name}\0".encode() in image else "the kernel is not in the image"


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge and measure what the replay clock can replay.")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="only the I-th of N parts")
    parser.add_argument("--json", default="", metavar="PATH", help="where to write the rows")
    parser.add_argument("--no-cupti", action="store_true", help="only the verdicts")
    parser.add_argument("--compile", action="store_true", help="only compile, for sm_90, without a GPU")
    parser.add_argument("--mutations", type=int, default=0, metavar="N", help="replay N damaged recordings")
    parser.add_argument("--seed", type=int, default=1, help="of the damage")
    parser.add_argument("--measure", default="", help=argparse.SUPPRESS)  # one, in this process
    given = parser.parse_args()
    names = {each.name: each for each in FEATURES}
    unknown = {*given.only, *filter(None, [given.measure])} - names.keys()
    if unknown:
        parser.error(f"no such feature: {', '.join(sorted(unknown))}")
    if given.measure:
        measure(names[given.measure])
        return
    if given.mutations:
        sys.exit(0 if run_mutations(given.mutations, given.seed, given.json) else 1)
    wanted = [each for each in FEATURES if not given.only or each.name in given.only]
    part, parts = map(int, given.part.split("/"))
    wanted = wanted[len(wanted) * (part - 1) // parts : len(wanted) * part // parts]
    if given.compile:
        told = {each.name: compile_file(each.path) for each in wanted}
        for name, problem in told.items():
            print(f"{'FAILS' if problem else 'ok':<6}{name} {problem[-2000:]}")
        sys.exit(1 if any(told.values()) else 0)
    sys.exit(0 if run_all(wanted, given.json, not given.no_cupti) else 1)


if __name__ == "__main__":
    main()
