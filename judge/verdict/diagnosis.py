"""What is wrong with a submission, as data. Only wording.py turns it into text, and no code parses that text.

Values of tensors are kept as text, because JSON has no NaN and does not promise exact numbers.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

SMALLEST_BLOCK = 16  # positions of an axis: kernels seldom use smaller blocks


@dataclass(frozen=True)
class Region:
    """The part of an output that holds all wrong elements: the positions `first` to `last` of one axis.

    Both positions are included. `axis` counts from 0 to `rank` - 1; `name` is the name of the dimension, and
    `size` is its length.
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

    `error` and `allowed` are None for booleans, and if one of the two values is not a finite number.
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
    """An output whose single elements are right, but which is too far off as a whole.

    `error` and `allowed` are Euclidean norms.
    """

    kind: ClassVar[str] = "whole_mismatch"
    output: str
    error: float
    allowed: float


@dataclass(frozen=True)
class Unaccepted:
    """Outputs that a challenge's own check does not accept. `text` is what the check says."""

    kind: ClassVar[str] = "unaccepted"
    text: str


@dataclass(frozen=True)
class Overrun:
    """A write outside the tensors. `bytes` is the distance from the tensor to the farthest byte that changed,
    `side` the side of the tensor.
    """

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

    `access` is "reads", "writes" or "atomically updates". `elements` is the number of elements of one program
    that are outside. The first of them is `bytes` before or after a tensor.
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
    """An error that the submission raised: its class, a summary in one line, the whole text, and the frames.

    `line` is the line of the submission's `file` that it came from, 0 if it is unknown. `out_of_memory` says
    that the device did not have enough memory.
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
    """A problem that a sentence describes, such as a time limit or a process that ended."""

    kind: ClassVar[str] = "remark"
    text: str


Problem = (
    Mismatch | WholeMismatch | Unaccepted | Overrun | ChangedInput | StrayAccess | Unstable | Raised | Remark
)


@dataclass(frozen=True)
class Diagnosis:
    """Why a submission is not accepted.

    `case` is the number of the case that failed, None if no case failed; `name` is its shape. `replay` is the
    command that judges this case again.
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
