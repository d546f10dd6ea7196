"""The way of a submission, from a file to a verdict. Read it from top to bottom."""

import importlib.metadata
import re
import shlex
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from judge import __version__
from judge.device import Device, Lock, choose
from judge.errors import BadInput
from judge.process import BadSolution, Runner
from judge.verdict import Failure, Verdict
from judge.workspace import Solution, challenge_hash, find_challenge, find_solution

if TYPE_CHECKING:
    from judge.leaderboard import Leaderboard

SECONDS = 60.0
SUBMISSION_NAME = "solution.py"


@dataclass(frozen=True)
class Options:
    """What the command line can ask for. `timed` and `record` are off for `judge run`."""

    device: str = "auto"
    seed: int | None = None
    case: int | None = None
    seconds: float = SECONDS
    baselines: tuple[str, ...] = ("torch",)
    author: str | None = None
    database: str | None = None
    timed: bool = True
    record: bool = True
    require_sandbox: bool = False


@dataclass(frozen=True)
class Observer:
    """Who is told on the way: `say` a line for people, `progress` what is being done and how far it is."""

    say: Callable[[str], None] = lambda line: None
    progress: Callable[[str, int, int], None] = lambda what, done, total: None


def submit(
    challenge_name: str,
    solution_name: str,
    options: Options,
    observer: Observer,
    waiting: Runner | None = None,
) -> Verdict:
    """Judge one solution. Raises BadInput for what the user can mend; all else is in the verdict.

    `waiting` is a runner that has been started already; whoever started it closes it. One that has judged
    before has been in a submission's hands: let it judge again only what you wrote yourself.
    """
    folder = find_challenge(challenge_name)
    digest = challenge_hash(folder)
    solution = find_solution(solution_name)
    device = choose(options.device)
    timed = options.timed and options.case is None and device.is_gpu
    if not device.is_gpu and options.device == "auto":
        observer.say("no GPU: judging correctness only, on Triton's interpreter")

    with ExitStack() as stack:
        # The runners import torch while the judge does: from here on, three processes are busy.
        kind = "cuda" if device.is_gpu else "cpu"
        runner = waiting or stack.enter_context(Runner(kind, device.visible))
        names = options.baselines if timed else ()
        baselines = {n: stack.enter_context(Runner(kind, device.visible, triton=False)) for n in names}
        board = None
        if options.record and options.case is None:
            from judge.leaderboard import Leaderboard

            board = Leaderboard(options.database)
            board.reach()  # an unreachable database is better known before the work than after
        verdict = _judge(folder, solution, device, runner, baselines, options, observer)
        if verdict.status != "accepted":
            verdict.output = clean(
                runner.output().replace(str(runner.scratch / SUBMISSION_NAME), solution.title)
            )
        verdict.message = clean(verdict.message)
        if board:
            _record(board, verdict, digest, solution, device, options)
    return verdict


