"""Records as lines of JSON, for export and import, and for the shipped times of the shipped solutions."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args

from judge.board.columns import Provenance, Record, record_of
from judge.errors import BadInput
from judge.files import write
from judge.verdict.failure import Status
from judge.verdict.means import geometric_mean
from judge.verdict.verdict import MOST_SEED, VERSION, WIDEST, Method, Work
from judge.workspace import shipped

LEAST_US, MOST_US = 1e-3, 7 * 24 * 3600e6  # no call takes less than a nanosecond, or more than a week
_ROUNDED = 1e-3  # times in a line are rounded
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


def write_lines(path: Path, records: Sequence[Record]) -> int:
    """Write records to a file, all or none. Returns their number. Raises BadInput."""
    write(path, "".join(map(line_of, records)))
    return len(records)


@cache
def reference_records() -> list[Record]:
    """The shipped records: the shipped solutions, timed by their authors."""
    return read_lines(REFERENCES, with_code=True) if REFERENCES.exists() else []


def read_lines(path: Path, with_code: bool = False) -> list[Record]:
    """The records of an exported file. The digests of the code are computed again, or with `with_code` taken
    from the file, which must be our own. Raises BadInput with file and line.
    """
    try:
        # Not by splitlines: a text in JSON may hold characters that it takes for the end of a line.
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from None
    found = [_read(line, f"{path}:{n}", with_code) for n, line in enumerate(lines, 1) if line.strip()]
    known: dict[str, Record] = {}
    for record in found:
        if known.setdefault(record["id"], record) != record:
            raise BadInput(f"{path}: two different lines have the id {record['id']}; nothing imported")
    return found


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
    except UnicodeEncodeError:
        told = "a text has half a character"
    except ValueError as error:
        told = str(error)
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        told = "its fields are not those of a verdict"
    raise BadInput(f"{place}: not a line of an exported leaderboard: {told}; nothing imported")


def _require_sense(entry: dict[str, Any]) -> None:
    """Raises ValueError unless what is ranked follows from the times in the line."""
    if type(entry["seed"]) is not int or not 0 <= entry["seed"] <= MOST_SEED:
        raise ValueError("seed is not from 0 to 2^63 - 1")
    if not entry["id"]:
        raise ValueError("id is empty")
    if not moment_of(entry["time"]):
        raise ValueError("time is not a date and a time like 2026-01-31T12:00:00+00:00")
    if type(entry.get("version", 1)) is not int or not 1 <= entry.get("version", 1) <= VERSION:
        raise ValueError(f"version is none that this judge knows: 1 to {VERSION}")
    for name in ("cases", "warnings"):
        if not isinstance(entry.get(name, []), list):
            raise ValueError(f"{name} is not list")
    if not isinstance(entry.get("diagnosis"), dict | None):
        raise ValueError("diagnosis is not an object")
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
        _require_sense_of_time(each, bool(entry.get("method")))
        times.append(each["median_us"])
    score = entry.get("score_us")
    if score is None:
        return
    mean = geometric_mean(times)
    if not _is_time(score) or mean is None or abs(score - mean) > 1e-3 * mean + 1e-4:
        raise ValueError("score_us is not the geometric mean of the benchmarks")


def _require_sense_of_time(each: dict[str, Any], has_clock: bool) -> None:
    """Raises ValueError unless the numbers of a benchmark fit together. Judges that did not name their clock
    took other intervals.
    """
    median, interval = each["median_us"], each.get("ci95_us")
    for name in ("speedup", "roofline", "roofline_us"):
        if each.get(name) is not None and not _is_number(each[name], 1e-9, 1e9):
            raise ValueError(f"{name} is no number above 0")
    share, limit = each.get("roofline"), each.get("roofline_us")
    if None not in (share, limit) and abs(share * median - limit) > _ROUNDED * (median + limit):
        raise ValueError("roofline is not roofline_us by median_us")
    if each.get("work") is not None:
        work_in(each)
    if not isinstance(interval, Sequence) or len(interval) != 2 or not all(map(_is_ordinary, interval)):
        raise ValueError("ci95_us is not an interval")
    low, high = interval
    if has_clock and not low - _ROUNDED <= median <= high + _ROUNDED:
        raise ValueError("ci95_us does not hold median_us")
    if has_clock and high - low > WIDEST * median * (1 + _ROUNDED) + _ROUNDED and not each.get("noisy"):
        raise ValueError("noisy is empty, and ci95_us is wider than 2 % of median_us")


def work_in(benchmark: dict[str, Any]) -> Work:
    """What did the work of a benchmark, from its JSON. Raises ValueError for another form."""
    told = benchmark["work"]
    if not isinstance(told, dict) or set(told) != set(Work.__dataclass_fields__):
        raise ValueError("work has other fields than it should")
    work = Work(**told)
    shares = (work.own, work.pytorch, work.vendor, work.driver)
    if not all(type(share) in (int, float) and 0 <= share <= 1 for share in shares):
        raise ValueError("work has a share that is none")
    if not isinstance(work.others, list) or not all(isinstance(name, str) for name in work.others):
        raise ValueError("work has others that are no names")
    return work


def _is_time(value: object) -> bool:
    """Whether a value is a time in microseconds."""
    return _is_number(value, LEAST_US, MOST_US)


def _is_number(value: object, least: float, most: float) -> bool:
    """Whether a value is a number from one to another. Python compares whole numbers of any size."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _is_ordinary(value: object) -> bool:
    return _is_number(value, -MOST_US, MOST_US)


def moment_of(text: str) -> datetime | None:
    """The time that a text in ISO 8601 says, None if it is none of this century. Without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if 2000 < moment.year < 2100 else None
