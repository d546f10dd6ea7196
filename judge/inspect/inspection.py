"""Compiles a solution's kernels and reports registers, spills, shared memory, and the dot instructions.

The solution is imported, called and compiled in a runner, in the sandbox. Here the form of its findings is
checked. Their content need not be true: no verdict depends on it.
"""

import ctypes
import json
import os
import re
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from judge.challenges.finding import find_challenge
from judge.engine.device import gpu_count
from judge.engine.runner import Runner
from judge.errors import BadInput, did_you_mean
from judge.inspect.findings import Inspection, names, one_line, specialization, within_limits
from judge.inspect.occupancy import ARCHITECTURES, Architecture
from judge.judging.session import SECONDS, Observer
from judge.protocol import cuda
from judge.solutions.finding import Solution, find_solution
from judge.text import clean
from judge.verdict.failure import BadSolution, Failure

if TYPE_CHECKING:
    from judge.challenges.protocol import Challenge, Inputs

TEXTS = ("ttir", "ttgir", "ptx", "sass")
DEFAULT = "sm_90"
MOST = 200  # specializations of one solution that are compiled
_MOST_BYTES = 64 << 20  # of one specialization's findings, its text included


def inspect_solution(
    solution_name: str,
    arch: str = "",
    challenge_name: str = "",
    kernel: str = "",
    shown: str = "",
    seconds: float = SECONDS,
    observer: Observer | None = None,
    waiting: Runner | None = None,
) -> Inspection:
    """Compile the kernels of a solution for `arch` ("" is the GPU's own, else sm_90), or only one `kernel`.

    `shown` is the text to keep: one of TEXTS, or "". `seconds` bound each step: loading the file and calling
    it, and each compilation. `waiting` is a runner of device "none" that has been started already. Raises
    BadInput for what the user can fix; a kernel that does not compile is in the result.
    """
    observer = observer or Observer()
    architecture = find_architecture(arch)
    solution = find_solution(solution_name)
    wanted = challenge_name or solution.challenge
    if not wanted:
        _require_syntax(solution)
        raise BadInput(f"{solution.title} names no CHALLENGE, so no shapes are known: --challenge names one")
    found = find_challenge(wanted)
    inspection = Inspection(solution.title, found.name, architecture)
    with ExitStack() as stack:
        runner = waiting or stack.enter_context(Runner("none", ""))
        challenge = found.load()  # importing torch takes seconds, here and in the runner at the same time
        path = str(runner.scratch / solution.file_name)
        try:
            observer.progress("starting", 0, 0)
            missing = runner.wait_ready()
            if missing:
                observer.say(f"warning: the sandbox is not complete here: {'; '.join(missing)}")
            runner.put_source(solution.file_name, solution.source, seconds)
            request = dict(
                path=path,
                language=solution.language.name,
                names=challenge.signature.names,
                calls=_calls(challenge),
                architecture=architecture.limits(),
                kernel=kernel,
                shown=shown,
            )
            observer.progress("calling solve", 0, 0)
            told = _fetch(runner, "trace", seconds, **request)
            _compile(runner, told, inspection, kernel, seconds, observer, solution)
        except BadSolution as error:
            raise BadInput(f"{solution.title}: {' '.join(clean(str(error)).split())}") from None
        except Failure as failure:
            inspection.message = clean(failure.message.replace(path, solution.title))
    if not inspection.specializations and not inspection.message:
        inspection.message = f"nothing to compile: solve launches no kernel on {architecture.name}"
    return inspection


def _calls(challenge: "Challenge") -> list[dict[str, Any]]:
    """The calls of solve to look at: the benchmarks, and the tests for kernels that the benchmarks do not
    launch. Cases whose shapes depend on their values are left out.
    """
    from judge.challenges.sizing import NeedsValues, without_values

    benchmarks = challenge.benchmarks(1)
    found = []
    for case in [*benchmarks, *challenge.cases(1)]:
        with suppress(NeedsValues):
            arguments = without_values(challenge, case, lambda inputs: _arguments(challenge, inputs))
            found.append(dict(case=case.name, needed=case in benchmarks, arguments=arguments))
    return found


