"""The way of a submission, from a file to a verdict. Read it from top to bottom."""

import importlib.metadata
import shlex
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from judge import __version__
from judge.device import Device, Lock, choose
from judge.errors import BadInput
from judge.process import BadSolution, Runner
from judge.text import clean
from judge.verdict import Failure, Verdict
from judge.workspace import Solution, challenge_hash, find_challenge, find_solution

if TYPE_CHECKING:
    from judge.challenge import Challenge
    from judge.leaderboard import Leaderboard

SECONDS = 60.0
SAMPLING_SECONDS = 0.8
SUBMISSION_NAME = "solution.py"


@dataclass(frozen=True)
class Options:
    """What the command line can ask for. `timed` and `record` are off for `judge run`.

    `seconds` is what one call may take, `sampling_seconds` how long each benchmark case is timed.
    """

    device: str = "auto"
    seed: int | None = None
    case: int | None = None
    seconds: float = SECONDS
    sampling_seconds: float = SAMPLING_SECONDS
    baselines: tuple[str, ...] = ("torch",)
    author: str | None = None
    database: str | None = None
    timed: bool = True
    record: bool = True
    require_sandbox: bool = False


@dataclass(frozen=True)
class Observer:
    """Who is told on the way: `say` a line for people, `progress` what is being done and how far it is,
    `right` the verdict so far when all cases are right and timing begins."""

    say: Callable[[str], None] = lambda line: None
    progress: Callable[[str, int, int], None] = lambda what, done, total: None
    right: Callable[[Verdict], None] = lambda verdict: None


def submit(
    challenge_name: str,
    solution_name: str,
    options: Options,
    observer: Observer,
    waiting: Runner | None = None,
    beside: Sequence[Runner] = (),
) -> Verdict:
    """Judge one solution. Raises BadInput for what the user can mend; all else is in the verdict.

    `waiting` is a runner that has been started already; whoever started it closes it. One that has judged
    before has been in a submission's hands: let it judge again only what you wrote yourself. Runners `beside`
    it take some of the cases, so that right or wrong is known sooner; they end before timing begins.
    """
    folder = find_challenge(challenge_name)
    digest = challenge_hash(folder)
    solution = find_solution(solution_name)
    device = choose(options.device)
    if not device.is_gpu and options.device == "auto":
        observer.say("no GPU: judging correctness only, on Triton's interpreter")

    with ExitStack() as stack:
        # The runners import torch while the judge does: from here on, three processes are busy.
        kind = "cuda" if device.is_gpu else "cpu"
        runner = waiting or stack.enter_context(Runner(kind, device.visible))
        names = options.baselines if _is_timed(options, device) else ()
        baselines = {n: stack.enter_context(Runner(kind, device.visible, triton=False)) for n in names}
        board = None
        if options.record and options.case is None:
            from judge.leaderboard import Leaderboard

            board = Leaderboard(options.database)
            board.reach()  # an unreachable database is better known before the work than after
        verdict = _judge(folder, solution, device, [runner, *beside], baselines, options, observer)
        if board:
            _record(board, verdict, digest, solution, device, options)
    return verdict


def _judge(
    folder: Path,
    solution: Solution,
    device: Device,
    runners: list[Runner],
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
    else:
        torch.set_num_threads(1)  # the cases are small, and the interpreter wants the cores
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
    runner = runners[0]
    asked = runner  # the one that a failure comes from

    try:
        observer.progress("starting", 0, 0)
        for each in runners:
            each.wait_ready()
        require(runner.wait_ready(), options.require_sandbox, observer)
        observer.progress("loading", 0, 0)
        for each in runners:
            send_solution(each, solution, challenge)
        for asked in runners:
            asked.wait_done(options.seconds)
        with lock.checking() if device.is_gpu else ExitStack():
            check(
                runners,
                setting,
                sized,
                findings,
                lambda done, total: observer.progress("cases", done, total),
            )
        asked = runner
        if _is_timed(options, device):
            verdict.cases, verdict.skipped = findings.cases, findings.skipped
            observer.right(verdict)
            for each in runners[1:]:
                each.kill()
            for baseline in baselines.values():
                baseline.wait_ready()
            with lock.timing():
                company = Company(device, [runner, *baselines.values()])
                verdict.benchmarks, untimed = benchmark(
                    runner,
                    baselines,
                    setting,
                    challenge.benchmarks(seed),
                    findings.errors,
                    options.sampling_seconds,
                    lambda what, n: observer.progress(f"timing {what}", n, 0),
                )
                verdict.shared = company.seen()
            verdict.score_us = score(verdict.benchmarks)
            if untimed:
                findings.warnings += untimed
                verdict.score_us = None  # a board compares the same cases
    except BadSolution as error:
        text = " ".join(clean(str(error)).split())
        raise BadInput(f"{solution.title}: {text}; expected is {challenge.signature()}") from None
    except WrongCase as wrong:
        findings.cases.append(wrong.result)
        asked = wrong.runner
        verdict.status = wrong.status
        verdict.message = (
            f"case {wrong.case.number}: {wrong.case.name}\n{wrong.message}\n"
            f"again: {_replay(challenge_argument(folder), solution, seed, wrong.case.number, options)}"
        )
    except Failure as failure:
        verdict.status, verdict.message = failure.status, failure.message
        verdict.benchmarks = []
    shown = str(asked.scratch / SUBMISSION_NAME)
    verdict.message = clean(verdict.message.replace(shown, solution.title))
    if verdict.status != "accepted":
        verdict.output = clean(asked.output().replace(shown, solution.title))
    verdict.cases, verdict.skipped = findings.cases, findings.skipped
    verdict.warnings = findings.warnings
    return verdict


def send_solution(runner: Runner, solution: Solution, challenge: "Challenge") -> None:
    """Ask a runner to load a solution; `wait_done` tells whether it could."""
    path = runner.scratch / SUBMISSION_NAME
    path.write_text(solution.source, encoding="utf-8")
    runner.send(
        "load",
        path=str(path),
        entry="solve",
        role="solve",
        arguments=challenge.parameters,
        precision=challenge.spec.precision,
    )


def _is_timed(options: Options, device: Device) -> bool:
    return options.timed and options.case is None and device.is_gpu


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
