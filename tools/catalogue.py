"""The catalogue on a page: every solution at its challenge's benchmarks, with PyTorch and torch.compile."""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tabulate import tabulate

from judge.comparing.results import Cell, Results, Row, Speedup, speedup
from judge.show.chart import speedups
from judge.show.comparison import remark, time
from judge.show.units import percent
from judge.verdict.means import geometric_mean

AGAINST = {"torch": "vs torch", "compile": "vs torch.compile"}
RECORD = "docs/catalogue.jsonl"
AGAIN = "python tools/performance.py --commands | sh"


@dataclass(frozen=True)
class Line:
    """One solution on one shape."""

    results: Results
    row: Row
    cell: Cell

    @property
    def challenge(self) -> str:
        return self.results.challenge

    @property
    def path(self) -> str:
        return self.results.solutions[self.cell.program]

    def beside(self, program: str) -> Cell | None:
        """Another contestant's cell on the same shape."""
        return next((e for e in self.row.entries if e.program == program), None)

    def over(self, program: str) -> Speedup | None:
        """The speedup over another contestant, None unless both have times."""
        base = self.beside(program)
        return speedup(self.cell, base) if base else None


def every(record: Iterable[Results]) -> list[Line]:
    """All lines of a record, in its order."""
    return [
        Line(results, row, entry)
        for results in record
        for row in results.rows
        for entry in row.entries
        if entry.program in results.solutions
    ]


def latest(found: Iterable[Line]) -> list[Line]:
    """The last line of each solution on each shape."""
    return [*{(line.challenge, line.path, line.row.name): line for line in found}.values()]


def lines(record: Iterable[Results]) -> list[Line]:
    """The latest lines of a record, sorted by challenge and solution."""
    return sorted(latest(every(record)), key=lambda line: (line.challenge, line.path))


