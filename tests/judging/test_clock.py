"""Both clocks, on a GPU."""

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


def judged(judge: Judge, source: str, folder: Path, *options: str, **environment: str) -> dict[str, Any]:
    """The verdict on a solution of softmax, timed on a GPU."""
    path = folder / "mine.py"
    path.write_text(source)
    done = judge(
        *("submit", "softmax", path, "--device", "cuda", "--no-record", "--json", *options),
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
def test_kernels_are_replayed(judge_command: Judge, tmp_path: Path) -> None:
    verdict = judged(judge_command, SOFTMAX, tmp_path)
    assert verdict["status"] == "accepted", verdict["message"]
    assert verdict["method"] == "replay"
    assert verdict["benchmarks"]
    for result in verdict["benchmarks"]:
        assert result["method"] == result["baselines"]["torch"]["method"] == "replay"
        low, high = result["ci95_us"]
        assert 0 < low <= result["median_us"] <= high
        assert result["samples"] >= 3
        assert result["bytes"] > 0
        assert 0 < result["roofline"] < 2
        assert result["conditions"]["sm_mhz"] is None or min(result["conditions"]["sm_mhz"]) > 0
    medians = [result["median_us"] for result in verdict["benchmarks"]]
    assert verdict["score_us"] == pytest.approx(statistics.geometric_mean(medians), rel=1e-3)


WORKERS = {
    "own": ("plain_solve(x, out)", "own"),
    "PyTorch's": ("torch.softmax(x, -1, out=out)", "pytorch"),
    "PyTorch's, by the process clock": ("torch.softmax(x, -1, out=out); torch.cuda.synchronize()", "pytorch"),
}


@pytest.mark.gpu
@pytest.mark.parametrize("name", WORKERS)
def test_what_did_the_work_is_known(judge_command: Judge, tmp_path: Path, name: str) -> None:
    code, maker = WORKERS[name]
    source = around_solve(code).rpartition("    plain_solve(x, out)\n")[0]
    verdict = judged(judge_command, source, tmp_path)
    assert verdict["status"] == "accepted", verdict["message"]
    assert verdict["method"] == ("process" if "synchronize" in code else "replay")
    for result in verdict["benchmarks"]:
        assert result["work"][maker] > 0.9
        assert bool(result["work"]["others"]) == (maker != "own")
    strict = judged(judge_command, source, tmp_path, "--own-kernels")
    assert strict["status"] == ("accepted" if maker == "own" else "rule_violation")
    assert ("of the submission's own kernels" in strict["message"]) == (maker != "own")


@pytest.mark.gpu
@pytest.mark.parametrize("code", ["torch.cuda.synchronize()", "x[0, 0].item()"])
def test_what_cannot_be_captured_keeps_the_process_clock(
    judge_command: Judge, tmp_path: Path, code: str
) -> None:
    verdict = judged(judge_command, around_solve(code), tmp_path)
    assert verdict["status"] == "accepted", verdict["message"]
    assert verdict["method"] == "process"
    assert any("cannot be captured" in warning for warning in verdict["warnings"])
    for result in verdict["benchmarks"]:
        assert result["method"] == "process"
        assert result["baselines"]["torch"]["method"] == "process"  # like with like


@pytest.mark.gpu
def test_launches_that_depend_on_values_keep_the_process_clock(judge_command: Judge, tmp_path: Path) -> None:
    fills = "seen or seen.extend((x[0, 0].item(), torch.empty(1, device=x.device))); seen[1].fill_(seen[0])"
    source = around_solve(fills).replace("calls = 0\n", "calls = 0\nseen = []\n", 1)
    verdict = judged(judge_command, source, tmp_path)
    assert verdict["status"] == "accepted", verdict["message"]
    assert verdict["method"] == "process"
    assert any("depends on values" in warning for warning in verdict["warnings"])


@pytest.mark.gpu
@pytest.mark.parametrize(
    "lazy",
    [
        "if torch.cuda.is_current_stream_capturing(): x = x[:1]; out = out[:1]",
        "if torch.cuda.is_current_stream_capturing(): return out.fill_(1 / x.shape[1])",
        "x[0, 0].item()\n    if calls > 60: return",
        "x[0, 0].item()\n    if calls > 60 and calls % 2: return",
    ],
)
def test_a_solution_that_works_only_while_it_is_checked_is_refused(
    judge_command: Judge, tmp_path: Path, lazy: str
) -> None:
    verdict = judged(judge_command, around_solve(lazy), tmp_path)
    assert verdict["status"] in ("rule_violation", "wrong_answer")
    assert verdict["benchmarks"] == []
    assert verdict["score_us"] is None and verdict["method"] is None


@pytest.mark.gpu
@pytest.mark.parametrize(
    "gone", ["if calls > 60: return", "if torch.cuda.is_current_stream_capturing(): return"]
)
def test_what_happens_after_the_recording_does_not_matter(
    judge_command: Judge, tmp_path: Path, gone: str
) -> None:
    verdict = judged(judge_command, around_solve(gone), tmp_path)
    nothing_recorded = "capturing" in gone
    assert verdict["method"] == ("process" if nothing_recorded else "replay"), verdict["message"]


@pytest.mark.gpu
def test_buffers_can_go_through_host_memory(judge_command: Judge, tmp_path: Path) -> None:
    verdict = judged(judge_command, SOFTMAX, tmp_path, JUDGE_SHARING="staged")
    assert verdict["status"] == "accepted", verdict["message"]
    for result in verdict["benchmarks"]:
        assert result["method"] == "process"
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
