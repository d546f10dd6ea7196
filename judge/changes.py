"""What a save has changed, in words."""

import math
import re
from dataclasses import dataclass
from typing import Any

from judge.render import duration
from judge.verdict import Verdict

MOST_LINES, MOST_PRINTED = 12, 4


@dataclass(frozen=True)
class Score:
    """A score and its 95 % interval, in microseconds. `whose` says where it stands if not in this session."""

    us: float
    low: float
    high: float
    whose: str = ""


def score_of(verdict: dict[str, Any], whose: str = "") -> Score | None:
    """The score of a verdict's JSON, with the geometric means of its benchmarks' intervals."""
    if not verdict["score_us"] or not verdict["benchmarks"]:
        return None
    ends = zip(*(b["ci95_us"] for b in verdict["benchmarks"]), strict=True)
    low, high = (math.prod(max(t, 0.0) for t in end) ** (1 / len(verdict["benchmarks"])) for end in ends)
    return Score(verdict["score_us"], low, high, whose)


def headline(verdict: Verdict) -> str:
    """A verdict in one line: how many cases passed, which one failed, or where the error is."""
    if verdict.status == "accepted":
        skipped = f", {verdict.skipped} too large" if verdict.skipped else ""
        return f"{len(verdict.cases)} cases{skipped}"
    lines = verdict.message.splitlines() or [""]
    places = re.findall(r'File "(.+)", line (\d+)', verdict.message)
    if verdict.status == "compile_error" and places:
        return f"{places[-1][0]}:{places[-1][1]}: {lines[-1]}"
    return lines[0]


def details(verdict: Verdict) -> list[str]:
    """What there is to read below the headline, shortened."""
    if verdict.status == "accepted":
        shared = ["another program was computing on this GPU"] if verdict.shared else []
        return shared + verdict.warnings
    first, *lines = verdict.message.splitlines() or [""]
    if verdict.status == "compile_error":  # its last line is in the headline
        lines = [line for line in (first, *lines[:-1]) if not line.startswith("Traceback")]
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines = [*lines[:half], f"... {len(lines) - MOST_LINES} lines ...", *lines[-half:]]
    printed = verdict.output.strip().splitlines()
    return lines + [f"printed: {line}" for line in printed[-MOST_PRINTED:]]


def against(verdict: Verdict, last: Verdict | None) -> str:
    """What is different from the last verdict, "" if it is the first or both are accepted."""
    if last is None or verdict.status == last.status == "accepted":
        return ""
    if verdict.status != last.status:
        return f"was {last.status.replace('_', ' ')}"
    more = _passed(verdict) - _passed(last)
    if not more:
        return "as before" if headline(verdict) == headline(last) else ""
    return f"{abs(more)} {'more' if more > 0 else 'fewer'} case{'s' if abs(more) > 1 else ''} passed"


def _passed(verdict: Verdict) -> int:
    return sum(case.status == "accepted" for case in verdict.cases)


def time_line(score: Score, last: Score | None, best: Score | None) -> str:
    """A time beside the last one and the best one."""
    parts = [f"{duration(score.us)} ± {100 * (score.high - score.low) / 2 / score.us:.1f} %"]
    if last:
        parts.append(f"{_compared(score, last)} the last")
    if best is None or score.us < best.us:
        parts.append("the best so far")
    elif best is not last:
        whose = f", {best.whose}" if best.whose else ""
        parts.append(f"{_compared(score, best)} the best ({duration(best.us)}{whose})")
    return "   ".join(parts)


def _compared(score: Score, other: Score) -> str:
    if score.low <= other.high and other.low <= score.high:
        return "within the noise of"
    ratio = score.us / other.us
    if ratio > 1:
        return f"{ratio:.1f}× as long as" if ratio >= 2 else f"{100 * (ratio - 1):.1f} % slower than"
    return f"{1 / ratio:.1f}× as fast as" if ratio <= 0.5 else f"{100 * (1 - ratio):.1f} % faster than"
