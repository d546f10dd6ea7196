"""Solved notes: read, listed, found, and shown on a terminal."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import click
import pytest
from conftest import ROOT, judge_environment
from hypothesis import given
from hypothesis import strategies as st

from judge.board.columns import Provenance
from judge.board.notes import TimedNote, check_tags, find, listed, select
from judge.board.standings import Standings
from judge.board.store import Leaderboard
from judge.challenges.formats.folder import Folder
from judge.errors import BadInput
from judge.show.notes import note_text, notes_text
from judge.solutions.finding import Solution, find_solution
from judge.solutions.languages import LANGUAGES
from judge.solutions.notes import Note, read_note
from judge.verdict.verdict import Verdict
from judge.workspace import shipped

Judge = Callable[..., CompletedProcess[str]]

NAMES = sorted(path.stem for path in (shipped() / "solutions").glob("*.py"))
SOURCE = (
    'r"""# Adding, slowly\n\n**Idea.** Add $x_i$ and `y`.\n"""\n\nCHALLENGE = "mine"\n\n\ndef solve(): ...\n'
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a challenge of its own, and a solution of it."""
    shutil.copytree(shipped() / "challenges" / "vector_add", tmp_path / "challenges" / "mine")
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "slow.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JUDGE_DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def brought() -> dict[str, TimedNote]:
    """The shipped solutions' notes, by the solutions' names."""
    return {entry.name: entry for entry in listed(Standings("sqlite://"))}


def note(source: str) -> Note:
    return read_note(Solution(Path("s.py"), "s.py", source, "", LANGUAGES[".py"]))


def of(challenge: str) -> list[TimedNote]:
    return [entry for entry in listed(Standings()) if entry.challenge == challenge]


def record(
    source: str, score_us: float, device: str = "GPU A", status: Any = "accepted", method: Any = "replay"
) -> None:
    folder = Path("challenges/mine")
    verdict = Verdict(status, "mine", "s.py", device, 1, score_us=score_us, method=method)
    where = Provenance(Folder().digest(folder), "s", source, "ada", "1", "2", "3", "4")
    Leaderboard().record(verdict.as_json(), where)


# -- reading ------------------------------------------------------------------------------------------


def test_a_docstring_is_the_note_and_the_rest_is_code() -> None:
    found = note(SOURCE)
    assert found.title == "Adding, slowly"
    assert found.body == "**Idea.** Add $x_i$ and `y`.\n"
    assert found.code == 'CHALLENGE = "mine"\n\n\ndef solve(): ...\n'


@pytest.mark.parametrize(
    "source", ["", "x = 1\n", "b'bytes'\n", "1\n", "def solve(:\n", "\x00", "(" * 500, "# only a comment\n"]
)
def test_without_a_docstring_all_is_code(source: str) -> None:
    assert note(source) == Note(note(source).solution, "s.py", "", source)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r")),
    st.sampled_from(["x = 1\n", "", "# \x0c\n"]),
)
def test_any_docstring_can_be_read(text: str, code: str) -> None:
    found = note(f"{text!r}\n{code}")
    assert found.code == code
    assert re.sub(r"\W", "", text.partition("\n")[0].lstrip("# ")) in re.sub(
        r"\W", "", found.title + found.body
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_solution_has_a_note(name: str) -> None:
    path = shipped() / "solutions" / f"{name}.py"
    found = read_note(find_solution(str(path)))
    assert path.read_text().endswith(found.code)
    assert found.title and not found.title.startswith("#")
    assert "**Idea.**" in found.body
    assert f'CHALLENGE = "{found.solution.challenge}"' in found.code


# -- listing ------------------------------------------------------------------------------------------


def test_all_notes_are_listed_by_challenge_and_time(here: Path) -> None:
    found = listed(Standings())
    assert {entry.name for entry in found} == {*NAMES, "slow"}
    assert [entry.challenge for entry in found] == sorted(entry.challenge for entry in found)
    for challenge in {entry.challenge for entry in found}:
        same = [entry for entry in found if entry.challenge == challenge]
        times = [entry.best["score_us"] if entry.best else float("inf") for entry in same]
        assert times == sorted(times)
    [mine] = [entry for entry in found if entry.challenge == "mine"]
    assert mine.as_json() == {
        "challenge": "mine",
        "solution": "solutions/slow.py",
        "title": "Adding, slowly",
        "tags": ["elementwise", "memory-bound", "masks"],
        "difficulty": "easy",
        "best_us": None,
        "device": None,
        "method": None,
        "roofline": None,
    }
    assert not (here / ".judge").exists()


def test_reference_times_are_known(here: Path) -> None:
    [softmax] = of("softmax")
    assert softmax.best
    assert softmax.best["device"] == "NVIDIA H200"
    assert softmax.best["score_us"] > 0
    assert 0 < softmax.best["roofline"] < 1.1


def test_a_solution_that_names_no_challenge_is_not_listed(here: Path) -> None:
    (here / "solutions" / "helper.py").write_text('"""# Helper"""\n')
    (here / "solutions" / "lost.py").write_text('"""# Lost"""\nCHALLENGE = "gone"\n')
    assert {entry.name for entry in listed(Standings())} == {*NAMES, "slow"}


