"""Verdicts and boards as a person sees them."""

import json
import re
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.board.standings import Board, Entry
from judge.show.board import board_text, history_text
from judge.show.units import duration, measured
from judge.show.verdict import verdict_text
from judge.text import clean
from judge.verdict.diagnosis import Diagnosis, Mismatch, Region, Remark
from judge.verdict.hints import hints_for
from judge.verdict.verdict import BenchmarkResult, CaseResult, Conditions, Verdict, Work


def result(**changes: Any) -> BenchmarkResult:
    plain: dict[str, Any] = dict(
        name="rows=4096 cols=8192",
        median_us=69.2,
        ci95_us=(68.9, 69.5),
        samples=31,
        method="replay",
        baselines={"torch": {"median_us": 98.3, "ci95_us": (97.9, 98.7), "method": "replay"}},
        speedup=1.42,
        bytes=268435456,
        flops=0,
        roofline_us=62.7,
        roofline=0.91,
    )
    return BenchmarkResult(**(plain | changes))


def verdict(**changes: Any) -> Verdict:
    plain: dict[str, Any] = dict(
        status="accepted",
        challenge="softmax",
        solution="solutions/softmax.py",
        device="NVIDIA H200",
        seed=8137465529,
        cases=[CaseResult(f"n={n}", "accepted", 1e-8, 1e-5) for n in range(26)],
        benchmarks=[result()],
        score_us=69.2,
        method="replay",
        rank=2,
        entries=5,
    )
    return Verdict(**(plain | changes))


def saying(text: str) -> Diagnosis:
    """The diagnosis of a verdict that says this."""
    return Diagnosis((Remark(text),))


def shown(what: Verdict) -> str:
    return click.unstyle(verdict_text(what))


# -- verdicts -----------------------------------------------------------------------------------------


def test_an_accepted_verdict_looks_as_in_the_design() -> None:
    assert (
        shown(verdict())
        == """\
softmax · solutions/softmax.py · NVIDIA H200

  correctness   26 cases passed                     seed 8137465529
  time          69.2 µs ± 0.30    4096 × 8192, replayed, 31 samples
  vs torch      1.42×             98.3 µs
  roofline      91 %              62.7 µs at 4.28 TB/s

  accepted      rank 2 of 5 on NVIDIA H200"""
    )


def test_a_refused_verdict_looks_as_in_the_design() -> None:
    mismatch = Mismatch(
        output="out",
        index=(2, 1024),
        got="0",
        expected="0.0009",
        error=0.0009,
        allowed=1e-07,
        wrong=3,
        total=3075,
        region=Region(axis=1, rank=2, name="cols", first=1024, last=1024, size=1025),
    )
    diagnosis = Diagnosis(
        (mismatch,),
        case=3,
        name="rows=3 cols=1025",
        hints=hints_for([mismatch]),
        replay="judge submit challenges/softmax solutions/mine.py --seed 8137465529 --case 3",
    )
    refused = verdict(
        status="wrong_answer", diagnosis=diagnosis, benchmarks=[], score_us=None, rank=None, entries=None
    )
    assert (
        shown(refused)
        == """\
softmax · solutions/softmax.py · NVIDIA H200

  wrong answer  case 3: rows=3 cols=1025
    out[2, 1024] = 0    expected 0.0009    off by 0.0009, allowed 1e-07
    3 of 3075 elements differ, all in the last column
    hint: is the tail of the row masked?
    again: judge submit challenges/softmax solutions/mine.py --seed 8137465529 --case 3"""
    )


def test_what_the_submission_printed_stands_below_a_refusal() -> None:
    text = shown(
        verdict(status="runtime_error", diagnosis=saying("boom"), output="one\ntwo\n", benchmarks=[])
    )
    assert text.endswith("  runtime error  boom\n\n  the submission printed:\n    one\n    two")


@pytest.mark.parametrize(
    "status", ["wrong_answer", "compile_error", "runtime_error", "time_limit", "rule_violation"]
)
def test_every_status_is_named_even_without_a_message(status: Any) -> None:
    for diagnosis in (None, Diagnosis(()), saying("")):
        assert f"  {status.replace('_', ' ')}" in shown(
            verdict(status=status, diagnosis=diagnosis, benchmarks=[])
        )


