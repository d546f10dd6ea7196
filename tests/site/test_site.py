"""The site: built from the shipped data and from hostile data, and looked at in a browser."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from conftest import ROOT, judge_environment
from lines import timed

from judge.board.lines import REFERENCES
from judge.board.notes import listed
from judge.board.standings import Standings
from judge.board.store import Leaderboard
from judge.challenges.formats.folder import Folder
from judge.errors import BadInput
from judge.show.units import duration
from judge.site.build import build
from judge.site.markup import markdown
from judge.site.mathml import formula
from judge.site.publish import MARKER, publish
from judge.site.serve import serve

SCRIPT = "<script>pwned = 1</script>"
IMAGE = "<img src=x onerror='pwned = 1'>"


def empty_database(folder: Path) -> str:
    (folder / "leaderboard.db").touch()
    return f"sqlite:///{folder}/leaderboard.db"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of what judge brings."""
    folder = tmp_path_factory.mktemp("shipped")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        build(folder / "site", empty_database(folder))
    return folder / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        missing = f"no browser: none of {', '.join(names)} is on PATH"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that fails the test at its end if it reported anything, or asked for anything but files."""
    page = browser.new_page(viewport=dict(width=1280, height=900))
    noticed: list[str] = []
    page.on("console", lambda message: noticed.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: noticed.append(f"error: {error}"))
    page.on("dialog", lambda dialog: noticed.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: noticed.append(request.url) if outside(request.url) else None)
    yield page
    page.close()
    assert noticed == []


def outside(url: str) -> bool:
    return not url.startswith(("file://", "data:", "http://localhost:"))


def pages_of(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


# -- reading ------------------------------------------------------------------------------------------


def shown(page: Any) -> list[str]:
    titles = "[...document.querySelectorAll('#challenges > li h2 a')].filter((a) => a.checkVisibility())"
    found: list[str] = page.evaluate(f"{titles}.map((a) => a.textContent)")
    return found


def test_search_finds_words_of_titles_and_notes(site: Path, page: Any) -> None:
    page.goto(f"{site.as_uri()}/index.html")
    everything = shown(page)
    assert len(everything) == len(list((ROOT / "challenges").glob("*/spec.md")))
    page.keyboard.press("/")
    page.keyboard.type("online softmax")
    found = shown(page)
    assert {"Softmax", "Softmax of long rows"} <= set(found)
    assert 0 < len(found) < 12
    assert page.locator("#count").inner_text() == f"{len(found)} of {len(everything)} challenges"
    marked = {mark.inner_text().lower() for mark in page.locator("li:visible mark").all()}
    assert marked == {"online", "softmax"}
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == found[0]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    assert shown(page) == everything
    page.keyboard.type("transpose")
    assert shown(page)[0] == "Matrix transpose"  # a title counts more than a note
    page.keyboard.press("Escape")
    page.keyboard.type("transpose nosuchword")
    assert shown(page) == []
    page.get_by_role("button", name="Clear").click()
    assert shown(page) == everything


def test_filters_combine_and_live_in_the_address(site: Path, page: Any) -> None:
    page.goto(f"{site.as_uri()}/index.html")
    everything = shown(page)
    page.get_by_text("hard", exact=True).first.click()
    hard = shown(page)
    page.get_by_label("Tag").select_option("attention")
    both = shown(page)
    assert 0 < len(both) < len(hard) < len(everything)
    assert "Flash attention" in both
    assert page.url.endswith("#difficulty=hard&tag=attention")
    page.go_back()
    assert shown(page) == hard
    page.go_forward()
    page.get_by_role("link", name="Flash attention", exact=True).click()
    page.go_back()
    assert shown(page) == both
    page.get_by_label("Solved").select_option("yes")
    assert shown(page) == []  # nothing is recorded in this workspace


def test_the_index_is_a_list_without_scripts(site: Path, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.as_uri()}/index.html")
    assert len(shown(page)) > 40
    assert not page.get_by_role("search").is_visible()
    context.close()


def test_a_challenge_shows_formulas_a_board_and_a_chart(site: Path, page: Any) -> None:
    page.goto(f"{site.as_uri()}/challenges/softmax.html")
    box = page.locator(".display math").first.bounding_box()
    assert box["width"] > 100 and box["height"] > 20
    assert page.locator("#reference .code .nf").inner_text() == "reference"
    assert page.locator(".board tbody tr").count() == 1
    chart = page.locator("#leaderboard svg.plot")
    assert chart.bounding_box()["height"] > 100
    assert chart.locator(".spot").bounding_box()["width"] > 5
    page.get_by_role("button", name="Copy").click()
    page.locator(".board a").click()
    assert page.url == f"{site.as_uri()}/solutions/softmax.html"


def test_a_solution_shows_its_note_beside_its_code(site: Path, page: Any) -> None:
    page.set_viewport_size(dict(width=1440, height=900))
    page.goto(f"{site.as_uri()}/solutions/softmax.html")
    note, code = (page.locator(part).bounding_box() for part in (".note", ".source"))
    assert note["x"] + note["width"] < code["x"]
    assert abs(note["y"] - code["y"]) < 50
    source = (ROOT / "solutions" / "softmax.py").read_text().splitlines()
    first = page.locator(".code .linenos").first.inner_text().strip()
    assert source[int(first) - 1] == "import triton"
    assert page.locator(".times tbody tr").count() == 2
    plot = page.locator(".measured svg.plot")
    assert plot.locator(".roof").first.bounding_box()["width"] > 50
    assert plot.locator("g.spotted").count() == 2
    assert plot.locator(".faint").count() > 10


def test_the_overview_shows_all_solutions(site: Path, page: Any) -> None:
    page.goto(f"{site.as_uri()}/overview.html")
    timed = {entry.note.solution.title for entry in listed(Standings("sqlite://")) if entry.times}
    hrefs = "[...document.querySelectorAll('svg.plot a')].map((a) => a.getAttribute('href'))"
    linked = set(page.evaluate(hrefs))
    assert linked == {solution.replace(".py", ".html") for solution in timed}
    # A solution beside which PyTorch could not be timed well has no speedup.
    compared = [e for e in listed(Standings("sqlite://")) if any(time["speedup"] for time in e.times)]
    assert len(timed) - 2 <= len(compared) == page.locator(".speedups tbody tr").count()
    assert all(plot.bounding_box()["width"] > 300 for plot in page.locator("svg.plot").all())


SOME = ["index", "overview", "challenges/softmax", "solutions/softmax", "solutions/flash_attention_1"]


@pytest.mark.parametrize("name", SOME)
def test_pages_fit_a_phone_and_follow_the_colour_scheme(site: Path, page: Any, name: str) -> None:
    page.set_viewport_size(dict(width=360, height=740))
    colours = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{site.as_uri()}/{name}.html")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        style = "getComputedStyle(document.body)"
        colours.add(page.evaluate(f"[{style}.backgroundColor, {style}.color].join()"))
    assert len(colours) == 2


def test_every_formula_is_rendered(site: Path) -> None:
    pages = {page: page.read_text() for page in pages_of(site)}
    assert sum(text.count("<math") for text in pages.values()) > 1000
    assert [str(page) for page, text in pages.items() if 'class="tex"' in text] == []


class Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.targets |= {value for name in ("href", "src") if (value := given.get(name))}
        self.ids |= {value for name in ("id",) if (value := given.get(name))}


def test_every_link_leads_somewhere(site: Path) -> None:
    links = {page.resolve(): Links(page.read_text()) for page in pages_of(site)}
    for page, found in links.items():
        for target in found.targets:
            parts = urlsplit(target)
            if parts.scheme:
                assert parts.scheme in ("http", "https", "data"), f"{page}: {target}"
                continue
            there = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert there.is_file(), f"{page}: {target}"
            if parts.fragment and "=" not in parts.fragment:
                assert parts.fragment in links[there].ids, f"{page}: {target}"


def contrast(one: str, other: str) -> float:
    """Source: WCAG 2.2, "contrast ratio" and "relative luminance"."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_have_the_contrast_of_wcag_aa(site: Path) -> None:
    light, dark = re.findall(r":root \{([^}]*color-scheme[^}]*)\}", (site / "site.css").read_text())
    text = ["text", "muted", "accent", "easy", "medium", "hard"]
    syntax = ["keyword", "string", "number", "function", "decorator", "comment", "text", "muted"]
    for block in (light, dark):
        colour = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", block))
        pairs = [*product(text, ["paper", "surface"]), *product(syntax, ["surface"])]
        pairs += [("text", "raised"), ("muted", "raised"), ("text", "mark"), ("accent", "mark")]
        weak = {pair: ratio for pair in pairs if (ratio := contrast(*(colour[name] for name in pair))) < 4.5}
        assert weak == {}
        for graphic in ("gain", "loss", "roof", "accent"):  # 3 is enough for what is no text
            assert contrast(colour[graphic], colour["paper"]) >= 3


