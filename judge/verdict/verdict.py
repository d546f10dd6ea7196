"""The verdict: everything that the judge finds about one submission, in the order of its JSON."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from judge.verdict import wording
from judge.verdict.diagnosis import Diagnosis
from judge.verdict.failure import Status

VERSION = 2  # of the JSON: 1 had no `method`, no `noisy` and no `conditions`
MOST_SEED = 2**63 - 1  # that a database can hold
WIDEST = 0.02  # the interval of a time that is not noisy, as a fraction of it
Maker = Literal["own", "pytorch", "vendor", "driver"]  # of what a call launches; the driver copies and sets
Method = Literal["replay", "process"]  # the clock that took a time: docs/clock.md has both


@dataclass
class CaseResult:
    """One correctness case. `max_error` and `allowed` are those of the worst element of any output."""

    name: str
    status: Status
    max_error: float | None = None
    allowed: float | None = None


@dataclass
class Conditions:
    """What the GPU did while it was timed: the least and the highest clock of its multiprocessors in MHz
    (None if NVML does not tell), the reasons why the driver held the clock down, and whether another program
    used it.
    """

    sm_mhz: tuple[int, int] | None = None
    throttled: list[str] = field(default_factory=list)
    shared: bool = False


@dataclass
class Work:
    """The shares of a call's GPU time that the submission's own kernels took, those of PyTorch, of a vendor's
    libraries (cuBLAS, cuDNN), and the driver's copies and memsets. `others` names the kernels of PyTorch and
    of vendors that took most.
    """

    own: float
    pytorch: float = 0.0
    vendor: float = 0.0
    driver: float = 0.0
    others: list[str] = field(default_factory=list)


@dataclass
class Timing:
    """The time of one call: median and 95 % interval of the median, in microseconds.

    `noisy` says why the time cannot be trusted, "" if it can.
    """

    median_us: float
    ci95_us: tuple[float, float]
    samples: int
    method: Method
    noisy: str = ""
    conditions: Conditions = field(default_factory=Conditions)
    work: Work | None = None


@dataclass
class BenchmarkResult:
    """One benchmark case. `speedup` is over PyTorch; `bytes` and `flops` are those of one call. `work` says
    what did the work, None if that is not known.
    """

    name: str
    median_us: float
    ci95_us: tuple[float, float]
    samples: int
    method: Method
    baselines: dict[str, dict[str, Any]]
    speedup: float | None
    bytes: int
    flops: int
    roofline_us: float | None
    roofline: float | None
    noisy: str = ""
    conditions: Conditions = field(default_factory=Conditions)
    work: Work | None = None


@dataclass
class Verdict:
    """The whole verdict. `diagnosis` says what is wrong; it is None if nothing is.

    `method` is the clock of its times, None if there are none: all have the same. Times that are `noisy` are
    shown, and not ranked.
    """

    status: Status
    challenge: str
    solution: str
    device: str
    seed: int
    diagnosis: Diagnosis | None = None
    cases: list[CaseResult] = field(default_factory=list)
    benchmarks: list[BenchmarkResult] = field(default_factory=list)
    score_us: float | None = None
    method: Method | None = None
    noisy: bool = False
    rank: int | None = None
    entries: int | None = None
    skipped: int = 0
    shared: bool = False
    warnings: list[str] = field(default_factory=list)
    output: str = ""

    @property
    def message(self) -> str:
        """The diagnosis in words, "" if nothing is wrong."""
        return wording.message(self.diagnosis) if self.diagnosis else ""

    def as_json(self) -> dict[str, Any]:
        """A dictionary that json.dumps takes: its version, the fields, the diagnosis as data and as text."""
        found = asdict(self)
        diagnosis = self.diagnosis.as_json() if self.diagnosis else None
        return {
            "version": VERSION,
            **{name: found.pop(name) for name in ("status", "challenge", "solution", "device", "seed")},
            "message": self.message,
            **found,
            "diagnosis": diagnosis,
        }