def test_a_baseline_that_cannot_be_replayed_is_compared_by_the_process_clock() -> None:
    torch = {"median_us": 120.0, "ci95_us": (119.0, 121.0), "method": "process", "against_us": 80.0}
    text = shown(verdict(benchmarks=[result(baselines={"torch": torch}, speedup=1.5)]))
    assert "  vs torch      1.50×             120 µs, both by the process clock (here 80 µs)" in text


def test_the_process_clock_is_said_and_ranks_apart() -> None:
    warning = "timed by the process clock: it reads a value back"
    text = shown(
        verdict(
            method="process", benchmarks=[result(method="process")], warnings=[warning], rank=1, entries=2
        )
    )
    assert "  time          69.2 µs ± 0.30    4096 × 8192, process clock, 31 samples\n" in text
    assert "  clock         process: the warnings say why; ranked apart\n" in text
    assert f"  accepted      rank 1 of 2 on NVIDIA H200, process clock\n  warning       {warning}" in text
    assert "  clock " not in shown(verdict())


def test_a_noisy_time_is_shown_and_not_ranked() -> None:
    noisy = result(noisy="its interval is 9 % wide")
    told = verdict(noisy=True, benchmarks=[noisy, result(name="n=1")], rank=None, entries=None)
    lines = shown(told).splitlines()
    assert lines[3].startswith("  time          69.2 µs ± 0.30 ")
    assert lines[4] == "  noisy         its interval is 9 % wide: shown, not ranked"
    assert lines[-1] == "  accepted      not ranked: a time is noisy"
    assert sum("noisy" in line for line in lines) == 2
    assert click.style("  noisy         its interval is 9 % wide: shown, not ranked", fg="yellow") in (
        verdict_text(told)
    )


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (Conditions(), None),
        (Conditions(sm_mhz=(1900, 1980)), None),
        (Conditions(sm_mhz=(1410, 1980)), "between 1410 and 1980 MHz"),
        (Conditions(throttled=["power cap", "heat"]), "held down by the driver (power cap, heat)"),
        (
            Conditions(sm_mhz=(1410, 1980), throttled=["heat"]),
            "held down by the driver (heat), between 1410 and 1980 MHz",
        ),
    ],
)
def test_a_gpu_that_slows_down_is_said(conditions: Conditions, said: str | None) -> None:
    lines = shown(verdict(benchmarks=[result(conditions=conditions)])).splitlines()
    assert [line for line in lines if "GPU clock" in line] == ([f"  GPU clock     {said}"] if said else [])


def test_every_baseline_has_a_line() -> None:
    compiled = {"median_us": 75.0, "ci95_us": (74.0, 76.0), "method": "replay"}
    text = shown(verdict(benchmarks=[result(baselines=result().baselines | {"compile": compiled})]))
    assert "  vs torch      1.42×" in text
    assert "  vs compile    1.08×" in text


def test_a_shared_gpu_is_said() -> None:
    assert "another program was computing on this GPU" in shown(verdict(shared=True))
    assert "shared" not in shown(verdict())


def test_warnings_and_skipped_cases_are_said() -> None:
    text = shown(verdict(skipped=2, warnings=["out differs between two runs"]))
    assert "26 cases passed, 2 too large here" in text
    assert "  warning       out differs between two runs" in text


def test_the_score_over_several_benchmarks_is_said() -> None:
    text = shown(verdict(benchmarks=[result(), result(name="n=1")], score_us=12.5))
    assert "  score         12.5 µs  geometric mean" in text
    assert text.count("  time ") == 2


def test_on_the_interpreter_there_are_no_times() -> None:
    text = shown(
        verdict(device="interpreter", benchmarks=[], score_us=None, rank=None, entries=None, skipped=1)
    )
    assert text.endswith("  accepted      times need a GPU")
    assert "1 too large for the interpreter" in text
    assert "µs" not in text


def test_arithmetic_bounds_some_challenges() -> None:
    text = shown(verdict(benchmarks=[result(flops=2 * 4096**3, bytes=3 * 2 * 4096**2, roofline_us=180.0)]))
    assert "at 764 TFLOP/s" in text


