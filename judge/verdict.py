"""What the judge finds: the verdict, its parts, and its one exception."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["accepted", "wrong_answer", "compile_error", "runtime_error", "time_limit", "rule_violation"]


class Failure(Exception):
    """The submission failed: a status and what to tell its author."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(message)
        self.status: Status = status
        self.message = message


@dataclass
class CaseResult:
    """One correctness case. `max_error` and `allowed` are those of the worst element of any output."""

    name: str
    status: Status
    max_error: float | None = None
    allowed: float | None = None


@dataclass
class Timing:
    """The time of one call: median and 95 % interval of the median, in microseconds."""

    median_us: float
    ci95_us: tuple[float, float]
    samples: int
    method: Literal["graph", "eager", "staged"]


@dataclass
class BenchmarkResult:
    """One benchmark case. `speedup` is over PyTorch; `bytes` and `flops` are those of one call."""

    name: str
    median_us: float
    ci95_us: tuple[float, float]
    samples: int
    method: str
    baselines: dict[str, dict[str, Any]]
    speedup: float | None
    bytes: int
    flops: int
    roofline_us: float | None
    roofline: float | None


@dataclass
class Verdict:
    """The whole finding, in the order of its JSON."""

    status: Status
    challenge: str
    solution: str
    device: str
    seed: int
    message: str = ""
    cases: list[CaseResult] = field(default_factory=list)
    benchmarks: list[BenchmarkResult] = field(default_factory=list)
    score_us: float | None = None
    rank: int | None = None
    entries: int | None = None
    skipped: int = 0
    shared: bool = False
    warnings: list[str] = field(default_factory=list)
    output: str = ""

    def as_json(self) -> dict[str, Any]:
        """A dictionary that json.dumps takes."""
        return asdict(self)