def test_a_time_belongs_to_the_code(here: Path) -> None:
    record(SOURCE, 5.0)
    record(SOURCE, 9.0)
    record(SOURCE, 7.0, "GPU B")
    record(SOURCE, 1.0, status="wrong_answer")
    record(f"import os\n{SOURCE}", 1.0)
    record(SOURCE + "FASTER = True\n", 1.0)
    path = here / "solutions" / "slow.py"

    def times() -> list[tuple[str, float]]:
        return [(row["device"], row["score_us"]) for row in of("mine")[0].times]

    assert times() == [("GPU A", 5.0), ("GPU B", 7.0)]
    path.write_text(SOURCE.replace("slowly", "in 5 µs"))  # the numbers go into the note afterwards
    assert times() == [("GPU A", 5.0), ("GPU B", 7.0)]
    path.write_text(SOURCE + "# could be faster\n")
    assert times() == [("GPU A", 5.0), ("GPU B", 7.0)]
    path.write_text(SOURCE + "FASTER = True\n")
    assert times() == [("GPU A", 1.0)]
    with (here / "challenges" / "mine" / "inputs.py").open("a") as file:
        file.write("# stricter\n")
    assert times() == []


def test_the_best_time_is_of_the_clock_that_counts_most(here: Path) -> None:
    record(SOURCE, 1.0, method=None)
    record(SOURCE, 2.0, method="process")
    assert [(row["device"], row["score_us"]) for row in of("mine")[0].times] == [("GPU A", 2.0)]
    record(SOURCE, 9.0)
    record(SOURCE, 3.0, "GPU B", method="process")
    assert [(row["device"], row["score_us"]) for row in of("mine")[0].times] == [
        ("GPU A", 9.0),
        ("GPU B", 3.0),
    ]
    text = click.unstyle(note_text(of("mine")[0], 100))
    assert re.search(r"^GPU A +9 µs +replayed ", text, flags=re.M)
    assert re.search(r"^GPU B +3 µs +process clock ", text, flags=re.M)


# -- finding ------------------------------------------------------------------------------------------


def test_tags_and_words_all_have_to_fit(here: Path) -> None:
    everything = listed(Standings())

    def names(tags: tuple[str, ...] = (), text: str = "") -> set[str]:
        return {entry.name for entry in select(everything, tags, text)}

    assert names() == {*NAMES, "slow"}
    assert "softmax" in names(("reduction",))
    backward = names(("Attention", "backward"))
    assert backward >= {"flash_attention_backward", "flash_attention_training"}
    assert backward.isdisjoint({"flash_attention_2", "layer_norm_backward"})
    assert names(("attention", "elementwise")) == set()
    assert names((), "SLOWLY adding") == {"slow"}  # the title
    assert "softmax" in names((), "milakov online")  # the note
    assert names((), "wide_row_kernel") >= {"softmax"}  # the code
    assert "slow" in names((), "Vector addition")  # the challenge's title
    assert names((), "slowly nowhere") == set()


@pytest.mark.parametrize(
    ("tag", "hint"), [("reductoin", "did you mean reduction?"), ("xyz", "there are atomics, attention, ")]
)
def test_an_unknown_tag_is_told_from_one_without_notes(here: Path, tag: str, hint: str) -> None:
    with pytest.raises(BadInput, match=f"no such tag: {tag}; {re.escape(hint)}"):
        check_tags(listed(Standings()), ("attention", tag))


