"""The site: challenges, solutions and their times as static pages that need neither server nor network."""

import json
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from judge.board.columns import Column, Record
from judge.board.standings import CLOCKS, Entry, seconds
from judge.errors import BadInput
from judge.show.board import ON_BOARDS, OUTDATED, OUTDATED_MEANS
from judge.show.clocks import apart, clock, place
from judge.show.units import duration, percent, precision, ratio, written
from judge.site.markup import code, markdown, plain
from judge.site.pages import ChallengePage, SolutionPage, gather
from judge.site.plots import (
    Mark,
    Time,
    arithmetic_roofline,
    bandwidth_roofline,
    history,
    speedup_axis,
    speedup_bar,
)
from judge.site.publish import check, publish
from judge.site.roof import Roof, roof
from judge.solutions.finding import short_name
from judge.verdict.verdict import BenchmarkResult
from judge.version import __version__
from judge.workspace import shipped, workspace

TEMPLATES = shipped() / "templates" / "site"


@dataclass(frozen=True)
class Chart:
    svg: Markup
    caption: str


def build(out: Path, database: str | None = None, force: bool = False) -> int:
    """Write the site to a folder. Returns the number of pages.

    Raises BadInput if something cannot be read, and if the folder cannot be written or holds other files
    (`force` replaces these).
    """
    sources = [
        root / part for root in (workspace(), shipped()) for part in ("challenges", "solutions", ".judge")
    ]
    for source in map(Path.resolve, sources):
        if source.is_relative_to(out.resolve()) or out.resolve().is_relative_to(source):
            raise BadInput(f"{out} is not a place for a site: it would replace {source}; --out names another")
    check(out, force)  # before the work
    files = render_site(database)
    publish(files, out, force)
    return sum(name.endswith(".html") for name in files)


def render_site(database: str | None = None, live: bool = False) -> dict[str, str]:
    """The site's files, by their paths in it. `live` pages load themselves again when `judge site serve` says
    so. Raises BadInput.
    """
    challenges, solutions = gather(database)
    templates = _environment()

    def page(template: str, root: str = "", **values: Any) -> str:
        return templates.get_template(f"{template}.html.jinja").render(
            root=root, live=live, version=__version__, here=template, **values
        )

    devices = _devices(solutions)
    roofs = {where: under for where, entries in devices.items() if (under := _roof_of(entries))}
    by_name = {challenge.listing.name: challenge for challenge in challenges}
    tags = sorted({tag for challenge in challenges for tag in challenge.about.tags})
    others = [s for s in solutions if s.note.solution.challenge not in by_name]
    files = {
        "index.html": page("index", challenges=challenges, solutions=solutions, tags=tags, others=others),
        "overview.html": page("overview", devices=_overview(devices, roofs)),
        "search.js": f"window.SEARCH = {json.dumps(_documents(challenges))};\n",
    }
    for name in ("site.css", "site.js", *(["live.js"] if live else [])):
        files[name] = (TEMPLATES / name).read_text(encoding="utf-8")
    neighbours = zip([None, *challenges], challenges, [*challenges[1:], None], strict=False)
    pages = {key: s.href for s in solutions for key in (s.path, s.hash)}
    for before, challenge, after in neighbours:
        assert challenge
        files[challenge.href] = page(
            "challenge",
            "../",
            challenge=challenge,
            before=before,
            after=after,
            body=markdown(challenge.about.text),
            reference=code(challenge.found.format.reference_source(challenge.found.path)),
            boards=[(b, history(_times(b.history, pages)) if b.history else "") for b in challenge.boards],
            several=any(len(e.benchmarks) > 1 for board in challenge.boards for e in board.entries),
            pages=pages,
            columns=_columns(),
        )
    for solution in solutions:
        note = solution.note
        first_line = note.solution.source.count("\n") - note.code.count("\n") + 1
        files[solution.href] = page(
            "solution",
            "../",
            solution=solution,
            challenge=by_name.get(note.solution.challenge),
            note=markdown(note.body) if note.body else "",
            code=code(note.code, first_line),
            charts={
                device: _place(solution, entry, devices[_where(entry)], roofs.get(_where(entry)))
                for device, entry in solution.entries.items()
            },
        )
    return files


def _documents(challenges: Iterable[ChallengePage]) -> list[dict[str, str]]:
    """The texts that the search looks through. `key` names the row on the index, `href` a solution in it."""
    found = []
    for challenge in challenges:
        about, name = challenge.about, challenge.listing.name
        known = dict(key=challenge.href, tags=f"{' '.join(about.tags)} {about.origin}")
        found.append(dict(known, href="", title=f"{about.title} {name}", text=plain(about.text)))
        for solution in challenge.solutions:
            title = f"{solution.note.title} {solution.path}"
            tags = f"{known['tags']} {about.title} {name}"
            text = f"{solution.note.title}. {plain(solution.note.body)}"
            found.append(dict(known, href=solution.href, title=title, tags=tags, text=text))
    return found


# -- plots --------------------------------------------------------------------------------------------

_Timed = list[tuple[SolutionPage, Entry]]
_Where = tuple[int, str]  # the number of a clock, and a device