# -- hostile text -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site in which every text that users write tries to be markup."""
    folder = tmp_path_factory.mktemp("hostile")
    challenge = folder / "challenges" / '"><svg onload=pwned=1>'
    challenge.mkdir(parents=True)
    for name in ("reference.py", "inputs.py"):
        text = (ROOT / "challenges" / "softmax" / name).read_text()
        (challenge / name).write_text(f"# {SCRIPT}\n{text}")
    attack = json.dumps(f'"> {SCRIPT}')
    (challenge / "spec.md").write_text(
        f'+++\ntitle = {attack}\ndifficulty = "easy"\ntags = [{attack}, "\'><b>"]\norigin = {attack}\n+++\n'
        f"{SCRIPT}\n\n{IMAGE} ![i](http://localhost:9/i.png) [l](javascript:pwned=1) "
        f"$\\text{{{IMAGE}}}$ $\\href{{javascript:pwned=1}}{{x}}$ $\\nosuch{{$\n\n"
        f'```"><script>pwned=1\n{SCRIPT}\n```\n\n| {IMAGE} |\n|---|\n| <!-- {SCRIPT} |\n'
    )
    solutions = folder / "solutions"
    solutions.mkdir()
    solution = f'r"""# {SCRIPT}\n\n{IMAGE} $\\text{{{SCRIPT}}}$ [l](data:text/html,{SCRIPT})"""\n'
    solution += f"CHALLENGE = {challenge.name!r}\n# {SCRIPT}\n"
    (solutions / f'"><{IMAGE[1:]}.py').write_text(solution)
    (solutions / "..%2f..%2fx.py").write_text(solution)
    (solutions / "A.py").write_text(solution)
    (solutions / "a.py").write_text(solution)
    (solutions / "latin.py").write_text(f'CHALLENGE = \'{SCRIPT}\'\n"""')  # of no challenge, and no Python
    line = json.loads(REFERENCES.read_text().splitlines()[0])
    line |= dict(challenge=challenge.name, challenge_hash=Folder().digest(challenge), device=f'"> {SCRIPT}')
    named = [each | dict(name=SCRIPT) for each in line["benchmarks"]]
    without = [each | dict(ci95_us="x") for each in line["benchmarks"]]
    lines = [
        line | dict(id="1", author=SCRIPT, solution="../../x" + IMAGE),
        line | dict(id="2", author="'\"", solution=f'solutions/"><{IMAGE[1:]}.py', torch=SCRIPT),
        line | dict(id="3", solution="solutions/A.py", benchmarks=named),
        line | dict(id="4", solution="solutions/a.py"),
        line | dict(id="5"),
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    url = f"sqlite:///{folder}/leaderboard.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert Leaderboard(url).import_(folder / "rows.jsonl") == (5, 0)
        # An earlier judge imported these too.
        verdict = json.dumps(lines[3] | dict(benchmarks=without))
        with contextlib.closing(sqlite3.connect(folder / "leaderboard.db")) as database:
            database.execute("update results set verdict = ? where id = '4'", (verdict,))
            database.execute("update results set time = ? where id = '5'", (SCRIPT,))
            database.commit()
        build(folder / "site", url)
    return folder / "site"


def test_hostile_text_is_shown_and_does_nothing(hostile: Path, page: Any) -> None:
    own = [p for p in pages_of(hostile) if not (ROOT / "challenges" / p.stem).exists()]
    own = [p for p in own if not (ROOT / "solutions" / f"{p.stem}.py").exists()]
    assert len(own) == 2 + 1 + 5
    for path in own:
        page.goto(path.as_uri())
        assert page.evaluate("typeof pwned") == "undefined", path
        assert page.locator("img, iframe, script:not([src]), [onload], [onerror]").count() == 0, path
        assert page.locator("a[href^='javascript' i], a[href^='data' i], mrow[href]").count() == 0, path
        assert page.locator("main").inner_text().count(SCRIPT) >= (path.stem != "overview"), path
    page.goto(f"{hostile.as_uri()}/index.html#q=pwned")
    assert len(shown(page)) == 1
    assert page.evaluate("typeof pwned") == "undefined"
    page.get_by_role("link", name=SCRIPT).first.click()
    assert page.get_by_role("heading", level=1).inner_text() == f'"> {SCRIPT}'


def test_hostile_names_stay_within_the_site(hostile: Path) -> None:
    names = [path.relative_to(hostile).as_posix() for path in hostile.rglob("*") if path.is_file()]
    assert all(re.fullmatch(r"((challenges|solutions)/)?[a-z0-9_.-]+", name) for name in names)
    assert len({name.lower() for name in names}) == len(names)
    assert sorted(path.name for path in hostile.parent.iterdir() if path.is_dir()) == [
        *("challenges", "site", "solutions")
    ]


@pytest.mark.parametrize(
    "link",
    ["javascript:x", "JAVASCRIPT:x", "data:text/html,x", "vbscript:x", "//evil/x", "/x"],
)
def test_links_lead_to_http_or_beside(link: str) -> None:
    assert "<a" not in markdown(f"[text]({link})") + markdown(f"[text](<{link}>)") + markdown(f"<{link}>")


def test_formulas_are_set_as_tex_sets_them() -> None:
    assert "<mi>∞</mi>" in formula(r"-\infty")
    assert '<mo form="prefix">−</mo>' in formula(r"x = -1")
    assert "<mo>−</mo>" in formula("x - 1")
    assert "<mo>+=</mo>" in formula(r"a \mathrel{+}= b")
    assert formula(r"\left(") == r'<code class="tex">\left(</code>'


# -- the folder ---------------------------------------------------------------------------------------


def test_only_a_site_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "site"
    publish({"index.html": "one", "old/page.html": "one"}, out)
    publish({"index.html": "two"}, out)
    assert {p.name: p.read_text() for p in out.iterdir() if p.name != MARKER} == {"index.html": "two"}
    assert list(out.parent.iterdir()) == [out]  # nothing half-written beside it
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="holds other files"):
        publish({"index.html": "x"}, precious)
    assert [p.name for p in precious.iterdir()] == ["thesis.txt"]
    publish({"index.html": "x"}, precious, force=True)
    assert (precious / "index.html").read_text() == "x"


