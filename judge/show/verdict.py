"""Verdicts as text."""

import click

from judge.show.clocks import clock, place
from judge.show.units import duration, measured, percent, ratio
from judge.text import clean
from judge.verdict.verdict import BenchmarkResult, Conditions, Verdict, Work

_INDENT = "    "
_STEADY = 1.05  # how much faster the GPU may be at one time than at another


def verdict_text(verdict: Verdict) -> str:
    """The whole verdict as text, in colour if the terminal can show it."""
    lines = [clean(f"{verdict.challenge} · {verdict.solution} · {verdict.device}"), ""]
    if verdict.status == "accepted":
        lines += _accepted(verdict)
    else:
        lines += _refused(verdict)
    for warning in verdict.warnings:
        lines.append(_noted("warning", warning))
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
    if verdict.benchmarks and all(each.work and each.work.own == 1 for each in verdict.benchmarks):
        lines.append("  kernels       all of them its own")
    if verdict.shared:
        lines.append(_noted("shared", "another program was computing on this GPU"))
    if verdict.method == "process":
        why = ": the warnings say why" if verdict.warnings else ""
        lines.append(f"  clock         process{why}; ranked apart")
    if len(verdict.benchmarks) > 1 and verdict.score_us is not None:
        lines.append(f"  score         {duration(verdict.score_us)}  geometric mean")
    lines.append("")
    word = click.style("accepted", fg="green", bold=True)
    if verdict.rank:
        where = place(verdict.device, verdict.method)
        lines.append(f"  {word}      rank {verdict.rank} of {verdict.entries} on {where}")
    elif verdict.device == "interpreter":
        lines.append(f"  {word}      times need a GPU")
    elif verdict.noisy:
        lines.append(f"  {word}      not ranked: a time is noisy")
    else:
        lines.append(f"  {word}")
    return lines


def _benchmark(result: BenchmarkResult) -> list[str]:
    half = (result.ci95_us[1] - result.ci95_us[0]) / 2
    sizes = " × ".join(part.partition("=")[2] for part in result.name.split())
    time = measured(result.median_us, half)
    lines = [f"  time          {time:<18}{sizes}, {clock(result.method)}, {result.samples} samples"]
    if result.noisy:
        lines.append(_noted("noisy", f"{result.noisy}: shown, not ranked"))
    if unsteady := _unsteady(result.conditions):
        lines.append(_noted("GPU clock", unsteady))
    for name, baseline in result.baselines.items():
        against = baseline.get("against_us", result.median_us)
        over = "noisy" if baseline.get("noisy") else ratio(baseline["median_us"] / against)
        both = f", both by the process clock (here {duration(against)})" if "against_us" in baseline else ""
        lines.append(f"  {'vs ' + name:<12}  {over:<18}{duration(baseline['median_us'])}{both}")
    if result.roofline and result.roofline_us:
        rate = result.bytes / result.roofline_us / 1e6
        work = result.flops / result.roofline_us / 1e6
        limit = f"{rate:.2f} TB/s" if not result.flops or rate > work / 100 else f"{work:.0f} TFLOP/s"
        share = percent(result.roofline)
        lines.append(f"  roofline      {share:<18}{duration(result.roofline_us)} at {limit}")
    if result.work and result.work.own < 1:
        lines.append(f"  {'kernels':<12}  {percent(result.work.own) + ' own':<18}{_others(result.work)}")
    return lines


def _others(work: Work) -> str:
    """What else did the work of a call."""
    makers = {"PyTorch": work.pytorch, "a vendor's library": work.vendor, "copies and memsets": work.driver}
    told = ", ".join(f"{maker} {percent(share)}" for maker, share in makers.items() if share)
    return clean(f"{told}: {', '.join(work.others)}" if work.others else told)


def _unsteady(conditions: Conditions) -> str:
    """How the GPU was slowed down while it was timed, "" if it was not."""
    told = []
    if conditions.throttled:
        told.append(f"held down by the driver ({', '.join(conditions.throttled)})")
    if conditions.sm_mhz:
        least, highest = conditions.sm_mhz
        if highest > _STEADY * least:
            told.append(f"between {least} and {highest} MHz")
    return ", ".join(told)


def _noted(word: str, text: str) -> str:
    return click.style(f"  {word:<12}  {clean(text)}", fg="yellow")


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
