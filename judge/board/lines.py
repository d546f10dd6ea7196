"""Records as lines of JSON, for export and import, and for the shipped times of the shipped solutions."""

import json
from functools import cache
from pathlib import Path
from typing import Any, get_args

from judge.board.columns import Provenance, Record, record_of
from judge.errors import BadInput
from judge.verdict.failure import Status
from judge.verdict.means import geometric_mean
from judge.verdict.verdict import MOST_SEED, Method, Work
from judge.workspace import shipped

REFERENCES = shipped() / "solutions" / "leaderboard.jsonl"

# The fields that a line must have. It may have all other fields of a verdict too.
_FIELDS = {
    "id": str,
    "time": str,
    **dict.fromkeys(Provenance.__dataclass_fields__, str),
    "status": str,
    "challenge": str,
    "solution": str,
    "device": str,
    "seed": int,
    "benchmarks": list,
}


def line_of(record: Record) -> str:
    """A record as a line: the verdict, its provenance, and the digest of its code."""
    line = json.loads(record["verdict"])
    line |= {name: record[name] for name in ("id", "time", *Provenance.__dataclass_fields__, "code")}
    return json.dumps(line) + "\n"


@cache
def reference_records() -> list[Record]:
    """The shipped records: the shipped solutions, timed by their authors."""
    return read_lines(REFERENCES, with_code=True) if REFERENCES.exists() else []


def read_lines(path: Path, with_code: bool = False) -> list[Record]:
    """The records of an exported file. The digests of the code are computed again, or with `with_code` taken
    from the file, which must be our own. Raises BadInput with file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from None
    return [_read(line, f"{path}:{n}", with_code) for n, line in enumerate(lines, 1) if line.strip()]


def _read(line: str, place: str, with_code: bool) -> Record:
    try:
        entry = json.loads(line)
        if not isinstance(entry, dict):
            raise ValueError("not an object")
        for name, kind in _FIELDS.items():
            if not isinstance(entry.get(name), kind):
                raise ValueError(
                    f"it has no {name}" if name not in entry else f"{name} is not {kind.__name__}"
                )
        _require_sense(entry)
        json.dumps(entry, ensure_ascii=False).encode()  # no lone surrogates: databases refuse them
        provenance = Provenance(**{n: entry.pop(n) for n in Provenance.__dataclass_fields__})
        code = entry.pop("code", None)
        known = dict(code=code) if with_code else {}
        return record_of(entry.pop("id"), entry.pop("time"), entry, provenance, **known)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadInput(f"{place}: not a line of an exported leaderboard: {error}; nothing imported") from None


def _require_sense(entry: dict[str, Any]) -> None:
    """Raises ValueError unless what is ranked follows from the times in the line."""
    if type(entry["seed"]) is not int or not 0 <= entry["seed"] <= MOST_SEED:
        raise ValueError("seed is not from 0 to 2^63 - 1")
    if not entry["id"]:
        raise ValueError("id is empty")
    if entry["status"] not in get_args(Status):
        raise ValueError("status is none of a verdict")
    for name in ("noisy", "shared"):
        if not isinstance(entry.get(name, False), bool):
            raise ValueError(f"{name} is not bool")
    if entry.get("method") not in (None, *get_args(Method)):  # older judges did not name their clock
        raise ValueError("method is not a clock that this judge knows")
    times = []
    for each in entry["benchmarks"]:
        if not isinstance(each, dict) or not _is_time(each.get("median_us")):
            raise ValueError("benchmarks has one without a time")
        if entry.get("method") and each.get("method") != entry["method"]:
            raise ValueError("method is not the one of all benchmarks")
        if each.get("noisy") and not entry.get("noisy"):
            raise ValueError("noisy is false, and a benchmark is noisy")
        if each.get("work") is not None:
            work_in(each)
        times.append(each["median_us"])
    score = entry.get("score_us")
    if score is None:
        return
    mean = geometric_mean(times)
    if not _is_time(score) or mean is None or abs(score - mean) > 1e-3 * mean + 1e-4:
        raise ValueError("score_us is not the geometric mean of the benchmarks")


def work_in(benchmark: dict[str, Any]) -> Work:
    """What did the work of a benchmark, from its JSON. Raises ValueError or TypeError for another form."""
    work = Work(**benchmark["work"])
    shares = (work.own, work.pytorch, work.vendor, work.driver)
    if not all(type(share) in (int, float) and 0 <= share <= 1 for share in shares):
        raise ValueError("work has a share that is none")
    if not isinstance(work.others, list) or not all(isinstance(name, str) for name in work.others):
        raise ValueError("work has others that are no names")
    return work


def _is_time(value: object) -> bool:
    """Whether a value is a time in microseconds. None takes longer than a week."""
    return type(value) in (int, float) and 0 < float(str(value)) < 7 * 24 * 3600e6