@pytest.mark.parametrize("name", [".", "..", "challenges", "solutions/mine", "file"])
def test_sources_are_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    here = tmp_path / "workspace"
    (here / "challenges").mkdir(parents=True)
    (here / "solutions").mkdir()
    (here / "file").touch()
    monkeypatch.chdir(here)
    with pytest.raises(BadInput, match="--out names"):
        build(Path(name), empty_database(tmp_path), force=True)
    assert sorted(path.name for path in here.iterdir()) == ["challenges", "file", "solutions"]


def test_a_history_keeps_its_order_and_ranks(tmp_path: Path) -> None:
    line = json.loads(REFERENCES.read_text().splitlines()[0])
    us = line["score_us"]
    own = [
        timed(line, score, id=str(i), author=author, time=f"2026-0{i}-01T00:00:00+00:00")
        for i, (author, score) in enumerate([("ada", 1.5 * us), ("bob", 2 * us), ("ada", us / 2)], 1)
    ]
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps(each) + "\n" for each in reversed(own)))
    url = empty_database(tmp_path)
    Leaderboard(url).import_(rows)
    standings = Standings(url)
    [board] = standings.boards(line["challenge"], line["challenge_hash"])
    assert [row["score_us"] for row in board.history] == [1.5 * us, 2 * us, us / 2, us]
    assert [(e.rank, e.record["author"]) for e in board.entries] == [(1, "ada"), (2, "reference"), (3, "bob")]