def found(name: str, entries: list[TimedNote] | None = None) -> list[str]:
    return [entry.note.solution.title for entry in find(entries or listed(Standings()), name, Standings())]


def test_a_note_is_found_by_challenge_by_name_and_by_path(here: Path) -> None:
    entries = listed(Standings())
    both = {"solutions/long_softmax.py", "solutions/long_softmax_online.py"}
    assert set(found("long_softmax", entries)) == set(found("challenges/long_softmax", entries)) == both
    for name in ("slow", "slow.py", "solutions/slow.py", "mine", "challenges/mine"):
        assert found(name, entries) == ["solutions/slow.py"]
    assert found("long_softmax_online", entries) == ["solutions/long_softmax_online.py"]
    path = here / "elsewhere.py"
    path.write_text(SOURCE)
    assert found("elsewhere.py", entries) == ["elsewhere.py"]
    assert found(str(path), entries) == [str(path)]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("flash_atention_3", "no such note: flash_atention_3; did you mean flash_attention_3"),
        ("flash", "did you mean flash_attention, "),
        ("solutions/sofmax.py", "did you mean softmax"),
        ("zzz", "no such note: zzz; judge notes lists all"),
        ("challenges", "no such note: challenges; "),
        ("long" * 2000, "judge notes lists all"),
        ("open", "no solution of open is known here"),
        ("nameless.py", "nameless.py: it names no challenge; "),
        ("lost.py", "lost.py: no such challenge: gone; "),
    ],
)
def test_what_is_not_found_says_what_is_near(here: Path, name: str, hint: str) -> None:
    shutil.copytree(here / "challenges" / "mine", here / "challenges" / "open")
    (here / "nameless.py").write_text('"""# Nameless"""\n')
    (here / "lost.py").write_text('"""# Lost"""\nCHALLENGE = "gone"\n')
    with pytest.raises(BadInput, match=re.escape(hint)) as error:
        found(name)
    assert "\n" not in str(error.value)


# -- on a terminal ------------------------------------------------------------------------------------


def test_the_table_has_a_line_per_note(here: Path) -> None:
    lines = notes_text(listed(Standings())).splitlines()
    assert len([line for line in lines if line.startswith(("long_softmax ", "mine "))]) == 3
    [softmax] = [line for line in lines if line.startswith("softmax ")]
    cells = re.split(r" {2,}", softmax)
    assert cells[:4] == [
        "softmax",
        "softmax",
        "Softmax, one program per row",
        "reduction, numerics, memory-bound",
    ]
    assert re.fullmatch(r"[\d.]+ µs", cells[4])
    assert re.fullmatch(r"\d+ %", cells[5])
    assert lines[-1] == "best times on NVIDIA H200"


def test_times_name_their_device_where_there_are_several(here: Path) -> None:
    record(SOURCE, 5.0, "GPU A")
    text = notes_text(listed(Standings()))
    assert re.search(r" 5 µs on GPU A *$", text, flags=re.M)
    assert "µs on NVIDIA H200" in text
    assert "best times on" not in text


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_table_fits_the_terminal(here: Path, width: int) -> None:
    lines = notes_text(listed(Standings()), width).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0].split() == ["challenge", "title", "best"]
    assert lines[1].split() == ["solution", "tags", "roofline"]
    text = " ".join(" ".join(lines).split())
    for name in NAMES:
        assert f" {name} " in text


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_note_can_be_read(brought: dict[str, TimedNote], name: str) -> None:
    entry = brought[name]
    text = click.unstyle(note_text(entry, 90))
    lines = text.splitlines()
    assert lines[0] == entry.note.title
    assert lines[1].startswith(f"{entry.challenge} · ")
    assert text.rstrip().endswith(entry.note.code.rstrip())
    for row in entry.times:
        assert re.search(rf"^{row['device']}  +[\d.]+ [µm]s .*{row['time'][:10]}$", text, flags=re.M)


COLOURS = {
    "truecolor": ({"COLORTERM": "truecolor", "TERM": "xterm"}, "\x1b[38;2;"),
    "256": ({"COLORTERM": "", "TERM": "screen-256color"}, "\x1b[38;5;"),
    "16": ({"COLORTERM": "", "TERM": "xterm"}, "\x1b[34m"),
}


