"""The published form of a verdict: it has every field and no other, and real verdicts have it."""

import json
from dataclasses import fields
from typing import Any, get_args

import pytest
from jsonschema import ValidationError
from schemas import SCHEMA, require_form

from judge.verdict import diagnosis, verdict
from judge.verdict.diagnosis import Diagnosis, Mismatch, Problem, Region, Remark
from judge.verdict.failure import Status
from judge.verdict.verdict import VERSION, BenchmarkResult, CaseResult, Conditions, Method, Verdict

FORM = json.loads(SCHEMA.read_text())
CLASSES: dict[str, type[Any]] = {
    "case": verdict.CaseResult,
    "benchmark": verdict.BenchmarkResult,
    "conditions": verdict.Conditions,
    "diagnosis": diagnosis.Diagnosis,
    "region": diagnosis.Region,
    **{each.kind: each for each in get_args(Problem)},
}


@pytest.mark.parametrize("name", CLASSES)
def test_the_form_has_the_fields_of_the_class(name: str) -> None:
    names = [f.name for f in fields(CLASSES[name])]
    kind = ["kind"] if name in {each.kind for each in get_args(Problem)} else []
    assert sorted(FORM["$defs"][name]["properties"]) == sorted([*kind, *names])


def test_the_form_has_the_fields_of_a_verdict_and_its_version() -> None:
    assert sorted(FORM["properties"]) == sorted(Verdict("accepted", "c", "s", "d", 1).as_json())
    assert FORM["properties"]["version"]["const"] == VERSION
    assert FORM["$defs"]["status"]["enum"] == list(get_args(Status))
    assert FORM["$defs"]["method"]["enum"] == list(get_args(Method))


CONDITIONS = Conditions((1755, 1980), ["power cap"], False)
BASELINES = {
    "torch": {"median_us": 9.0, "ci95_us": (8.9, 9.1), "method": "process", "noisy": "", "against_us": 5.1}
}
TIMED = BenchmarkResult("n=4", 4.5, (4.4, 4.6), 9, "replay", BASELINES, 1.8, 48, 0, 4.2, 0.93, "", CONDITIONS)
MISMATCH = Mismatch("out", (1, 2), "nan", "0.5", None, None, 3, 10, 1, Region(0, 2, "rows", 1, 1, 3))
VERDICTS = {
    "accepted": Verdict(
        "accepted",
        "c",
        "s.py",
        "NVIDIA H100",
        7,
        None,
        [CaseResult("n=4", "accepted")],
        [TIMED],
        4.5,
        "replay",
    ),
    "wrong": Verdict(
        "wrong_answer", "c", "s.py", "interpreter", 7, Diagnosis((MISMATCH, Remark("x")), 2, "n=4")
    ),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_a_verdict_has_the_form(name: str) -> None:
    require_form(json.loads(json.dumps(VERDICTS[name].as_json())))


@pytest.mark.parametrize(
    "change",
    [
        {"status": "good"},
        {"version": 1},
        {"seed": "7"},
        {"method": "graph"},
        {"cases": [{"name": "n=4"}]},
        {"diagnosis": {"problems": []}},
        {"more": 1},
    ],
)
def test_anything_else_has_not(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        require_form(VERDICTS["accepted"].as_json() | change)
