"""What the compiler makes of a solution's kernels: registers, spills, shared memory, the dot instruction.

The solution is imported, called and compiled in a runner, in the sandbox; here its findings are checked for
their form. What they say is the solution's own affair: nothing is judged by them.
"""

import ast
import ctypes
import difflib
import json
import os
import re
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from judge import ipc
from judge.device import gpu_count
from judge.errors import BadInput
from judge.occupancy import ARCHITECTURES, Architecture
from judge.process import BadSolution, Runner
from judge.submit import SECONDS, SUBMISSION_NAME, Observer
from judge.text import clean
from judge.verdict import Failure
from judge.workspace import Solution, find_challenge, find_solution

TEXTS = ("ttir", "ttgir", "ptx", "sass")
DEFAULT = "sm_90"
MOST = 200  # specializations of one solution that are compiled
_MOST_BYTES = 64 << 20  # of one specialization's findings, its text included


@dataclass(frozen=True)
class Specialization:
    """A kernel compiled for one set of constants, types and options.

    `case` is the shape that launched it. `registers`, `stack`, `spill_stores` and `spill_loads` are ptxas's
    figures for one thread, the last three in bytes; `shared` is bytes and `threads` the number per block;
    `divisible` are the arguments that 16 divides. `dots` are the instructions that compute its dots: wgmma,
    tcgen05, mma, fma; `ieee` tells that one is of float32 at full precision. `error` is the compiler's
    message, "" if it compiled.
    """

    kernel: str = ""
    case: str = ""
    constants: dict[str, str] = field(default_factory=dict)
    signature: dict[str, str] = field(default_factory=dict)
    divisible: list[str] = field(default_factory=list)
    warps: int = 0
    stages: int = 0
    threads: int = 0
    registers: int = 0
    stack: int = 0
    spill_stores: int = 0
    spill_loads: int = 0
    shared: int = 0
    dots: list[str] = field(default_factory=list)
    ieee: bool = False
    error: str = ""
    text: str = ""

    def warnings(self) -> list[str]:
        """What costs time and could be otherwise."""
        found = []
        if self.spill_stores or self.spill_loads:
            found.append(
                f"spills: a thread stores {self.spill_stores} and loads {self.spill_loads} bytes that find "
                "no register; smaller blocks or more warps need fewer"
            )
        if "fma" in self.dots:
            why = (
                "in float32, as input_precision='ieee' asks; 'tf32' or 'tf32x3' would use the tensor cores"
                if self.ieee
                else "no tensor core takes its types and shape"
            )
            found.append(f"tl.dot is computed by fma: {why}")
        return found


