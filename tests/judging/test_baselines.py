"""Baselines: what a challenge may name, what those that are shipped give, and what is refused."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import ROOT

from judge.challenges.formats.folder_challenge import FolderChallenge
from judge.challenges.protocol import BUILT_IN_BASELINES, Baseline, drawn
from judge.errors import BadInput
from judge.judging.baselines import reason, require_known
from judge.verdict.diagnosis import Raised
from judge.verdict.failure import BadSolution, Failure


def test_a_challenge_names_baselines(challenge_with: Callable[[str], Path]) -> None:
    path = challenge_with("") / "reference.py"
    built_in = dict(torch=Baseline(path, "reference"), compile=Baseline(path, "reference"))
    assert FolderChallenge(challenge_with("")).baselines == built_in
    challenge = FolderChallenge(challenge_with('BASELINES = {"by-hand": other}\n'))
    assert [*challenge.baselines] == ["torch", "compile", "by-hand"]
    assert challenge.baselines["by-hand"] == Baseline(path, "other")
    assert challenge.baselines | built_in == challenge.baselines


@pytest.mark.parametrize(
    ("line", "words"),
    {
        "BASELINES = [other]": "must be a dict",
        'BASELINES = {"a b": other}': "letters and digits",
        'BASELINES = {"-": other}': "letters and digits",
        "BASELINES = {3: other}": "letters and digits",
        'BASELINES = {"torch": other}': "there is already a baseline of this name",
        'BASELINES = {"compile": other}': "there is already a baseline of this name",
        'BASELINES = {"sdpa": 3}': "must be a function",
        'BASELINES = {"sdpa": lambda x: x}': "that reference.py defines under its own name",
        'BASELINES = {"sdpa": narrow}': "does not take the reference's arguments: x",
    }.items(),
)
def test_baselines_that_could_not_be_timed_are_refused(
    challenge_with: Callable[[str], Path], line: str, words: str
) -> None:
    with pytest.raises(BadInput) as caught:
        FolderChallenge(challenge_with(f"{line}\n"))
    assert words in str(caught.value)
    assert "reference.py: BASELINES" in str(caught.value)


NAMED = [
    (path.parent.name, name)
    for path in sorted((ROOT / "challenges").glob("*/reference.py"))
    for name in (FolderChallenge(path.parent).baselines if "BASELINES" in path.read_text() else ())
    if name not in BUILT_IN_BASELINES
]
# What PyTorch has for the CPU too, and is not minutes of compilation.
ON_CPU = {
    ("flash_attention", "sdpa"),
    *(("flash_attention_training", name) for name in ("sdpa", "sdpa-math", "sdpa-flash")),
}


def function_of(baseline: Baseline) -> Callable[..., Any]:
    """A baseline's function, loaded here."""
    return runpy.run_path(str(baseline.path))[baseline.function]


def answers(challenge: FolderChallenge, name: str, shape: dict[str, Any], device: str) -> tuple[Any, Any]:
    inputs = drawn(challenge, challenge.test_shapes[0] | shape, 1, device if device != "meta" else "cpu")
    expected = challenge.answer(inputs)
    if device == "meta":
        inputs = {n: v.to("meta") if isinstance(v, torch.Tensor) else v for n, v in inputs.items()}
    got = function_of(challenge.baselines[name])(**inputs)
    return got if isinstance(got, tuple) else (got,), expected


@pytest.mark.parametrize(("challenge", "name"), sorted(ON_CPU))
@pytest.mark.parametrize("causal", [False, True])
def test_a_baseline_gives_the_references_answer(challenge: str, name: str, causal: bool) -> None:
    shape = dict(batch=2, heads=3, seq=65, dim=32, causal=causal, dtype="fp32")
    got, expected = answers(FolderChallenge(ROOT / "challenges" / challenge), name, shape, "cpu")
    for mine, want in zip(got, expected, strict=False):
        torch.testing.assert_close(mine, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("challenge", "name"),
    [(c, n) for c, n in NAMED if c != "flash_attention_training" and n not in ("sdpa", "flex")],
)
@pytest.mark.parametrize("seq", [64, 65])
def test_a_baseline_of_pytorchs_own_operators_gives_the_references_shapes(
    challenge: str, name: str, seq: int
) -> None:
    shape = dict(batch=2, heads=3, seq=seq, dim=32, causal=True, dtype="bf16")
    got, expected = answers(FolderChallenge(ROOT / "challenges" / challenge), name, shape, "meta")
    assert [(t.shape, t.dtype) for t in got] == [(t.shape, t.dtype) for t in expected]


@pytest.mark.parametrize("challenge", ["flash_attention", "flash_attention_backward"])
def test_cudnn_says_what_it_does_not_support(challenge: str) -> None:
    shape = dict(batch=1, heads=1, seq=64, dim=32, causal=True, dtype="fp32")
    with pytest.raises(TypeError, match="dtype"):
        answers(FolderChallenge(ROOT / "challenges" / challenge), "sdpa-cudnn", shape, "meta")


# -- what is said of them -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sdpa-flsh", "did you mean sdpa-flash?"),
        ("nothing", "there are torch, compile, sdpa, "),
    ],
)
def test_an_unknown_baseline_is_answered_with_those_there_are(name: str, words: str) -> None:
    challenge = FolderChallenge(ROOT / "challenges" / "flash_attention")
    require_known(challenge.baselines, challenge)
    with pytest.raises(BadInput) as caught:
        require_known(("torch", name), challenge)
    assert str(caught.value).startswith(f"flash_attention has no baseline {name!r}; ")
    assert words in str(caught.value)


def test_a_failure_has_a_reason_of_one_line() -> None:
    raised = Raised(
        "ValueError", "ValueError: no kernel", "ValueError: no kernel\nfor this", "  File", "x.py", 3
    )
    assert reason(Failure("runtime_error", raised)) == "ValueError: no kernel"
    assert reason(Failure("time_limit", "no answer\nwithin 3 s")) == "no answer"
    assert reason(BadSolution("defines no function other(x)")) == "defines no function other(x)"
