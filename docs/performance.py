"""Writes docs/performance.md and its plots from recorded comparisons.

judge compare ... --record docs/performance.jsonl     on a GPU, for each comparison with a section of its own
python docs/performance.py --commands | sh            on a GPU: all of those anew, and the whole catalogue
python docs/performance.py                            then
"""

import argparse
import sys
from pathlib import Path

import catalogue
import targets

from judge import sweep
from judge.catalogue import listings
from judge.chart import as_svg
from judge.results import Results, read_record
from judge.results_text import means, times

HERE = Path(__file__).resolve().parent
RECORD = HERE / "performance.jsonl"
CATALOGUE = HERE / "catalogue.jsonl"

INTRODUCTION = """\
# Performance

Programs are compared in one run of one command each: their passes in turn, each in a process of its own, by
the clock that [clock.md](clock.md) describes, after the answers were judged on the same shapes. Times are
medians of a call with half of their 95 % interval. Whose interval overlaps with the fastest's, or with that
of what it is compared with, is in a `tie` with it. The roofline is the least time that the GPU's own peaks
allow, as they were measured: [clock.md](clock.md) says who can pass 100 %. The times in
[README.md](../README.md#times-of-the-solutions) are those of verdicts, from runs of their own.
"""


def pages(record: list[Results], whole: list[Results]) -> dict[str, str]:
    """The text of performance.md and of each plot, by path from docs/; `whole` is the catalogue's record."""
    found, parts = {}, [INTRODUCTION]
    if whole:
        plot = "plots/catalogue.svg"
        found[plot] = catalogue.plot(whole)
        parts.append(catalogue.section(whole, plot, catalogue.lacking(whole, solutions())))
    parts.append(targets.section(record, whole))
    for results in record:
        number = sum(name.startswith(f"plots/{results.challenge}-") for name in found) + 1
        plot = f"plots/{results.challenge}-{number}.svg"
        found[plot] = as_svg(results)
        parts.append(_section(results, plot))
    found["performance.md"] = "\n".join(parts)
    return found


def _section(results: Results, plot: str) -> str:
    common, _ = sweep.split([row.shape for row in results.rows])
    title = ", ".join(filter(None, (results.challenge, sweep.text(common))))
    parts = [f"## {title}", catalogue.places([results]), times(results, "pipe")]
    if len(results.rows) > 1 and results.means:
        parts.append(means(results, "pipe"))
    if results.shared:
        parts.append("Another program was computing on this GPU meanwhile.")
    parts += [f"![the same as a plot]({plot})", "Again:", f"    {results.command}"]
    return "\n\n".join(parts) + "\n"


def commands(record: list[Results], whole: list[Results]) -> list[str]:
    """What measures all of it again, in the repository's folder."""
    again = [f"{results.command} --record docs/{RECORD.name}" for results in record]
    return [*again, *catalogue.commands(whole, solutions())]


def solutions() -> dict[str, list[str]]:
    """The shipped solutions' paths, by challenge."""
    return {each.name: each.solutions for each in listings(None)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write docs/performance.md and its plots.")
    parser.add_argument("--commands", action="store_true", help="only print the commands that record it")
    record, whole = read_record(RECORD), read_record(CATALOGUE)
    if parser.parse_args().commands:
        print("\n".join(commands(record, whole)))
        return
    if not record:
        sys.exit(f"nothing is recorded yet: judge compare ... --record {RECORD} does")
    for name, text in pages(record, whole).items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
