"""The findings of an inspection: the figures of each specialization of a kernel, and all of a solution's."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from judge.inspect.occupancy import Architecture
from judge.text import clean
from judge.verdict.failure import Failure


@dataclass(frozen=True)
class Specialization:
    """A kernel compiled for one set of constants, types and options.

    `case` is the shape that launched it. `registers`, `stack`, `spill_stores` and `spill_loads` are ptxas's
    figures for one thread, the last three in bytes; `shared` is bytes and `threads` the number per block;
    `divisible` are the arguments that 16 divides. `dots` are the instructions that compute its dots: wgmma,
    tcgen05, mma, fma. `ieee` says that one of the dots is in float32 at full precision. `error` is the
    compiler's message, "" if it compiled.
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
        """Warnings about what costs time and could be avoided."""
        found = []
        if self.spill_stores or self.spill_loads:
            found.append(
                f"spills: a thread stores {self.spill_stores} and loads {self.spill_loads} bytes that fit in "
                "no register; smaller blocks or more warps need fewer registers"
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
    """The specializations that were compiled, in the order of their launches.

    `unlaunched` are the kernels that `solve` does not launch. `message` says why the inspection ended early,
    "" if it did not.
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
        """Whether something compiled, and nothing failed."""
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


# -- what a runner says, checked for its form -----------------------------------------------------------


def names(told: dict[str, Any], key: str) -> list[str]:
    """The list of names under a key, empty if there is no list."""
    value = told.get(key)
    return [one_line(each) for each in value] if isinstance(value, list) else []


def one_line(value: object) -> str:
    """A value as text on one line, for tables, without control characters."""
    return " ".join(clean(str(value)).split())[:500]


def specialization(record: dict[str, Any], path: str, title: str) -> Specialization:
    """A specialization from a runner's record. Values of the wrong type are left out.

    Raises Failure if the record has neither an error nor figures.
    """
    given: dict[str, Any] = {}
    for each in fields(Specialization):
        value = record.get(each.name)
        if each.name in ("text", "error") and isinstance(value, str):
            given[each.name] = clean(value.replace(path, title))
        elif each.type is str and isinstance(value, str):
            given[each.name] = one_line(value)
        elif each.type in (int, bool) and type(value) is each.type and 0 <= value < 1 << 31:
            given[each.name] = value
        elif each.type == list[str] and isinstance(value, list):
            given[each.name] = list(map(one_line, value))
        elif each.type == dict[str, str] and isinstance(value, dict):
            given[each.name] = {one_line(k): one_line(v) for k, v in value.items()}
    found = Specialization(**given)
    if not found.error and not (found.threads and found.registers):
        raise Failure("rule_violation", "the runner wrote something other than findings")
    return found


def within_limits(each: Specialization, architecture: Architecture) -> Specialization:
    """The same specialization, with an error if it needs more shared memory than a block can have."""
    most = architecture.shared_block
    if each.shared <= most:
        return each
    error = f"needs {each.shared} bytes of shared memory; a block on {architecture.name} has at most {most}"
    return replace(each, error=f"{error}: smaller blocks or fewer stages need less")