def _judge(
    folder: Path,
    solution: Solution,
    device: Device,
    runner: Runner,
    baselines: dict[str, Runner],
    options: Options,
    observer: Observer,
) -> Verdict:
    # Imported here, not above: torch takes seconds, and the runners must be started first.
    import torch

    from judge.baselines import require_known
    from judge.benchmark import Company, benchmark, score
    from judge.buffers import sharing
    from judge.challenge import Challenge
    from judge.correctness import Findings, WrongCase, check, size_up
    from judge.inputs import fresh_seed
    from judge.setting import Setting

    if device.is_gpu:
        torch.cuda.set_device(device.index)
    challenge = Challenge(folder)
    require_known(options.baselines, challenge)
    seed = fresh_seed() if options.seed is None else options.seed
    cases = challenge.cases(seed)
    if options.case is not None and not 1 <= options.case <= len(cases):
        raise BadInput(f"{challenge.name} has no case {options.case}; they count from 1 to {len(cases)}")
    if solution.challenge not in ("", challenge.name):
        observer.say(f"{solution.title} says CHALLENGE = {solution.challenge!r}, judged as {challenge.name}")
    verdict = Verdict("accepted", challenge.name, solution.title, device.name, seed)
    findings = Findings()
    lock = Lock(device, observer.say)
    setting = Setting(challenge, device, sharing(device), options.seconds)
    with lock.checking() if device.is_gpu else ExitStack():
        sized = size_up(setting, [c for c in cases if options.case in (None, c.number)], findings)
    path = runner.scratch / SUBMISSION_NAME
    path.write_text(solution.source, encoding="utf-8")

    try:
        observer.progress("starting", 0, 0)
        require(runner.wait_ready(), options.require_sandbox, observer)
        observer.progress("loading", 0, 0)
        runner.ask(
            "load",
            options.seconds,
            path=str(path),
            entry="solve",
            role="solve",
            arguments=challenge.parameters,
            precision=challenge.spec.precision,
        )
        with lock.checking() if device.is_gpu else ExitStack():
            check(
                runner,
                setting,
                sized,
                findings,
                lambda done, total: observer.progress("cases", done, total),
            )
        if baselines:
            for baseline in baselines.values():
                baseline.wait_ready()
            with lock.timing():
                company = Company(device, [runner, *baselines.values()])
                verdict.benchmarks, missing = benchmark(
                    runner,
                    baselines,
                    setting,
                    challenge.benchmarks(seed),
                    findings.errors,
                    lambda what, n: observer.progress(f"timing {what}", n, 0),
                )
                verdict.shared = company.seen()
            verdict.score_us = score(verdict.benchmarks)
            if missing:
                findings.warnings += missing
                verdict.score_us = None  # a board compares the same cases
    except BadSolution as error:
        text = " ".join(clean(str(error)).split())
        raise BadInput(f"{solution.title}: {text}; expected is {challenge.signature()}") from None
    except WrongCase as wrong:
        findings.cases.append(wrong.result)
        verdict.status = wrong.status
        verdict.message = (
            f"case {wrong.case.number}: {wrong.case.name}\n{wrong.message}\n"
            f"again: {_replay(challenge_argument(folder), solution, seed, wrong.case.number, options)}"
        )
    except Failure as failure:
        verdict.status, verdict.message = failure.status, failure.message
        verdict.benchmarks = []
    verdict.message = verdict.message.replace(str(path), solution.title)
    verdict.cases, verdict.skipped = findings.cases, findings.skipped
    verdict.warnings = findings.warnings
    return verdict


def require(missing: list[str], strict: bool, observer: Observer) -> None:
    """What the sandbox lacks is a warning, or with --require-sandbox a refusal."""
    if missing and strict:
        raise BadInput(f"the sandbox is not complete here: {'; '.join(missing)}")
    if missing:
        observer.say(f"warning: the sandbox is not complete here: {'; '.join(missing)}")


def challenge_argument(folder: Path) -> str:
    """How to name a challenge on the command line: its path from here if it lies below, else its name."""
    try:
        return str(folder.resolve().relative_to(Path.cwd()))
    except ValueError:
        return folder.name


def _replay(challenge: str, solution: Solution, seed: int, case: int, options: Options) -> str:
    words = ["judge", "submit", challenge, solution.title, "--seed", str(seed), "--case", str(case)]
    if options.device != "auto":
        words += ["--device", options.device]
    if options.seconds != SECONDS:
        words += ["--timeout", f"{options.seconds:g}"]
    return shlex.join(words)


def clean(text: str) -> str:
    """Without control characters: a submission's text must not steer the terminal that shows it."""
    kept = r"\n\t\x20-\x7e\u00a0-\ud7ff\ue000-\U0010ffff"
    return re.sub(rf"[^{kept}]|[\u202a-\u202e\u2066-\u2069]", "", text)


def _record(
    board: "Leaderboard",
    verdict: Verdict,
    digest: str,
    solution: Solution,
    device: Device,
    options: Options,
) -> None:
    from judge.leaderboard import Provenance, default_author

    provenance = Provenance(
        challenge_hash=digest,
        solution_hash=solution.hash,
        source=solution.source,
        author=options.author or default_author(),
        driver=device.driver,
        torch=importlib.metadata.version("torch"),
        triton=importlib.metadata.version("triton"),
        judge=__version__,
    )
    placed = board.record(verdict, provenance)
    verdict.rank, verdict.entries = placed or (None, None)
