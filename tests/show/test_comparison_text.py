"""A comparison as a person sees it: tables of text, and plots."""

from xml.etree import ElementTree

import click
import pytest
from comparisons import entry, full, results, row

from judge.comparing.results import Cell
from judge.show.chart import as_svg
from judge.show.comparison import comparison_text, means, times

# -- tables -------------------------------------------------------------------------------------------


def test_the_table_says_everything() -> None:
    text = click.unstyle(comparison_text(full()))
    lines = text.splitlines()
    assert lines[0] == "softmax · NVIDIA H200 · cols=50"
    [mine] = [line for line in lines if line.startswith("rows=3")]
    assert " ".join(mine.split()) == "rows=3 mine 10 µs ± 1.0 % 2.50× 50 % replay fastest"
    assert "wrong answer  <b>&'\", rows=3 cols=50" in lines
    assert "    1 of 1 elements differ" in lines
    assert "tie, without lse" in text
    assert "not supported: RuntimeError: float32 is not for me" in text
    assert max(map(len, lines)) < 180
    assert "warning: mine: out differs between two runs" in lines
    assert "seed 7" in lines
    assert "geometric mean" in text


def test_a_table_without_times_has_no_columns_for_them() -> None:
    found = results(row(Cell("mine", "right")), against=())
    assert times(found).splitlines()[0].split() == ["shape", "program"]
    assert not found.timed
    assert not found.failed


def test_the_means_say_over_how_many_shapes() -> None:
    dropped = Cell("torch")
    dropped.drop("no_room")
    found = results(
        row(entry("mine", 1.0), entry("torch", 2.0), rows=1),
        row(entry("mine", 1.0), entry("torch", 8.0), rows=2),
        row(entry("mine", 1.0), dropped, rows=3),
    )
    assert "4.00×" in means(found)
    assert "2 of 3 shapes" in means(found)


def test_a_noisy_time_is_marked_and_says_why() -> None:
    noisy = entry("mine", 10.0, noisy="its interval is 9 % wide")
    found = results(row(noisy, entry("torch", 25.0)))
    lines = click.unstyle(comparison_text(found)).splitlines()
    [mine] = [line for line in lines if "mine  " in line]
    assert "10 µs ± 1.0 % ~" in mine
    assert "~ mine, rows=3 cols=50: its interval is 9 % wide" in lines
    assert "fastest" not in times(found)
    assert "10 µs ~" in as_svg(found)


# -- plots --------------------------------------------------------------------------------------------


def test_the_plot_is_a_picture_of_the_times() -> None:
    root = ElementTree.fromstring(as_svg(full()))
    assert root.tag.endswith("svg")
    told = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"rows=3", "rows=4", "mine", "torch", "<b>&'\"", "wrong answer"} <= set(told)
    bars = [float(bar.get("width", 0)) for bar in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert len(bars) == 4
    assert bars[0] / bars[1] == pytest.approx(0.4, abs=0.01)
    assert "prefers-color-scheme:dark" in as_svg(full())
    width = float(root.get("width", 0))
    for element in root.iter():
        assert (
            float(element.get("x", 0)) + float(element.get("width", 0) if element is not root else 0) < width
        )


def test_a_plot_of_nothing_is_a_picture_too() -> None:
    ElementTree.fromstring(as_svg(results(row(Cell("mine", "no_room")), against=())))