@pytest.mark.parametrize(("variables", "start"), COLOURS.values(), ids=COLOURS.keys())
def test_code_has_the_colours_that_the_terminal_has(
    here: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], start: str
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    text = note_text(of("mine")[0], 80)
    assert start in text.partition("CHALLENGE")[2]
    assert {other for _, other in COLOURS.values() if other in text.partition("CHALLENGE")[2]} == {start}


EVIL = "\x1b]0;owned\x07\x1b[2J\x9b1m\u202e"


def test_a_note_cannot_steer_the_terminal(here: Path) -> None:
    source = SOURCE.replace("slowly", f"slowly {EVIL}").replace("Add", f"Add {EVIL}") + f"# {EVIL}\n"
    (here / "solutions" / "slow.py").write_text(source)
    record(source, 5.0, f"GPU {EVIL}")
    entries = of("mine")
    for text in (notes_text(entries), notes_text(entries, 40), click.unstyle(note_text(entries[0], 80))):
        assert "GPU ]0;owned[2J1m" in text
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
    shown = note_text(entries[0], 80)
    assert set(re.findall(r"\x1b[^m]*m?", shown)) <= set(re.findall(r"\x1b\[[\d;]*m", shown))


# -- the command --------------------------------------------------------------------------------------


def test_the_command_lists_and_filters(
    judge_command: Judge, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("empty")
    done = judge_command("notes", "--tag", "attention", "--search", "backward", cwd=empty)
    assert done.returncode == 0, done.stderr
    assert "flash_attention_backward_torch" in done.stdout
    assert "vector_add" not in done.stdout
    done = judge_command("notes", "--search", "xylophone", cwd=empty)
    assert (done.returncode, done.stdout) == (0, "no note fits: judge notes lists all\n")
    done = judge_command("notes", "--tag", "atention", cwd=empty)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("judge: no such tag: atention; did you mean attention")
    assert list(empty.iterdir()) == []


def test_the_command_speaks_json(judge_command: Judge) -> None:
    every = json.loads(judge_command("notes", "--json").stdout)
    assert {each["solution"] for each in every} >= {f"solutions/{name}.py" for name in NAMES}
    assert all("note" not in each for each in every)
    [softmax] = json.loads(judge_command("notes", "softmax", "--json").stdout)
    assert softmax["title"] == "Softmax, one program per row"
    assert softmax["note"].startswith("**Idea.**")
    assert "def solve(x: Tensor, out: Tensor)" in softmax["code"]
    assert softmax["best_us"] > 0
    assert judge_command("notes", "--search", "xylophone", "--json").stdout == "[]\n"


def test_all_of_a_challenges_notes_are_shown_plainly_where_there_is_no_terminal(judge_command: Judge) -> None:
    text = judge_command("notes", "flash_attention").stdout
    titles = [entry.note.title for entry in of("flash_attention")]
    assert len(titles) > 2
    places = [re.search(rf"^{re.escape(title)}$", text, flags=re.M) for title in titles]
    starts = [place.start() for place in places if place]
    assert len(starts) == len(titles) and starts == sorted(starts)
    assert "\x1b" not in text


@pytest.mark.parametrize("colours", [True, False])
def test_a_terminal_gets_pages_and_colours(tmp_path: Path, colours: bool) -> None:
    pager = tmp_path / "bin" / "less"
    pager.parent.mkdir()
    pager.write_text("#!/bin/sh\necho PAGED\nexec cat\n")
    pager.chmod(0o755)
    environment = judge_environment(tmp_path) | {"PAGER": str(pager), "TERM": "xterm-256color"}
    for name in ("NO_COLOR", "COLORTERM", "LESS"):
        environment.pop(name, None)
    if not colours:
        environment["NO_COLOR"] = "1"
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "judge", "notes", "constant_add"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, env=environment, cwd=ROOT)
    os.close(theirs)
    text = b""
    while True:
        try:
            text += os.read(ours, 65536)
        except OSError:  # how Linux says that nobody holds the other end any more
            break
    os.close(ours)
    assert process.wait() == 0
    shown = text.decode()
    assert shown.startswith("PAGED")
    assert "Constant addition by one program" in shown
    assert ("\x1b[1m" in shown) == ("\x1b[38;5;" in shown) == colours
