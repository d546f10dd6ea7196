"""The targets: reached, tied or missed by what was recorded, and who misses one says why."""

from pathlib import Path
from typing import Any

import pytest
import targets
from conftest import ROOT
from recordings import CATALOGUE, COMPARISONS, cells, dropped, entry, results, row

from judge.challenges.formats.folder_challenge import FolderChallenge
from judge.comparing import sweep
from judge.comparing.results import Results


def outcomes(title: str, *found: Results, over: str = "torch") -> list[Any]:
    [target] = [t for t in targets.TARGETS if (t.title, t.over) == (title, over)]
    return [*targets.outcomes(target, [*found] if target.solution else [], [*found])]


def test_a_target_is_reached_tied_or_missed() -> None:
    found = results(
        "relu",
        row(entry("quick", 10), entry("torch", 11), n=1),
        row(entry("quick", 10), entry("torch", 9.9), n=2),
        row(entry("quick", 10), entry("torch", 9), n=3),
        row(dropped("quick", "wrong_answer"), entry("torch", 9), n=4),
        row(entry("quick", 10), dropped("torch", "no_room"), n=5),  # nothing to be faster than
    )
    told = outcomes("no other slower than PyTorch", found)
    assert [(each.missed, each.tie) for each in told] == [
        (False, False),
        (False, True),
        (True, False),
        (True, False),
    ]
    text = targets.section([], [found])
    assert cells(text, "no other") == [
        ["no other slower than PyTorch", "1.00× torch", "0.90×", "missed on 2 of 4 shapes"]
    ]
    assert ["", "n=3", "1.00× torch", "0.90×", "10.0 %"] in cells(text, "")
    assert ["", "n=4", "1.00× torch", "wrong answer", "–"] in cells(text, "")


def test_an_interval_however_wide_makes_no_tie_of_what_is_far_behind() -> None:
    far, near = entry("quick", 10, half=0.5), entry("quick", 10, half=0.05)
    found = results("relu", row(far, entry("torch", 9), n=1), row(near, entry("torch", 9.6), n=2))
    told = outcomes("no other slower than PyTorch", found)
    assert [(each.missed, each.tie) for each in told] == [(True, False), (False, True)]


def test_the_roofline_is_a_target_of_what_memory_bounds() -> None:
    found = results(
        "conv1d",
        row(entry("quick", 10), entry("torch", 20), roofline=9.05, n=9, k=5),
        row(entry("quick", 10), entry("torch", 20), roofline=8.0, n=10, k=5),
        row(entry("quick", 10), entry("torch", 20), roofline=1.0, n=9, k=2047),
    )
    told = outcomes("what is bound by memory", found, over="roofline")
    assert [each.missed for each in told] == [False, True]
    text = targets.section([], [found])
    assert cells(text, "[quick]")[0][1:5] == ["n=10 k=5", "90 % of the roofline", "80 %", "11.1 %"]


def test_a_named_solutions_target_is_measured_wherever_its_baseline_is() -> None:
    shape = dict(batch=4, seq=4096, dtype="bf16")
    one = results("flash_attention", row(entry("flash_attention_2", 10), entry("sdpa-flash", 15), **shape))
    two = results("flash_attention", row(entry("flash_attention_2", 10), entry("flex", 9), **shape))
    one.against, two.against = ["sdpa-flash"], ["flex"]
    flash, flex = [
        outcomes("FlashAttention-2 forward", one, two, over=name) for name in ("sdpa-flash", "flex")
    ]
    assert [each.missed for each in (*flash, *flex)] == [False, True]
    text = targets.section([one, two], [])
    assert cells(text, "FlashAttention-2 forward")[:2] == [
        ["FlashAttention-2 forward", "1.45× sdpa-flash", "1.50×", "reached on 1 of 1 shapes"],
        ["FlashAttention-2 forward", "1.00× flex", "0.90×", "missed on 1 of 1 shapes"],
    ]
    assert cells(text, "FlashAttention-3 forward")[0][-1] == "not recorded yet"