def imported(folder: Path, *lines: dict[str, Any]) -> str:
    """A database with these lines of an exported leaderboard."""
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps(line) + "\n" for line in lines))
    url = empty_database(folder)
    assert Leaderboard(url).import_(rows) == (len(lines), 0)
    return url


def test_times_of_earlier_code_are_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A time belongs to the solution with its code; who wrote something else since is told so."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solutions").mkdir()
    line = json.loads(REFERENCES.read_text().splitlines()[0])
    before = f'CHALLENGE = "{line["challenge"]}"\n\n\ndef solve(): ...\n'
    line |= dict(id="1", device="GPU X", author="ada", solution="solutions/changed.py", source=before)
    line |= dict(solution_hash="of another file")
    (tmp_path / "solutions" / "changed.py").write_text(before + "FASTER = True\n")
    (tmp_path / "solutions" / "kept.py").write_text(f'"""# Kept"""\n{before}')
    build(tmp_path / "site", imported(tmp_path, line))
    site = tmp_path / "site"
    said = "† Recorded with an earlier version of this code."
    changed, kept = ((site / "solutions" / f"{name}.html").read_text() for name in ("changed", "kept"))
    assert "On GPU X" in changed and said in changed
    assert "On GPU X" in kept and said not in kept
    board = (site / "challenges" / f"{line['challenge']}.html").read_text().partition("GPU X")[2]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", board)
    assert cells[1] == '<a href="../solutions/changed.html">solutions/changed.py</a>'
    assert cells[2:4] == ["ada", f"{duration(line['score_us'])} †"]
    assert board.count("† the code has changed since") == 1
    overview = (site / "overview.html").read_text().partition("GPU X")[2]
    assert "solutions/kept.html" in overview and "solutions/changed.html" not in overview