def best(found: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines of each challenge's best solution: the one with the least geometric mean of its times.

    A solution that has times on fewer shapes than another is not the best. Noisy times do not count.
    """
    by_challenge: dict[str, dict[str, list[Line]]] = {}
    for line in found:
        by_challenge.setdefault(line.challenge, {}).setdefault(line.path, []).append(line)
    return {challenge: min(solutions.values(), key=_rank) for challenge, solutions in by_challenge.items()}


def _rank(of_solution: list[Line]) -> tuple[int, float]:
    times = [line.cell.median_us for line in of_solution if line.cell.median_us and not line.cell.noisy]
    return -len(times), geometric_mean(times) or 0.0


def places(record: Iterable[Results]) -> str:
    """The devices and the versions that a record was measured with."""
    found = {
        f"{r.device}, driver {r.driver}, torch {r.torch}, triton {r.triton}, judge {r.judge}"
        f"{' (an older clock)' if r.judge < '0.3' else ''}, {r.date}": r
        for r in record
    }
    return "; ".join(found)


def section(record: list[Results], plot: str, lacks: Iterable[str] = ()) -> str:
    """The whole section, in Markdown; it names the challenges that the record lacks."""
    found = lines(record)
    top = best(found)
    parts = ["## The catalogue", places(record)]
    parts.append(
        "Every solution at the benchmarks of its challenge, compared with eager PyTorch (the challenge's "
        "`reference.py`) and with `torch.compile` of it. If there are several solutions, the best one is in "
        "bold: its times have the least geometric mean. A dash means that there is nothing to compare with."
    )
    parts += [_table(found, top), _means(top)]
    if names := ", ".join(lacks):
        parts.append(f"Not recorded yet, or not with all of their solutions: {names}.")
    if shared := ", ".join(results.challenge for results in record if results.shared):
        parts.append(f"Another program was computing on this GPU meanwhile: {shared}.")
    if any(line.cell.method != base.method for line, base in _pairs(found)):
        parts.append("‡ One of the two cannot be replayed, so both are timed by calls in their own process.")
    parts += [f"![speedups of the best solutions]({plot})", "To measure again:", f"    {AGAIN}"]
    return "\n\n".join(parts) + "\n"


def _pairs(found: Iterable[Line]) -> Iterator[tuple[Line, Cell]]:
    for line in found:
        for name in AGAINST:
            base = line.beside(name)
            if base and line.over(name):
                yield line, base


def _table(found: list[Line], top: dict[str, list[Line]]) -> str:
    table, challenge, path = [], "", ""
    several = {line.challenge for line in found if line.path != top[line.challenge][0].path}
    for line in found:
        link = f"[{line.cell.program}](../{line.path})"
        if line.challenge in several and line.path == top[line.challenge][0].path:
            link = f"**{link}**"
        share = percent(line.cell.roofline) or "–"
        table.append(
            [
                line.challenge if line.challenge != challenge else "",
                link if line.path != path else "",
                line.row.name,
                time(line.cell) or remark(line.cell),
                *(_ratio(line, name) for name in AGAINST),
                share,
            ]
        )
        challenge, path = line.challenge, line.path
    headers = ["challenge", "solution", "shape", "time", *AGAINST.values(), "roofline"]
    return str(tabulate(table, headers, tablefmt="pipe", disable_numparse=True))


def _ratio(line: Line, name: str) -> str:
    over, base = line.over(name), line.beside(name)
    if not over or not base:
        return "–"
    mark = " ‡" if line.cell.method != base.method else ""
    return f"{over.value:.2f}×{mark}{' tie' if over.tie else ''}"


def mean(top: dict[str, list[Line]], name: str) -> tuple[float, int, int] | None:
    """The geometric mean of the best solutions' speedups, its number of shapes, and the number of all shapes.

    None if there is no speedup.
    """
    shapes = [line for of_challenge in top.values() for line in of_challenge]
    ratios = [over.value for line in shapes if (over := line.over(name))]
    value = geometric_mean(ratios)
    return (value, len(ratios), len(shapes)) if value else None


def _means(top: dict[str, list[Line]]) -> str:
    table = []
    for name, title in AGAINST.items():
        if found := mean(top, name):
            value, some, all_of_them = found
            table.append([title, f"{value:.2f}×", f"{some} of {all_of_them} shapes of {len(top)} challenges"])
    headers = ["geometric mean", "best solutions", ""]
    return str(tabulate(table, headers, tablefmt="pipe", disable_numparse=True))


def plot(record: list[Results]) -> str:
    """The plot of two speedups over torch for each challenge, as means over its shapes: that of the best
    solution, and that of torch.compile.
    """
    bars = []
    for challenge, of_challenge in best(lines(record)).items():
        ours = [over.value for line in of_challenge if (over := line.over("torch"))]
        if over_torch := geometric_mean(ours):
            bars.append((challenge, over_torch, _compiled(of_challenge)))
    bars.sort(key=lambda bar: -bar[1])
    title = " · ".join(["the catalogue", *dict.fromkeys(results.device for results in record)])
    return speedups(title, "bars: the solution over torch; marks: torch.compile over torch", bars)


def _compiled(of_challenge: list[Line]) -> float | None:
    pairs = [(line.beside("compile"), line.beside("torch")) for line in of_challenge]
    ratios = [over.value for ours, base in pairs if ours and base and (over := speedup(ours, base))]
    return geometric_mean(ratios)


def lacking(record: list[Results], solutions: dict[str, list[str]]) -> dict[str, list[str]]:
    """The challenges with solutions that no recorded run has, and these solutions. `solutions` has all
    solutions, by challenge.
    """
    known = {path for results in record for path in results.solutions.values()}
    missing = {name: [path for path in paths if path not in known] for name, paths in solutions.items()}
    return {name: paths for name, paths in missing.items() if paths}


def commands(record: list[Results], solutions: dict[str, list[str]]) -> list[str]:
    """The command lines that record the whole catalogue: the recorded ones, and one for each challenge that
    lacks a solution there.
    """
    found = [results.command for results in record]
    for challenge, missing in lacking(record, solutions).items():
        words = ["judge", "compare", challenge, *missing, "--against", ",".join(AGAINST)]
        found.append(shlex.join(words))
    return [f"{command} --record {RECORD}" for command in found]
