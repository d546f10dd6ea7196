"""The effect of a save, in words."""

from judge.board.score import Score
from judge.show.units import duration, precision
from judge.text import one_line
from judge.verdict import wording
from judge.verdict.verdict import Verdict

MOST_LINES, MOST_PRINTED = 12, 4


def headline(verdict: Verdict) -> str:
    """A verdict in one line: how many cases passed, which one failed, or where the error is."""
    if verdict.diagnosis:
        return wording.headline(verdict.diagnosis)
    skipped = f", {verdict.skipped} too large" if verdict.skipped else ""
    return f"{len(verdict.cases)} cases{skipped}"


def details(verdict: Verdict) -> list[str]:
    """The lines below the headline, shortened."""
    if not verdict.diagnosis:
        shared = ["another program was computing on this GPU"] if verdict.shared else []
        noisy = [f"noisy: {each.noisy}" for each in verdict.benchmarks if each.noisy]
        return noisy + shared + [one_line(warning) for warning in verdict.warnings]
    lines = wording.below_headline(verdict.diagnosis)
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines = [*lines[:half], f"... {len(lines) - MOST_LINES} lines ...", *lines[-half:]]
    printed = verdict.output.strip().splitlines()
    return lines + [f"printed: {line}" for line in printed[-MOST_PRINTED:]]


def against(verdict: Verdict, last: Verdict | None) -> str:
    """The difference from the last verdict, "" if this is the first or both are accepted."""
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
    parts = [f"{duration(score.us)} ± {precision(score.us, score.low, score.high)}"]
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
