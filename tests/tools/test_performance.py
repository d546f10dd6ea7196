"""docs/performance.md: what was compared, and the whole catalogue."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import catalogue
import performance
from conftest import ROOT
from recordings import CATALOGUE, COMPARISONS, cells, dropped, entry, results, row

from judge.challenges.formats.folder_challenge import FolderChallenge
from judge.comparing import sweep
from judge.comparing.results import Results
from judge.show.comparison import times
from judge.solutions.finding import all_solutions

# -- the page -----------------------------------------------------------------------------------------


def test_the_page_shows_tables_plots_and_how_to_repeat_them() -> None:
    compared = results("softmax", row(entry("mine", 10), entry("torch", 20), rows=3, cols=50))
    found = performance.pages([compared, compared], [compared])
    plots = ["plots/catalogue.svg", "plots/softmax-1.svg", "plots/softmax-2.svg"]
    assert sorted(found) == ["performance.md", *plots]
    page = found["performance.md"]
    for part in ("## softmax", times(compared, "pipe"), "NVIDIA H200, driver 580.1", compared.command):
        assert part in page
    assert all(f"]({plot})" in page for plot in plots)
    sections = [line for line in page.splitlines() if line.startswith("#")]
    assert sections[:3] == ["# Performance", "## The catalogue", "## Targets"]


def test_without_its_record_there_is_no_catalogue() -> None:
    found = performance.pages([], [])
    assert [*found] == ["performance.md"]
    assert "## The catalogue" not in found["performance.md"]


def test_the_page_shows_what_was_recorded() -> None:
    assert COMPARISONS
    for name, text in performance.pages(COMPARISONS, CATALOGUE).items():
        assert (ROOT / "docs" / name).read_text() == text


def test_all_of_it_is_measured_again_by_one_command(tmp_path: Path) -> None:
    """With a judge that only says how it was called."""
    judge = tmp_path / "judge"
    judge.write_text(f"#!{sys.executable}\nimport sys\nprint('|'.join(sys.argv[1:]))\n")
    judge.chmod(0o755)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | dict(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}", PYTHONPATH=paths)
    done = subprocess.run(
        catalogue.AGAIN, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    called = [line.split("|") for line in done.stdout.splitlines()]
    assert {each[0] for each in called} == {"compare"}
    recorded = [each for each in called if each[-1] == "docs/performance.jsonl"]
    assert len(recorded) == len(COMPARISONS)
    whole = [each for each in called if each[-1] == "docs/catalogue.jsonl"]
    assert {word for each in whole for word in each if word.endswith(".py")} == {
        solution.title for solution in all_solutions()
    }
    assert all("torch,compile" in each for each in whole)
    assert len(recorded) + len(whole) == len(called)


# -- the catalogue ------------------------------------------------------------------------------------


def sorting() -> Results:
    unsupported = dropped("compile", "not_supported", "RuntimeError: no")
    return results(
        "sort",
        row(entry("quick", 10), entry("slow", 20), entry("torch", 10.1), entry("compile", 5), n=8),
        row(entry("quick", 25), entry("slow", 20), entry("torch", 50), unsupported, n=9),
    )


def test_the_catalogue_has_a_row_for_each_solution_and_shape() -> None:
    text = catalogue.section([sorting()], "plot.svg")
    quick, slow = "**[quick](../solutions/quick.py)**", "[slow](../solutions/slow.py)"
    assert cells(text, "sort")[0] == ["sort", quick, "n=8", "10 µs ± 1.0 %", "1.01× tie", "0.50×", "10 %"]
    assert cells(text, "")[3:6] == [
        ["", "", "n=9", "25 µs ± 1.0 %", "2.00×", "–", "4 %"],
        ["", slow, "n=8", "20 µs ± 1.0 %", "0.51×", "0.25×", "5 %"],
        ["", "", "n=9", "20 µs ± 1.0 %", "2.50×", "–", "5 %"],
    ]
    for part in ("NVIDIA H200, driver 580.1", "![speedups of the best solutions](plot.svg)", catalogue.AGAIN):
        assert part in text


def test_means_are_over_the_best_of_each_challenge_and_say_over_how_many_shapes() -> None:
    adding = results("vector_add", row(entry("add", 10), entry("torch", 16), entry("compile", 20), n=8))
    text = catalogue.section([sorting(), adding], "plot.svg")
    assert cells(text, "vs torch") == [
        ["vs torch", f"{(1.01 * 2 * 1.6) ** (1 / 3):.2f}×", "3 of 3 shapes of 2 challenges"],
        ["vs torch.compile", "1.00×", "2 of 3 shapes of 2 challenges"],
    ]


def test_who_has_no_time_somewhere_is_not_the_best() -> None:
    found = results(
        "sort",
        row(entry("quick", 1), entry("slow", 20), entry("torch", 10), n=8),
        row(dropped("quick", "rule_violation"), entry("slow", 20), entry("torch", 10), n=9),
    )
    [of_sort] = catalogue.best(catalogue.lines([found])).values()
    assert [line.cell.program for line in of_sort] == ["slow", "slow"]
    assert "rule violation" in catalogue.section([found], "plot.svg")


def test_a_noisy_time_is_marked_and_makes_nobody_the_best() -> None:
    noisy = entry("quick", 1, noisy="the clock moved")
    found = results("sort", row(noisy, entry("slow", 20), entry("torch", 10), n=8))
    [[line]] = catalogue.best(catalogue.lines([found])).values()
    assert line.cell.program == "slow"
    shown = cells(catalogue.section([found], "plot.svg"), "sort")[0]
    assert shown[3:6] == ["1 µs ± 1.0 % ~", "–", "–"]


def test_what_was_recorded_twice_is_shown_once_as_it_was_last() -> None:
    before = results("sort", row(entry("quick", 10), entry("torch", 20), n=8))
    after = results("sort", row(entry("quick", 5), entry("slow", 9), entry("torch", 20), n=8))
    found = catalogue.lines([before, after])
    assert [line.cell.median_us for line in found] == [5, 9]


def test_what_cannot_be_replayed_is_compared_by_the_process_clock_and_says_so() -> None:
    called = entry("torch", 50, process_us=50.0, process_ci95_us=(49.0, 51.0))
    called.method = "process"
    quick = entry("quick", 10, process_us=20.0, process_ci95_us=(19.0, 21.0))
    text = catalogue.section(
        [results("histogram", row(quick, called, entry("compile", 30), n=8))], "plot.svg"
    )
    assert cells(text, "histogram")[0][4:6] == ["2.50× ‡", "3.00×"]
    assert "‡ One of the two" in text


def test_an_interval_down_to_nothing_allows_any_speedup() -> None:
    found = results("constant_add", row(entry("quick", 1, 2.0), entry("torch", 0.5), n=8))
    [line] = catalogue.lines([found])
    assert line.over("torch").high == float("inf")
    assert "0.50× tie" in catalogue.section([found], "plot.svg")


def test_the_plot_has_a_bar_for_each_challenge_the_fastest_first() -> None:
    adding = results("vector_add", row(entry("add", 10), entry("torch", 160), entry("compile", 20), n=8))
    slower = results("softmax", row(entry("soft", 10), entry("torch", 5), n=8))
    text = catalogue.plot([sorting(), adding, slower])
    root = ElementTree.fromstring(text)
    told = ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]
    names = [name for name in told if name in ("sort", "vector_add", "softmax")]
    assert names == ["vector_add", "sort", "softmax"]
    assert {"16.00×", "1.42×", "0.50×"} <= set(told)
    bars = [each.get("class") for each in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars == ["c0", "mark", "c0", "mark", "c1"]
    for each in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert 0 <= float(each.get("x", 0)) < float(root.get("width", 0)) - float(each.get("width", 0))


def test_only_what_was_never_recorded_is_added_to_the_commands() -> None:
    found = catalogue.commands(
        [sorting()], dict(sort=["solutions/quick.py", "solutions/new one.py"], relu=[])
    )
    assert found == [
        "judge compare sort solutions/quick.py solutions/slow.py --against torch,compile "
        "--record docs/catalogue.jsonl",
        "judge compare sort 'solutions/new one.py' --against torch,compile --record docs/catalogue.jsonl",
    ]


def test_the_catalogue_is_whole_or_names_what_it_lacks() -> None:
    recorded = {(line.path, line.row.name) for line in catalogue.lines(CATALOGUE)}
    lacks = catalogue.lacking(CATALOGUE, performance.solutions())
    for solution in all_solutions():
        shapes = FolderChallenge(ROOT / "challenges" / solution.challenge).benchmark_shapes
        told = solution.title in lacks.get(solution.challenge, [])
        for shape in shapes:
            assert told != ((solution.title, sweep.text(shape)) in recorded), (solution.title, shape)
    text = (ROOT / "docs" / "performance.md").read_text()
    assert not lacks or f"all of their solutions: {', '.join(lacks)}." in text