def unnamed(line: dict[str, Any]) -> dict[str, Any]:
    """A line of a judge that had only one clock, and did not name it."""
    return {key: value for key, value in line.items() if key not in ("version", "method", "noisy")}


def test_each_clock_has_a_board_and_the_replayed_times_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = json.loads(REFERENCES.read_text().splitlines()[0])
    line |= dict(device="GPU X", author="ada")
    lines = [
        unnamed(timed(line, 1.0, id="1")),
        timed(line, 2.0, id="2", method="process"),
        timed(line, 9.0, id="3", method="replay"),
        timed(line, 0.4444, id="4", method="replay", noisy=True),
    ]
    build(tmp_path / "site", imported(tmp_path, *lines))
    page = (tmp_path / "site" / "challenges" / f"{line['challenge']}.html").read_text()
    _, replayed, called, older = page.split("<h3>GPU X</h3>")
    assert "9 µs</td>" in replayed and "ranked apart" not in replayed
    assert "2 µs</td>" in called and "Timed by the process clock (docs/clock.md): ranked apart." in called
    before, _, shipped = older.partition("<h3>")
    assert "1 µs</td>" in before and "Timed by an older clock: ranked apart." in before + shipped
    assert "0.44 µs" not in page
    solution = (tmp_path / "site" / line["solution"].replace(".py", ".html")).read_text()
    on_x = solution.partition("On GPU X")[2].partition("<h2>")[0]
    assert "Rank 1 of 1" in on_x and "9 µs" in on_x and "Replayed, " in on_x
    overview = (tmp_path / "site" / "overview.html").read_text()
    assert "<h2>GPU X</h2>" in overview and "<h2>GPU X, " not in overview
    assert overview.index("<h2>GPU X</h2>") < overview.index("<h2>NVIDIA H200</h2>")


@pytest.mark.parametrize("moment", ["long ago", "0001-01-01T00:00:00", "9999-12-31T23:59:59-23:59"])
def test_a_time_without_a_moment_is_on_the_board_and_on_no_chart(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = json.loads(REFERENCES.read_text().splitlines()[0])
    url = imported(tmp_path, line | dict(id="1", device="GPU X"))
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        database.execute(f"update results set time = '{moment}'")  # earlier judges imported any
        database.commit()
    build(tmp_path / "site", url)
    page = (tmp_path / "site" / "challenges" / f"{line['challenge']}.html").read_text()
    _, there, others = page.partition("<h3>GPU X</h3>")
    assert there
    assert "<figure>" not in others.partition("<h3>")[0]


# -- serving ------------------------------------------------------------------------------------------


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`judge site serve` in a workspace with one solution, on a free port."""
    (tmp_path / "challenges").mkdir()
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "mine.py").write_text('"""# First"""\nCHALLENGE = "softmax"\n')
    command = [sys.executable, "-u", "-m", "judge", "site", "serve", "--port", "0"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=judge_environment(tmp_path),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    yield process
    process.kill()
    process.communicate()


def test_serve_follows_changes_and_ends_quietly(serving: Any, tmp_path: Path, page: Any) -> None:
    process = serving
    found = re.match(r"http://localhost:(\d+)/", process.stdout.readline())
    assert found, process.stderr.read()
    url, port = found[0], found[1]
    page.goto(f"{url}solutions/mine.html")
    page.get_by_role("heading", name="First").wait_for()
    (tmp_path / "solutions" / "mine.py").write_text('"""# Second"""\nCHALLENGE = "softmax"\n')
    page.get_by_role("heading", name="Second").wait_for(timeout=20_000)
    assert process.stdout.readline() == "changed: mine.py\n"

    broken = tmp_path / "challenges" / "broken"
    broken.mkdir()
    (broken / "spec.md").write_text("no front matter\n")
    assert re.fullmatch(r"not shown: .*broken/spec\.md:1: .*\n", process.stdout.readline())
    with urllib.request.urlopen(f"{url}solutions/mine.html") as answer:
        assert b"Second" in answer.read()  # the last good one stays

    (broken / "spec.md").write_text((ROOT / "challenges" / "softmax" / "spec.md").read_text())
    assert "its reference.py cannot be read" in process.stdout.readline()

    foreign = urllib.request.Request(url, headers={"Host": f"evil.example:{port}"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(foreign)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{url}..%2f..%2fetc/passwd")

    with pytest.raises(BadInput, match=f"port {port} is taken; --port 0 finds a free one"):
        serve(int(port), None, print)
    page.goto("about:blank")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    assert process.stderr.read() == ""
