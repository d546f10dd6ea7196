"""Writes docs/performance.md and its plots from recorded comparisons.

judge compare ... --record docs/performance.jsonl     on a GPU, for each comparison
python docs/performance.py                            then
"""

import sys
from pathlib import Path

from judge import sweep
from judge.chart import as_svg
from judge.results import Results, read_record
from judge.results_text import means, times

HERE = Path(__file__).resolve().parent
RECORD = HERE / "performance.jsonl"

INTRODUCTION = """\
# Performance

Each table is one run of one command: the programs' passes in turn, each in a process of its own, by the clock
that [clock.md](clock.md) describes, after the answers were judged on the same shapes. Times are medians of a
call with half of their 95 % interval. Whose interval overlaps with the fastest's is in a `tie` with it. The
roofline is the least time that the GPU's own peaks allow.
"""


def pages(record: list[Results]) -> dict[str, str]:
    """The text of performance.md and of each plot, by path from docs/."""
    found, parts = {}, [INTRODUCTION]
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
    where = (
        f"{results.device}, driver {results.driver}, torch {results.torch}, triton {results.triton}, "
        f"judge {results.judge}, {results.date}"
    )
    parts = [f"## {title}", where, times(results, "pipe")]
    if len(results.rows) > 1 and results.means:
        parts.append(means(results, "pipe"))
    if results.shared:
        parts.append("Another program was computing on this GPU meanwhile.")
    parts += [f"![the same as a plot]({plot})", "Again:", f"    {results.command}"]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    record = read_record(RECORD)
    if not record:
        sys.exit(f"nothing is recorded yet: judge compare ... --record {RECORD} does")
    for name, text in pages(record).items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
