"""The clock, on a GPU."""

import json
import statistics
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from conftest import ROOT, judge_environment

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


@pytest.mark.gpu
def test_an_input_that_is_changed_only_while_timed_is_named(judge_command: Judge, tmp_path: Path) -> None:
    change = "if torch.cuda.is_current_stream_capturing(): x[:1, :1].fill_(7.0)"
    verdict = judged(judge_command, around_solve(change), tmp_path)
    assert verdict["status"] == "wrong_answer"
    first, second = verdict["message"].splitlines()
    assert first == "the input x was changed; inputs must stay as they are"
    assert second.startswith("while timed: rows=")
    assert verdict["benchmarks"] == []