@dataclass
class Inspection:
    """What was compiled, in the order of the launches.

    `unlaunched` are kernels that `solve` does not launch; `message` says what ended it early, "" if nothing.
    """

    solution: str
    challenge: str
    architecture: Architecture
    specializations: list[Specialization] = field(default_factory=list)
    unlaunched: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    message: str = ""

    @property
    def compiled(self) -> bool:
        """Whether there is something that compiled, and nothing that did not."""
        done = self.specializations
        return bool(done) and not self.message and not any(each.error for each in done)

    def resident_blocks(self, each: Specialization) -> int:
        return self.architecture.resident_blocks(each.registers, each.shared, each.threads)

    def occupancy(self, each: Specialization) -> float:
        """The share of a multiprocessor's warps that the kernel can keep resident, 0 to 1."""
        return self.resident_blocks(each) * -(-each.threads // 32) / self.architecture.warps

    def as_json(self) -> list[dict[str, Any]]:
        """One object per specialization; `text` only where one was asked for."""
        rows = []
        for each in self.specializations:
            row: dict[str, Any] = dict(solution=self.solution, challenge=self.challenge)
            row |= dict(arch=self.architecture.name, **asdict(each), warnings=each.warnings())
            if not each.error:
                row |= dict(blocks=self.resident_blocks(each), occupancy=round(self.occupancy(each), 4))
            rows.append({name: value for name, value in row.items() if name != "text" or value})
        return rows


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
    BadInput for what the user can mend; a kernel that does not compile is in the result.
    """
    observer = observer or Observer()
    architecture = find_architecture(arch)
    solution = find_solution(solution_name)
    wanted = challenge_name or solution.challenge
    if not wanted:
        _require_syntax(solution)
        raise BadInput(f"{solution.title} names no CHALLENGE, so no shapes are known: --challenge names one")
    folder = find_challenge(wanted)
    inspection = Inspection(solution.title, folder.resolve().name, architecture)
    with ExitStack() as stack:
        runner = waiting or stack.enter_context(Runner("none", ""))
        from judge.challenge import Challenge  # torch takes seconds, and the runner takes the same

        path = runner.scratch / SUBMISSION_NAME
        path.write_text(solution.source, encoding="utf-8")
        try:
            observer.progress("starting", 0, 0)
            missing = runner.wait_ready()
            if missing:
                observer.say(f"warning: the sandbox is not complete here: {'; '.join(missing)}")
            request = dict(
                path=str(path),
                challenge=str(folder.resolve()),
                arguments=Challenge(folder).parameters,
                arch=architecture.name,
                kernel=kernel,
                shown=shown,
            )
            observer.progress("calling solve", 0, 0)
            told = _fetch(runner, "record", seconds, **request)
            names, total = _names(told, "kernels"), len(_names(told, "launches"))
            known = sorted({*names, *_names(told, "launches")})
            if not known:
                raise BadInput(f"{solution.title} has no Triton kernel")
            if kernel and kernel not in known:
                near = difflib.get_close_matches(kernel, known, 3, 0.5) or known
                raise BadInput(f"{solution.title} has no kernel {kernel}; did you mean {', '.join(near)}?")
            inspection.unlaunched = [
                n for n in names if kernel in ("", n) and n not in _names(told, "launches")
            ]
            observer.progress("compiling", 0, total)
            while record := _fetch(runner, "compile", seconds):
                if len(inspection.specializations) == MOST:
                    inspection.notes.append(f"only the first {MOST} specializations were compiled")
                    break
                each = _specialization(record, str(path), solution.title)
                inspection.specializations.append(_within_limits(each, architecture))
                done = record.get("done")
                observer.progress("compiling", min(done, total) if isinstance(done, int) else 0, total)
        except BadSolution as error:
            raise BadInput(f"{solution.title}: {' '.join(clean(str(error)).split())}") from None
        except Failure as failure:
            inspection.message = clean(failure.message.replace(str(path), solution.title))
    if not inspection.specializations and not inspection.message:
        inspection.message = f"nothing to compile: solve launches no kernel on {architecture.name}"
    return inspection


def _require_syntax(solution: Solution) -> None:
    """A file that is no Python names no challenge, but that is not what is wrong with it."""
    try:
        ast.parse(solution.source)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        what = _line(getattr(error, "msg", error))
        raise BadInput(
            f"{solution.title}{f':{line}' if line else ''}: {type(error).__name__}: {what}"
        ) from None


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
        ipc.check(ipc.driver().cuDeviceGetAttribute(ctypes.byref(value), attribute, 0), "asking the GPU")
        parts.append(value.value)
    name = "sm_{}{}".format(*parts)
    return name if name in ARCHITECTURES else DEFAULT


# -- what the runner says -----------------------------------------------------------------------------


def _fetch(runner: Runner, do: str, seconds: float, **request: Any) -> dict[str, Any]:
    """Ask for something too long for a packet. Raises Failure, also if it is no JSON object."""
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
        raise Failure("rule_violation", "the runner wrote something else than findings")
    return found


def _names(told: dict[str, Any], key: str) -> list[str]:
    value = told.get(key)
    return [_line(each) for each in value] if isinstance(value, list) else []


def _line(value: object) -> str:
    return " ".join(clean(str(value)).split())[:500]


def _specialization(record: dict[str, Any], path: str, title: str) -> Specialization:
    """A record, checked for its form: what has another type than it should is left out."""
    given: dict[str, Any] = {}
    for each in fields(Specialization):
        value = record.get(each.name)
        if each.name in ("text", "error") and isinstance(value, str):
            given[each.name] = clean(value.replace(path, title))
        elif each.type is str and isinstance(value, str):
            given[each.name] = _line(value)
        elif each.type in (int, bool) and type(value) is each.type and 0 <= value < 1 << 31:
            given[each.name] = value
        elif each.type == list[str] and isinstance(value, list):
            given[each.name] = list(map(_line, value))
        elif each.type == dict[str, str] and isinstance(value, dict):
            given[each.name] = {_line(k): _line(v) for k, v in value.items()}
    found = Specialization(**given)
    if not found.error and not (found.threads and found.registers):
        raise Failure("rule_violation", "the runner wrote something else than findings")
    return found


def _within_limits(each: Specialization, architecture: Architecture) -> Specialization:
    most = architecture.shared_block
    if each.shared <= most:
        return each
    error = f"needs {each.shared} bytes of shared memory; a block on {architecture.name} has at most {most}"
    return replace(each, error=f"{error}: smaller blocks or fewer stages need less")
