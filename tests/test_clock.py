"""The clock's statistics, and on a GPU the clock itself."""

import json
import math
import statistics
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from conftest import ROOT, judge_environment
from hypothesis import given
from hypothesis import strategies as st

from judge.clock import FEWEST_SAMPLES, PRECISE, interval, precise, summary

samples = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=100)

# -- statistics ---------------------------------------------------------------------------------------


def test_the_interval_of_31_samples_by_hand() -> None:
    # 31 / 2 -+ 1.96 sqrt(31) / 2 is 10.04 and 20.96: the 10th and the 22nd in order. The median lies between
    # them unless 9 or fewer samples are below it, or above it: 2 P(B(31, 1/2) <= 9) = 0.029.
    values = [float(n) for n in range(1, 32)]
    assert interval(values) == (10.0, 22.0)
    assert interval(values[::-1]) == (10.0, 22.0)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_interval_of_a_few_samples_is_all_of_them(n: int) -> None:
    values = [float(k) for k in range(n)]
    assert interval(values) == (0.0, n - 1.0)


def coverage(low: int, n: int) -> float:
    """How often the median lies between the samples number `low` from below and from above, from 0."""
    return 1 - 2 * sum(math.comb(n, k) for k in range(low + 1)) / 2**n


def test_the_interval_holds_the_median_in_95_of_100_cases_and_not_in_all() -> None:
    for n in range(6, 401):
        low, high = interval([float(k) for k in range(n)])
        assert low + high == n - 1  # as far from below as from above
        assert coverage(int(low), n) >= 0.95
        assert n < 12 or coverage(int(low) + 2, n) < 0.95  # hardly wider than it must be


@given(samples)
def test_the_interval_lies_around_the_median(values: list[float]) -> None:
    low, high = interval(values)
    assert low <= statistics.median(values) <= high
    assert {low, high} <= set(values)


@given(samples, st.randoms())
def test_the_order_of_samples_does_not_matter(values: list[float], random: Any) -> None:
    shuffled = values[:]
    random.shuffle(shuffled)
    assert interval(shuffled) == interval(values)


@given(samples)
def test_a_summary_is_the_median_with_its_interval(values: list[float]) -> None:
    timing = summary(values, "graph")
    low, high = timing.ci95_us
    assert low <= timing.median_us <= high
    assert timing.median_us == pytest.approx(statistics.median(values), abs=1e-4)
    assert (timing.samples, timing.method) == (len(values), "graph")


def test_samples_are_precise_when_the_interval_is_near_the_median() -> None:
    assert PRECISE == 0.005
    assert precise([100.0] * FEWEST_SAMPLES)
    assert not precise([100.0] * (FEWEST_SAMPLES - 1))
    # Of 31 samples, the 10th and the 22nd decide.
    close = [100.0] * 13
    assert precise([50.0] * 9 + close + [200.0] * 9)
    assert precise([99.6] * 10 + close + [100.4] * 8)
    assert not precise([99.4] * 10 + close + [100.4] * 8)
    assert not precise([99.6] * 9 + close[1:] + [100.6] * 10)


@given(st.lists(st.floats(1.0, 2.0), min_size=FEWEST_SAMPLES, max_size=60), st.floats(1e-3, 1e3))
def test_precision_is_relative(values: list[float], scale: float) -> None:
    low, high = interval(values)
    median = statistics.median(values)
    off = max(high - median, median - low) / median
    if abs(off - PRECISE) > 1e-9:
        assert precise([value * scale for value in values]) == (off < PRECISE)


# -- on a GPU -----------------------------------------------------------------------------------------

SOFTMAX = (ROOT / "solutions" / "softmax.py").read_text()
Judge = Callable[..., CompletedProcess[str]]


def judged(judge: Judge, source: str, folder: Path, **environment: str) -> dict[str, Any]:
    """The verdict on a solution of softmax, timed on a GPU."""
    path = folder / "mine.py"
    path.write_text(source)
    done = judge(
        *("submit", "softmax", path, "--device", "cuda", "--no-record", "--json"),
        env=judge_environment(folder) | environment,
        timeout=300,
    )
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def around_solve(before: str) -> str:
    """The softmax solution, doing something before each call."""
    return f"""{SOFTMAX}

import torch
calls = 0
plain_solve = solve


def solve(x, out):
    global calls
    calls += 1
    {before}
    plain_solve(x, out)
"""


@pytest.mark.gpu
def test_a_solution_that_can_be_captured_is_timed_as_a_graph(judge_command: Judge, tmp_path: Path) -> None:
    verdict = judged(judge_command, SOFTMAX, tmp_path)
    assert verdict["status"] == "accepted", verdict["message"]
    assert verdict["benchmarks"]
    for result in verdict["benchmarks"]:
        assert result["method"] == result["baselines"]["torch"]["method"] == "graph"
        low, high = result["ci95_us"]
        assert 0 < low <= result["median_us"] <= high
        assert result["samples"] >= 3
        assert result["bytes"] > 0
        assert 0 < result["roofline"] < 2
    medians = [result["median_us"] for result in verdict["benchmarks"]]
    assert verdict["score_us"] == pytest.approx(statistics.geometric_mean(medians), rel=1e-3)


@pytest.mark.gpu
@pytest.mark.parametrize("code", ["torch.cuda.synchronize()", "x[0, 0].item()"])
def test_a_solution_that_synchronizes_is_timed_eagerly(
    judge_command: Judge, tmp_path: Path, code: str
) -> None:
    verdict = judged(judge_command, around_solve(code), tmp_path)
    assert verdict["status"] == "accepted", verdict["message"]
    for result in verdict["benchmarks"]:
        assert result["method"] == "eager"
        assert result["baselines"]["torch"]["method"] == "eager"  # like with like


@pytest.mark.gpu
@pytest.mark.parametrize(
    "lazy",
    [
        "if calls > 60: return",
        "if calls > 60 and calls % 2: return",
        "if torch.cuda.is_current_stream_capturing(): return",
    ],
)
def test_a_solution_that_works_only_while_it_is_checked_is_refused(
    judge_command: Judge, tmp_path: Path, lazy: str
) -> None:
    verdict = judged(judge_command, around_solve(lazy), tmp_path)
    assert verdict["status"] in ("rule_violation", "wrong_answer")
    assert verdict["benchmarks"] == []
    assert verdict["score_us"] is None


@pytest.mark.gpu
def test_buffers_can_go_through_host_memory(judge_command: Judge, tmp_path: Path) -> None:
    verdict = judged(judge_command, SOFTMAX, tmp_path, JUDGE_SHARING="staged")
    assert verdict["status"] == "accepted", verdict["message"]
    for result in verdict["benchmarks"]:
        assert result["method"] == "staged"
        assert result["roofline"] is None
    refused = judged(judge_command, around_solve("if calls > 60: return"), tmp_path, JUDGE_SHARING="staged")
    assert refused["status"] in ("rule_violation", "wrong_answer")
