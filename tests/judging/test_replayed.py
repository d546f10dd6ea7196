"""What GPUs can do is replayed: each file of tests/replayed uses one feature, and is judged by the real
command. `python tools/features.py` does the same without pytest, and compares the times with CUPTI's.
"""

import importlib.util
import shutil
from pathlib import Path

import features
import pytest
from attacks import Run
from features import FEATURES, FOLDER, Feature

each_feature = pytest.mark.parametrize("feature", FEATURES, ids=lambda each: each.name)


def test_every_file_is_in_the_table() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == sorted(each.name for each in FEATURES)


@each_feature
def test_it_can_be_imported(feature: Feature) -> None:
    spec = importlib.util.spec_from_file_location(feature.name, feature.path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert feature.challenge == module.CHALLENGE
    assert callable(module.solve)
    assert module.__doc__


@pytest.mark.long
@each_feature
def test_it_compiles(feature: Feature) -> None:
    if features.source_of(feature.path) and not shutil.which("nvcc"):
        pytest.skip("needs nvcc")
    assert features.compile_file(feature.path) == ""


@pytest.mark.gpu
@pytest.mark.long
@each_feature
def test_it_is_replayed(feature: Feature, tmp_path: Path) -> None:
    rows = features.rows_of(feature, features.judge(feature, tmp_path))
    print(features.table(rows))
    assert rows
    assert all(row.holds for row in rows), [row.told for row in rows]


@pytest.mark.gpu
@pytest.mark.long
def test_no_damaged_recording_is_accepted_with_wrong_outputs(tmp_path: Path) -> None:
    assert features.run_mutations(60, seed=2, path=str(tmp_path / "rows.json"))


def verdict(method: str = "replay", noisy: str = "", status: str = "accepted") -> Run:
    case = dict(name="n=8", median_us=10.0, noisy=noisy)
    times = [case] if status == "accepted" else []
    return Run(dict(status=status, message="no", method=method, benchmarks=times, warnings=["why"]))


@pytest.mark.parametrize(
    ("run", "holds", "told"),
    [
        (verdict(), True, "replay"),
        (verdict(noisy="the interval is 9 % wide"), False, "the interval is 9 % wide"),
        (verdict("process"), False, "process: why"),
        (verdict(status="wrong_answer"), False, "wrong_answer: no"),
        (Run(problem="it never ended"), False, "it never ended"),
    ],
)
def test_what_a_row_says(run: Run, holds: bool, told: str) -> None:
    [row] = features.rows_of(FEATURES[0], run)
    assert (row.holds, row.told) == (holds, told)
    assert told in features.table([row])