def _where(entry: Entry) -> _Where:
    return CLOCKS.index(entry.record["method"]), entry.record["device"]


def _devices(solutions: Iterable[SolutionPage]) -> dict[_Where, _Timed]:
    """The solutions that are timed on each device by each clock, with their entries."""
    found: dict[_Where, _Timed] = {}
    for solution in solutions:
        for entry in solution.entries.values():
            found.setdefault(_where(entry), []).append((solution, entry))
    return dict(sorted(found.items()))


def _roof_of(timed: _Timed) -> Roof | None:
    return roof(b for _, entry in timed for b in entry.benchmarks)


def _overview(devices: Mapping[_Where, _Timed], roofs: Mapping[_Where, Roof]) -> list[dict[str, Any]]:
    """For each device and clock the roofline with all solutions under it, and their speedups, greatest first.

    Only times of the current code are used.
    """
    found = []
    for where, entries in devices.items():
        timed = [(solution, entry) for solution, entry in entries if not solution.is_outdated(entry)]
        if not timed:
            continue
        marks = [
            Mark(b, s.name, f"{s.name}: {_said(b)}", s.href)
            for s, entry in timed
            for b in entry.benchmarks
            if b.roofline_us
        ]
        speedups = sorted(
            ((e.record["speedup"], s) for s, e in timed if e.record["speedup"]), key=lambda x: -x[0]
        )
        low = min([0.5, *(speedup for speedup, _ in speedups)]) / 1.2
        high = max([2.0, *(speedup for speedup, _ in speedups)]) * 1.2
        found.append(
            dict(
                name=place(where[1], CLOCKS[where[0]]),
                charts=_charts(marks, roofs[where]) if where in roofs else [],
                axis=speedup_axis(low, high),
                speedups=[
                    dict(solution=solution, speedup=speedup, bar=speedup_bar(speedup, low, high))
                    for speedup, solution in speedups
                ],
            )
        )
    return found


def _place(solution: SolutionPage, entry: Entry, timed: _Timed, under: Roof | None) -> list[Chart]:
    """The charts of a solution's benchmarks under the roof of its device. All others are background."""
    if under is None:
        return []
    own = roof(entry.benchmarks)
    if own and own.rates:  # the peaks of its own arithmetic only, not those of other dtypes
        under = Roof(under.bandwidth, own.rates)
    marks = [
        Mark(b, percent(b.roofline), _said(b), faint=other is not solution)
        for other, each in timed
        if other is solution or not other.is_outdated(each)
        for b in each.benchmarks
        if b.roofline_us
    ]
    counted = any(m.benchmark.flops for m in marks if not m.faint)
    if all(m.faint for m in marks):
        return []
    return _charts([m for m in marks if bool(m.benchmark.flops) == counted], under)


def _charts(marks: list[Mark], under: Roof) -> list[Chart]:
    """The charts: benchmarks that count operations are in one plot, the others in another."""
    bytes_only = [m for m in marks if not m.benchmark.flops]
    counted = [m for m in marks if m.benchmark.flops]
    charts = []
    if bytes_only:
        caption = "If only bytes count: the bandwidth that was reached, under the device’s own for a copy."
        charts.append(Chart(bandwidth_roofline(bytes_only, under), caption))
    if counted:
        caption = (
            "If operations count: the rate that was reached, under the roofline. "
            "Left of the bend memory is the limit, right of it arithmetic is."
        )
        charts.append(Chart(arithmetic_roofline(counted, under), caption))
    return charts


def _times(rows: Iterable[Record], pages: Mapping[str, str]) -> list[Time]:
    """The points of a history, with links to the pages of those solutions that have one."""
    return [
        Time(
            seconds(row) or 0.0,
            row["score_us"],
            name := short_name(row["solution"]),
            f"{name}, {row['author']}, {row['time'][:10]}: {duration(row['score_us'])}",
            row["author"] == "reference",
            f"../{page}" if (page := pages.get(row["solution_hash"]) or pages.get(row["solution"])) else "",
        )
        for row in rows
    ]


def _columns() -> list[Column]:
    """The columns of a board: without the device, which is the same in all rows, and with the solution first,
    because it is a link.
    """
    return sorted((c for c in ON_BOARDS if c.name != "device"), key=lambda c: c.name != "solution")


# -- templates ----------------------------------------------------------------------------------------


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = dict(
        duration=duration,
        ratio=ratio,
        written=written,
        percent=percent,
        interval=_interval,
        quote=shlex.quote,
        clock=clock,
        apart=apart,
    )
    environment.filters |= filters
    environment.globals |= dict(outdated=OUTDATED, outdated_means=OUTDATED_MEANS)
    return environment


def _said(benchmark: BenchmarkResult) -> str:
    share = f", {percent(benchmark.roofline)} of the roofline" if benchmark.roofline else ""
    return f"{benchmark.name}, {duration(benchmark.median_us)}{share}"


def _interval(benchmark: BenchmarkResult) -> str:
    return precision(benchmark.median_us, *benchmark.ci95_us)
