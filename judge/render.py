"""Verdicts and boards as a person sees them."""

from collections.abc import Sequence

import click
from tabulate import tabulate

from judge.text import clean
from judge.verdict import BenchmarkResult, Verdict

_INDENT = "    "


def render(verdict: Verdict) -> str:
    """The whole verdict as text, coloured where the terminal takes it."""
    lines = [f"{verdict.challenge} · {verdict.solution} · {verdict.device}", ""]
    if verdict.status == "accepted":
        lines += _accepted(verdict)
    else:
        lines += _refused(verdict)
    for warning in verdict.warnings:
        lines.append(click.style(f"  warning       {warning}", fg="yellow"))
    return "\n".join(lines)


def _accepted(verdict: Verdict) -> list[str]:
    count = len(verdict.cases)
    passed = f"{count} case{'s' if count != 1 else ''} passed"
    if verdict.skipped:
        where = "too large for the interpreter" if verdict.device == "interpreter" else "too large here"
        passed += f", {verdict.skipped} {where}"
    lines = [f"  correctness   {passed:<34}  seed {verdict.seed}"]
    for result in verdict.benchmarks:
        lines += _benchmark(result)
    if verdict.shared:
        lines.append(click.style("  shared        another program was computing on this GPU", fg="yellow"))
    if len(verdict.benchmarks) > 1 and verdict.score_us is not None:
        lines.append(f"  score         {duration(verdict.score_us)}  geometric mean")
    lines.append("")
    word = click.style("accepted", fg="green", bold=True)
    if verdict.rank:
        lines.append(f"  {word}      rank {verdict.rank} of {verdict.entries} on {verdict.device}")
    elif verdict.device == "interpreter":
        lines.append(f"  {word}      times need a GPU")
    else:
        lines.append(f"  {word}")
    return lines


def _benchmark(result: BenchmarkResult) -> list[str]:
    half = (result.ci95_us[1] - result.ci95_us[0]) / 2
    sizes = " × ".join(part.partition("=")[2] for part in result.name.split())
    time = f"{duration(result.median_us)} ± {_digits(half)}"
    lines = [f"  time          {time:<18}{sizes}, {result.method}, {result.samples} samples"]
    for name, baseline in result.baselines.items():
        against = baseline.get("against_us", result.median_us)
        ratio = f"{baseline['median_us'] / against:.2f}×"
        eager = f", both called eagerly (here {duration(against)})" if "against_us" in baseline else ""
        lines.append(f"  {'vs ' + name:<12}  {ratio:<18}{duration(baseline['median_us'])}{eager}")
    if result.roofline and result.roofline_us:
        rate = result.bytes / result.roofline_us / 1e6
        work = result.flops / result.roofline_us / 1e6
        limit = f"{rate:.2f} TB/s" if not result.flops or rate > work / 100 else f"{work:.0f} TFLOP/s"
        share = f"{100 * result.roofline:.0f} %"
        lines.append(f"  roofline      {share:<18}{duration(result.roofline_us)} at {limit}")
    return lines


def _refused(verdict: Verdict) -> list[str]:
    word = click.style(verdict.status.replace("_", " "), fg="red", bold=True)
    first, *rest = verdict.message.splitlines() or [""]
    lines = [f"  {word}  {first}", *(_INDENT + line for line in rest)]
    printed = verdict.output.strip()
    if printed:
        lines += [
            "",
            "  the submission printed:",
            *(_INDENT + line for line in printed.splitlines()),
        ]
    return lines


def duration(us: float) -> str:
    """A time with a unit that reads well: 3.92 µs, 1.06 ms."""
    for limit, unit, scale in ((1000, "µs", 1.0), (1e6, "ms", 1e-3)):
        if us < limit:
            return f"{_digits(us * scale)} {unit}"
    return f"{_digits(us * 1e-6)} s"


def percent(share: float | None) -> str:
    """A share of 1 in whole per cent, "" if there is none."""
    return f"{100 * share:.0f} %" if share else ""


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}" if value >= 1 else f"{value:.2f}"


def render_board(entries: list[dict[str, object]]) -> str:
    """A board of one challenge: ranks per device."""
    rows: list[list[object]] = []
    rank, device = 0, None
    for entry in entries:
        rank = rank + 1 if entry["device"] == device else 1
        device = entry["device"]
        rows.append([rank, *_entry(entry)])
    return table(rows, ["rank", "device", "author", "solution", "time", "vs torch", "roofline", "when"])


def render_history(rows: list[dict[str, object]]) -> str:
    """Every verdict, oldest first."""
    lines: list[list[object]] = [[row["challenge"], row["status"], *_entry(row)] for row in rows]
    headers = [
        "challenge",
        "status",
        "device",
        "author",
        "solution",
        "time",
        "vs torch",
        "roofline",
        "when",
    ]
    return table(lines, headers)


def table(rows: Sequence[Sequence[object]], headers: list[str]) -> str:
    """Rows under headers, shown as they are but for control characters."""
    return clean(str(tabulate(rows, headers, disable_numparse=True)))


def _entry(row: dict[str, object]) -> list[str]:
    score, speedup, roofline = row["score_us"], row["speedup"], row["roofline"]
    return [
        str(row["device"]),
        str(row["author"]),
        str(row["solution"]),
        (duration(score) if isinstance(score, float) else "") + (" (shared)" if row["shared"] else ""),
        f"{speedup:.2f}×" if isinstance(speedup, float) else "",
        f"{100 * roofline:.0f} %" if isinstance(roofline, float) else "",
        str(row["time"])[:16].replace("T", " "),
    ]