def test_what_did_the_work_is_told() -> None:
    own, mixed = Work(1.0), Work(0.03, 0.95, 0.0, 0.02, ["at::native::add"])
    assert "  kernels       all of them its own\n" in shown(verdict(benchmarks=[result(work=own)] * 2))
    text = shown(verdict(benchmarks=[result(work=own), result(work=mixed)]))
    assert "all of them its own" not in text
    assert "  kernels       3 % own           PyTorch 95 %, copies and memsets 2 %: at::native::add\n" in text
    vendor = Work(0.0, 0.0, 1.0, 0.0, ["nvjet_x"])
    text = shown(verdict(benchmarks=[result(work=vendor)]))
    assert "  kernels       0 % own           a vendor's library 100 %: nvjet_x\n" in text
    assert "kernels" not in shown(verdict())


def test_without_a_roofline_there_is_no_line_for_it() -> None:
    assert "roofline" not in shown(verdict(benchmarks=[result(roofline=None, roofline_us=None)]))


def test_a_verdict_is_json() -> None:
    told = json.loads(json.dumps(verdict().as_json()))
    assert next(iter(told.items())) == ("version", 2)
    assert (told["method"], told["noisy"]) == ("replay", False)
    assert told["benchmarks"][0]["conditions"] == {"sm_mhz": None, "throttled": [], "shared": False}
    assert told["benchmarks"][0]["ci95_us"] == [68.9, 69.5]
    assert told["cases"][0] == {"name": "n=0", "status": "accepted", "max_error": 1e-8, "allowed": 1e-5}


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0.5, "0.50 µs"),
        (3.924, "3.92 µs"),
        (69.23, "69.2 µs"),
        (999.0, "999 µs"),
        (1060.0, "1.06 ms"),
        (20_500.0, "20.5 ms"),
        (2_000_000.0, "2 s"),
    ],
)
def test_durations_have_a_unit_that_reads_well(us: float, text: str) -> None:
    assert duration(us) == text


@given(st.floats(0.01, 1e9))
def test_any_duration_can_be_read_back(us: float) -> None:
    number, unit = duration(us).split()
    scale = {"µs": 1.0, "ms": 1e3, "s": 1e6}[unit]
    assert float(number) * scale == pytest.approx(us, rel=0.06, abs=0.006)


# -- boards -------------------------------------------------------------------------------------------


def row(**changes: Any) -> dict[str, Any]:
    plain = dict(
        challenge="softmax",
        status="accepted",
        device="GPU A",
        author="ada",
        solution="mine.py",
        score_us=69.2,
        speedup=1.42,
        roofline=0.91,
        own=0.97,
        method="replay",
        noisy=False,
        shared=False,
        time="2026-01-02T03:04:05.678+00:00",
    )
    return plain | changes


def board(*entries: Entry, device: str = "GPU A", method: str | None = "replay") -> Board:
    return Board(device, method, [*entries], [])


def test_a_board_has_ranks_per_device() -> None:
    on_a = [Entry(row(), 1, 2, False), Entry(row(author="bob", score_us=1060.0, shared=True), 2, 2, False)]
    on_b = Entry(row(device="GPU B", author="eve"), 1, 1, False)
    lines = board_text([board(*on_a), board(on_b, device="GPU B")]).splitlines()
    assert lines[0].split() == [
        "rank",
        "device",
        "author",
        "solution",
        "time",
        "vs",
        "torch",
        "roofline",
        "own",
        "when",
    ]
    assert [" ".join(line.split()) for line in lines[2:]] == [
        "1 GPU A ada mine.py 69.2 µs 1.42× 91 % 97 % 2026-01-02 03:04",
        "2 GPU A bob mine.py 1.06 ms (shared) 1.42× 91 % 97 % 2026-01-02 03:04",
        "1 GPU B eve mine.py 69.2 µs 1.42× 91 % 97 % 2026-01-02 03:04",
    ]