def _arguments(challenge: "Challenge", inputs: "Inputs") -> list[dict[str, Any]]:
    sizes = {t.name: t for t in challenge.sizes(inputs).tensors}
    found: list[dict[str, Any]] = []
    for name in challenge.signature.names:
        if name in sizes:
            dtype = str(sizes[name].dtype).removeprefix("torch.")
            found.append(dict(dtype=dtype, shape=list(sizes[name].shape)))
        else:
            found.append(dict(value=inputs[name]))
    return found


def _compile(
    runner: Runner,
    told: dict[str, Any],
    inspection: Inspection,
    kernel: str,
    seconds: float,
    observer: Observer,
    solution: Solution,
) -> None:
    """Fetch one specialization after the other. Raises BadInput if there is no such kernel."""
    defined, launched = names(told, "kernels"), names(told, "launches")
    known = sorted({*defined, *launched})
    if not known:
        raise BadInput(f"{solution.title} has no Triton kernel")
    if kernel and kernel not in known:
        hint = did_you_mean(kernel, known, f"there are {', '.join(known)}")
        raise BadInput(f"{solution.title} has no kernel {kernel}; {hint}")
    inspection.unlaunched = [n for n in defined if kernel in ("", n) and n not in launched]
    total = len(launched)
    observer.progress("compiling", 0, total)
    path = str(runner.scratch / solution.file_name)
    while record := _fetch(runner, "compile", seconds):
        if len(inspection.specializations) == MOST:
            inspection.notes.append(f"only the first {MOST} specializations were compiled")
            break
        each = specialization(record, path, solution.title)
        inspection.specializations.append(within_limits(each, inspection.architecture))
        done = record.get("done")
        observer.progress("compiling", min(done, total) if isinstance(done, int) else 0, total)


def _require_syntax(solution: Solution) -> None:
    """Raises BadInput for a file that cannot be parsed: this is the reason why it names no challenge."""
    if problem := solution.language.syntax_problem(solution.source):
        line, what = problem
        raise BadInput(f"{solution.title}{f':{line}' if line else ''}: {one_line(what)}")


def find_architecture(text: str) -> Architecture:
    """The architecture that --arch names: sm_90, or 90. Raises BadInput."""
    match = re.fullmatch(r"(?:sm_?)?(\d+)a?", text.strip().lower() or _present())
    architecture = ARCHITECTURES.get(f"sm_{match[1]}") if match else None
    if architecture is None:
        raise BadInput(f"no such architecture: {text}; there are {', '.join(ARCHITECTURES)}")
    return architecture


def _present() -> str:
    """The architecture of this machine's first GPU, else the default."""
    if not gpu_count()[0]:
        return DEFAULT
    parts = []
    for attribute in (75, 76):  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, _MINOR
        value = ctypes.c_int()
        cuda.check(cuda.driver().cuDeviceGetAttribute(ctypes.byref(value), attribute, 0), "asking the GPU")
        parts.append(value.value)
    name = "sm_{}{}".format(*parts)
    return name if name in ARCHITECTURES else DEFAULT


def _fetch(runner: Runner, do: str, seconds: float, **request: Any) -> dict[str, Any]:
    """Ask for a JSON object that is too long for a packet. Raises Failure, also if something else comes."""
    descriptor = os.memfd_create("judge-findings")
    try:
        runner.ask(do, seconds, [descriptor], **request)
        content = os.pread(descriptor, _MOST_BYTES + 1, 0)
    finally:
        os.close(descriptor)
    if len(content) > _MOST_BYTES:
        raise Failure("rule_violation", f"the runner wrote more than {_MOST_BYTES >> 20} MiB of findings")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Failure("rule_violation", "the runner wrote something other than findings")
    return found
