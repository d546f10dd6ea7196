"""What is wrong, as data. It becomes text in one place, wording.py; nobody reads text back.

Values of tensors are kept as text: JSON has no NaN, and no number of it is exact.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Region:
    """Where the wrong elements of an output lie: all between two places of one axis, both included.

    `axis` counts from 0 of `rank`, `name` is the dimension's, `size` its length.
    """

    axis: int
    rank: int
    name: str
    first: int
    last: int
    size: int


@dataclass(frozen=True)
class Mismatch:
    """An output that is not as expected: its worst element, how many are wrong, and where they lie.

    `error` and `allowed` are None where one of the two values is no finite number.
    """

    kind: ClassVar[str] = "mismatch"
    output: str
    index: tuple[int, ...]
    got: str
    expected: str
    error: float | None
    allowed: float | None
    wrong: int
    total: int
    unwritten: int = 0
    region: Region | None = None


@dataclass(frozen=True)
class WholeMismatch:
    """An output that is right element by element and too far off as a whole: Euclidean norms."""

    kind: ClassVar[str] = "whole_mismatch"
    output: str
    error: float
    allowed: float


@dataclass(frozen=True)
class Unaccepted:
    """What a challenge's own check says of the outputs."""

    kind: ClassVar[str] = "unaccepted"
    text: str


@dataclass(frozen=True)
class Overrun:
    """Bytes that were written outside the tensors: how many up to the last, on which side of a tensor."""

    kind: ClassVar[str] = "overrun"
    tensor: str
    side: str  # "after" or "before"
    bytes: int


@dataclass(frozen=True)
class ChangedInput:
    """An input that a call has changed."""

    kind: ClassVar[str] = "changed_input"
    tensor: str


@dataclass(frozen=True)
class StrayAccess:
    """A load or store outside every buffer, seen on the interpreter.

    `access` is "reads", "writes" or "atomically updates"; `elements` of one program are outside, the first of
    them `bytes` before or after a tensor.
    """

    kind: ClassVar[str] = "stray_access"
    file: str
    line: int
    access: str
    elements: int
    tensor: str
    side: str
    bytes: int


@dataclass(frozen=True)
class Unstable:
    """An output that differs between two runs on the same inputs."""

    kind: ClassVar[str] = "unstable"
    output: str
    differing: int
    total: int


@dataclass(frozen=True)
class Raised:
    """An error that the submission raised: its class, one line of it, all of it, and the frames it came
    through.

    `line` is the line of the submission's `file` that it came from, 0 if it is unknown. `out_of_memory` says
    that the device had not enough memory.
    """

    kind: ClassVar[str] = "raised"
    error: str
    summary: str
    text: str
    trace: str = ""
    file: str = ""
    line: int = 0
    out_of_memory: bool = False


@dataclass(frozen=True)
class Remark:
    """Something that one sentence says: a time limit, a process that ended."""

    kind: ClassVar[str] = "remark"
    text: str


Problem = (
    Mismatch | WholeMismatch | Unaccepted | Overrun | ChangedInput | StrayAccess | Unstable | Raised | Remark
)


@dataclass(frozen=True)
class Diagnosis:
    """Why a submission is not accepted.

    `case` is the number of the case that failed, None if it was none of them; `name` is its shape. `replay`
    is the command that judges this case again.
    """

    problems: tuple[Problem, ...]
    case: int | None = None
    name: str = ""
    hints: tuple[str, ...] = ()
    replay: str = ""

    def as_json(self) -> dict[str, Any]:
        """A dictionary that json.dumps takes; each problem has its kind."""
        return dict(
            case=self.case,
            name=self.name,
            problems=[dict(kind=p.kind, **asdict(p)) for p in self.problems],
            hints=list(self.hints),
            replay=self.replay,
        )