def test_a_time_of_code_that_has_changed_since_is_marked() -> None:
    entries = [Entry(row(), 1, 2, True), Entry(row(author="bob", shared=True), 2, 2, True)]
    text = board_text([board(*entries, Entry(row(author="eve"), 3, 3, False))])
    assert [" ".join(line.split()) for line in text.splitlines()[2:]] == [
        "1 GPU A ada mine.py 69.2 µs † 1.42× 91 % 97 % 2026-01-02 03:04",
        "2 GPU A bob mine.py 69.2 µs (shared) † 1.42× 91 % 97 % 2026-01-02 03:04",
        "3 GPU A eve mine.py 69.2 µs 1.42× 91 % 97 % 2026-01-02 03:04",
        "",
        "† the code has changed since",
    ]


def test_the_times_of_each_clock_have_a_table_of_their_own() -> None:
    entry = Entry(row(), 1, 1, False)
    text = board_text([board(entry), board(entry, method="process"), board(entry, method=None)])
    assert [line for line in text.splitlines() if line.startswith(("timed", "rank", "1 ", "   1"))] == [
        (head := board_text([board(entry)]).splitlines())[0],
        head[2],
        "timed by the process clock (docs/clock.md): ranked apart",
        head[0],
        head[2],
        "timed by an older clock: ranked apart",
        head[0],
        head[2],
    ]


def test_a_history_has_every_verdict() -> None:
    rows = [
        row(status="wrong_answer", score_us=None, speedup=None, roofline=None, own=None, method=None),
        row(author="1e5"),
        row(noisy=True, method="process"),
    ]
    lines = [" ".join(line.split()) for line in history_text(rows).splitlines()[2:]]
    assert lines == [
        "softmax wrong_answer GPU A ada mine.py 2026-01-02 03:04",
        "softmax accepted GPU A 1e5 mine.py 69.2 µs 1.42× 91 % 97 % replay 2026-01-02 03:04",
        "softmax accepted GPU A ada mine.py 69.2 µs (noisy) 1.42× 91 % 97 % process 2026-01-02 03:04",
    ]


# -- what a submission says ---------------------------------------------------------------------------


@given(st.text())
def test_control_characters_are_removed(text: str) -> None:
    cleaned = clean(text)
    for character in cleaned:
        number = ord(character)
        assert number >= 0x20 or character in "\n\t"
        assert not 0x7F <= number <= 0x9F
        assert (
            character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        )  # text that runs backwards


@given(st.text() | st.text(st.characters(categories=["Cs", "Ll"])))
def test_what_is_left_can_be_printed(text: str) -> None:
    clean(text).encode()


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"])))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert clean(f"{text}\n\t{text}") == f"{text}\n\t{text}"


def test_a_terminal_cannot_be_steered() -> None:
    evil = "\x1b[2Jaccepted\r\x1b]0;title\x07\x9b1m\x00\u202ex"
    assert clean(evil) == "[2Jaccepted]0;title1mx"


@pytest.mark.parametrize(
    ("us", "half", "text"),
    [
        (69.2, 0.3, "69.2 µs ± 0.30"),
        (4.356, 0.004, "4.36 µs ± 0.004"),
        (2590.0, 5.05, "2.59 ms ± 0.005"),
        (950.0, 12.0, "950 µs ± 12"),
        (3.2e6, 4e5, "3.2 s ± 0.40"),
        (5.0, 0.0, "5 µs ± 0"),
    ],
)
def test_an_interval_has_the_unit_of_its_time(us: float, half: float, text: str) -> None:
    assert measured(us, half) == text


def test_there_is_no_ratio_to_a_noisy_baseline() -> None:
    torch = {"median_us": 98.3, "ci95_us": (90.0, 110.0), "method": "replay", "noisy": "20 % wide"}
    text = shown(verdict(benchmarks=[result(baselines={"torch": torch}, speedup=None)]))
    assert re.search(r"vs torch +noisy +98\.3 µs", text)


def test_warnings_cannot_write_on_a_terminal() -> None:
    text = shown(verdict(warnings=["a call cannot be captured: \x1b]0;owned\x07\x1b[2J accepted"]))
    assert "\x1b" not in text and "\x07" not in text and "cannot be captured" in text
