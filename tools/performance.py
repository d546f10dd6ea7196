"""docs/performance.md and its plots, from recorded comparisons; `python tools/write.py` writes them.

judge compare ... --record docs/performance.jsonl     on a GPU, for each comparison with a section of its own
python tools/performance.py --commands | sh           on a GPU: all of these again, and the whole catalogue
"""

import argparse
from pathlib import Path

import catalogue
import targets

from judge.comparing import sweep
from judge.comparing.results import Results, read_record
from judge.show.chart import as_svg
from judge.show.comparison import means, times
from judge.solutions.finding import all_solutions

DOCS = Path(__file__).resolve().parents[1] / "docs"
RECORD = DOCS / "performance.jsonl"
CATALOGUE = DOCS / "catalogue.jsonl"

INTRODUCTION = """\
# Performance

Each comparison is one run of one command. Every program has a process of its own. The answers are judged on
the same shapes first, and then the passes of all programs are timed in turn, by the clock that
[clock.md](clock.md) describes. A time is the median of a call, with half of its 95 % interval. `tie` means
that this interval overlaps with that of the fastest, or of the time to compare with. The roofline is the
least time that the GPU's own measured peaks allow; [clock.md](clock.md) says which kernels can pass 100 %.
`judge leaderboard` and the site show the times of verdicts, which come from other runs. What a judge before
0.3 recorded was timed by an older clock, which could be disturbed.
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
    parts += [f"![the same as a plot]({plot})", "To measure again:", f"    {results.command}"]
    return "\n\n".join(parts) + "\n"


def commands(record: list[Results], whole: list[Results]) -> list[str]:
    """The commands that measure everything again, to be run in the repository's folder."""
    again = [f"{results.command} --record docs/{RECORD.name}" for results in record]
    return [*again, *catalogue.commands(whole, solutions())]


def solutions() -> dict[str, list[str]]:
    """The shipped solutions' paths, by challenge."""
    found: dict[str, list[str]] = {}
    for solution in all_solutions():
        found.setdefault(solution.challenge, []).append(solution.title)
    return dict(sorted(found.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the commands that record everything again.")
    parser.add_argument("--commands", action="store_true", required=True)
    parser.parse_args()
    print("\n".join(commands(read_record(RECORD), read_record(CATALOGUE))))


if __name__ == "__main__":
    main()
