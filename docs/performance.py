"""Writes docs/performance.md and its plots from recorded comparisons.

judge compare ... --record docs/performance.jsonl     on a GPU, for each comparison
python docs/performance.py                            then
"""

import sys
from pathlib import Path

from judge import sweep
from judge.chart import as_svg
from judge.results import Standings, read_record
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


def pages(record: list[Standings]) -> dict[str, str]:
    """The text of performance.md and of each plot, by path from docs/."""
    found, parts = {}, [INTRODUCTION]
    for standings in record:
        number = sum(name.startswith(f"plots/{standings.challenge}-") for name in found) + 1
        plot = f"plots/{standings.challenge}-{number}.svg"
        found[plot] = as_svg(standings)
        parts.append(_section(standings, plot))
    found["performance.md"] = "\n".join(parts)
    return found


def _section(standings: Standings, plot: str) -> str:
    common, _ = sweep.split([row.shape for row in standings.rows])
    title = ", ".join(filter(None, (standings.challenge, sweep.text(common))))
    where = (
        f"{standings.device}, driver {standings.driver}, torch {standings.torch}, triton {standings.triton}, "
        f"judge {standings.judge}, {standings.date}"
    )
    parts = [f"## {title}", where, times(standings, "pipe")]
    if len(standings.rows) > 1 and standings.means:
        parts.append(means(standings, "pipe"))
    if standings.shared:
        parts.append("Another program was computing on this GPU meanwhile.")
    parts += [f"![the same as a plot]({plot})", "Again:", f"    {standings.command}"]
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