def test_flex_backward_is_its_training_less_its_forward() -> None:
    shape, other = dict(batch=4, dtype="bf16"), dict(batch=5, dtype="bf16")
    ours = entry("flash_attention_backward", 100)
    found = [
        results("flash_attention", row(entry("flash_attention_2", 50), entry("flex", 60), **shape)),
        results("flash_attention_training", row(entry("both", 150), entry("flex", 150), **shape)),
        results("flash_attention_backward", row(ours, **shape), row(ours, **other)),
    ]
    for each in found:
        each.against = ["flex"]
        each.solutions.pop("flex", None)
    [missed] = outcomes("FlashAttention-2 backward", *found, over="flex")
    assert missed.missed and missed.line.row.shape == shape
    assert missed.measured.value == pytest.approx((150 - 60) / 100)
    assert missed.measured.low == pytest.approx((150 * 0.99 - 60 * 1.01) / 101)
    assert missed.measured.high == pytest.approx((150 * 1.01 - 60 * 0.99) / 99)
    assert cells(targets.section(found, []), "FlashAttention-2 backward")[1][-1] == "missed on 1 of 1 shapes"
    assert outcomes("FlashAttention-2 backward", *found[1:], over="flex") == []


def test_a_mean_that_misses_names_who_is_behind() -> None:
    quick = results("relu", row(entry("quick", 10), entry("torch", 11), entry("compile", 11), n=1))
    slow = results("sort", row(entry("slow", 10), entry("torch", 11), entry("compile", 5), n=1))
    text = targets.section([], [quick, slow])
    mean = f"{(1.1 * 0.5) ** 0.5:.2f}×"
    assert cells(text, "geometric mean")[0][-2:] == [mean, "missed over 2 of 2 shapes of 2 challenges"]
    assert cells(text, "all of the best")[0][1] == "2 of 2 shapes of 2 challenges; slower: sort"
    assert "all of the best" not in targets.section([], [quick])


def test_why_stands_in_the_note_and_the_page_leads_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "ROOT", tmp_path)
    (tmp_path / "solutions").mkdir()
    why = "**What it misses.** Too few programs,\nas $|x|$ is small."
    note = f"# Quick\n\n**Idea.** None.\n\n{why}\n\n**What to try next.** More."
    (tmp_path / "solutions" / "quick.py").write_text(f'r"""{note}\n"""\n')
    (tmp_path / "solutions" / "slow.py").write_text('"""# Slow\n\nHas no reason."""\n')
    assert targets.reason("solutions/quick.py") == "Too few programs, as $|x|$ is small."
    assert targets.reason("solutions/slow.py") == targets.reason("solutions/gone.py") == ""
    missed = results("relu", row(entry("quick", 10), entry("torch", 5), n=1))
    page = targets.section([], [missed])
    assert "[quick](../solutions/quick.py)" in page
    assert "Too few programs" not in page


def test_each_benchmark_is_bound_by_one_thing() -> None:
    told = [*targets.MEMORY, *targets.MATMUL, *targets.OTHER]
    for folder in sorted(path.parent for path in (ROOT / "challenges").glob("*/spec.md")):
        challenge = FolderChallenge(folder)
        whole = folder.name in targets.MEMORY
        assert whole or "memory-bound" not in challenge.spec.tags, folder.name
        for shape in challenge.benchmark_shapes:
            here = {*sweep.text(shape).split()}
            found = [t for t in told if t.split()[0] == folder.name and {*t.split()[1:]} <= here]
            assert len(found) == 1, (folder.name, shape, found)


def test_who_misses_a_target_says_why_and_nobody_else() -> None:
    found = [o for target in targets.TARGETS for o in targets.outcomes(target, COMPARISONS, CATALOGUE)]
    missed = {outcome.line.path for outcome in found if outcome.missed}
    explained = {outcome.line.path for outcome in found if targets.reason(outcome.line.path)}
    assert explained == missed
