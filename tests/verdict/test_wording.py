"""Every problem has words, a diagnosis survives JSON, and its texts say everything once."""

import json
from dataclasses import fields, is_dataclass
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.verdict.diagnosis import (
    ChangedInput,
    Diagnosis,
    Mismatch,
    Overrun,
    Problem,
    Raised,
    Region,
    Remark,
    StrayAccess,
    Unaccepted,
    Unstable,
    WholeMismatch,
)
from judge.verdict.failure import Failure
from judge.verdict.verdict import Verdict
from judge.verdict.wording import below_headline, details, headline, message, told

KINDS: tuple[type, ...] = get_args(Problem)

COLUMN = Region(axis=1, rank=2, name="cols", first=32, last=49, size=50)
MISMATCH = Mismatch("out", (2, 33), "0", "0.5", 0.5, 1e-6, 3, 2500, 3, COLUMN)
TRACE = '  File "mine.py", line 7, in solve\n    1 / 0\n    ~~^~~\n'
RAISED = Raised(
    "ZeroDivisionError",
    "ZeroDivisionError: division by zero",
    "ZeroDivisionError: division by zero",
    TRACE,
    "mine.py",
    7,
)
SYNTAX = Raised(
    "SyntaxError",
    "SyntaxError: invalid syntax",
    '  File "mine.py", line 3\n    not a chance\n        ^\nSyntaxError: invalid syntax',
    "",
    "mine.py",
    3,
)

# One problem of each kind at least, and what is said of it.
WORDS: list[tuple[Any, list[str]]] = [
    (
        MISMATCH,
        [
            "out[2, 33] = 0    expected 0.5    off by 0.5, allowed 1e-06",
            "3 of 2500 elements differ, all from column 32 on",
            "none of them was ever written",
        ],
    ),
    (
        Mismatch("out", (), "nan", "1", None, None, 1, 1),
        ["out = nan    expected 1", "1 of 1 elements differ"],
    ),
    (
        Mismatch("out", (4,), "2", "1", 1.0, 0.0, 5, 9, 2),
        ["out[4] = 2    expected 1    off by 1, allowed 0", "5 of 9 elements differ", "2 were never written"],
    ),
    (
        WholeMismatch("out", 1.2345, 0.001),
        ["out as a whole is off by 1.2, allowed 0.001 (Euclidean norms)"],
    ),
    (Unaccepted("the rows are not sorted"), ["the rows are not sorted"]),
    (
        Overrun("out", "after", 64),
        ["bytes outside the buffers were written, up to 64 bytes past the end of out"],
    ),
    (
        Overrun("x", "before", 1),
        ["bytes outside the buffers were written, up to 1 bytes before the start of x"],
    ),
    (ChangedInput("x"), ["the input x was changed; inputs must stay as they are"]),
    (
        StrayAccess("mine.py", 10, "reads", 3, "x", "after", 40),
        [
            "mine.py:10: reads outside every buffer "
            "(3 elements of one program, the first 40 bytes past the end of x)"
        ],
    ),
    (
        StrayAccess("mine.py", 12, "writes", 1, "out", "after", 0),
        [
            "mine.py:12: writes outside every buffer "
            "(1 element of one program, the first just past the end of out)"
        ],
    ),
    (
        StrayAccess("mine.py", 9, "atomically updates", 2, "out", "before", 8),
        [
            "mine.py:9: atomically updates outside every buffer "
            "(2 elements of one program, the first 8 bytes before out)"
        ],
    ),
    (
        Unstable("out", 3, 2500),
        [
            "out differs between two runs on the same inputs in 3 of 2500 elements; "
            "this challenge wants the same result every time"
        ],
    ),
    (
        RAISED,
        [
            "Traceback (most recent call last):",
            '  File "mine.py", line 7, in solve',
            "    1 / 0",
            "    ~~^~~",
            "ZeroDivisionError: division by zero",
        ],
    ),
    (SYNTAX, ["Traceback (most recent call last):", *SYNTAX.text.splitlines()]),
    (Remark("no answer within 3 s"), ["no answer within 3 s"]),
    (Remark("two\nlines"), ["two", "lines"]),
]
PROBLEMS = [problem for problem, _ in WORDS]


# -- words --------------------------------------------------------------------------------------------


def test_there_is_an_example_of_every_kind() -> None:
    assert {type(problem) for problem in PROBLEMS} == set(KINDS)


def test_every_kind_has_a_name_of_its_own() -> None:
    names = [kind.kind for kind in KINDS]
    assert len(set(names)) == len(names) == len(KINDS)
    assert all(isinstance(name, str) and name for name in names)


@pytest.mark.parametrize("problem, lines", WORDS, ids=[type(p).__name__ for p in PROBLEMS])
def test_every_kind_of_problem_has_words(problem: Problem, lines: list[str]) -> None:
    assert told([problem]) == lines
    assert Failure("wrong_answer", problem).message == "\n".join(lines)


def test_problems_are_told_in_their_order() -> None:
    assert told(PROBLEMS) == [line for _, lines in WORDS for line in lines]
    assert told([]) == []


def test_what_is_no_problem_has_no_words() -> None:
    with pytest.raises(TypeError, match="Region"):
        told([COLUMN])  # type: ignore[list-item]


def test_a_text_is_a_remark() -> None:
    assert Failure("time_limit", "no answer").problems == (Remark("no answer"),)


REGIONS = {
    "all in the last column": Region(1, 2, "cols", 9, 9, 10),
    "all in the last row": Region(0, 2, "rows", 9, 9, 10),
    "all in row 3": Region(0, 2, "rows", 3, 3, 10),
    "all from row 16 on": Region(0, 2, "rows", 16, 19, 20),
    "all in columns 10 to 19 of 100": Region(1, 2, "cols", 10, 19, 100),
    "all in element 7": Region(0, 1, "n", 7, 7, 50),
    "all from element 512 on": Region(0, 1, "n", 512, 999, 1000),
    "all in the last index of c": Region(2, 3, "c", 5, 5, 6),
    "all in index of a 1": Region(0, 3, "a", 1, 1, 4),
}


@pytest.mark.parametrize("words", REGIONS)
def test_where_wrong_elements_lie_is_said(words: str) -> None:
    mismatch = Mismatch("out", (0,), "1", "2", 1.0, 0.0, 1, 9, 0, REGIONS[words])
    assert told([mismatch])[1] == f"1 of 9 elements differ, {words}"


# -- JSON ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", PROBLEMS, ids=[type(p).__name__ for p in PROBLEMS])
def test_a_diagnosis_survives_json(problem: Any) -> None:
    given = Diagnosis((problem,), 3, "rows=50 cols=50", ("is it?",), "judge submit softmax mine.py --case 3")
    found = json.loads(json.dumps(given.as_json()))
    [of_problem] = found.pop("problems")
    assert found == dict(case=3, name="rows=50 cols=50", hints=["is it?"], replay=given.replay)
    assert rebuilt(of_problem) == problem


def rebuilt(told: dict[str, Any]) -> Any:
    """A problem from its JSON: everything that it holds is there, under the names of its fields."""
    kind = next(kind for kind in KINDS if kind.kind == told["kind"])
    assert set(told) == {"kind", *(field.name for field in fields(kind))}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    if values.get("region"):
        values["region"] = Region(**values["region"])
    return kind(**{name: value for name, value in values.items() if name != "kind"})


def test_a_verdict_has_the_diagnosis_as_text_and_as_data() -> None:
    given = Diagnosis((MISMATCH, ChangedInput("x")), 3, "n=5", ("is it?",), "judge submit")
    verdict = Verdict("wrong_answer", "softmax", "mine.py", "interpreter", 1, diagnosis=given)
    found = json.loads(json.dumps(verdict.as_json()))
    assert found["message"] == message(given) == verdict.message
    assert found["diagnosis"] == json.loads(json.dumps(given.as_json()))
    assert [problem["kind"] for problem in found["diagnosis"]["problems"]] == ["mismatch", "changed_input"]


def test_a_verdict_without_a_diagnosis_has_no_message() -> None:
    verdict = Verdict("accepted", "softmax", "mine.py", "interpreter", 1)
    found = json.loads(json.dumps(verdict.as_json()))
    assert (found["message"], found["diagnosis"]) == ("", None)


# -- headline, what is below it, and the whole --------------------------------------------------------

lines = st.text("abcxyz 0123456789:./_[]=", max_size=30).map(str.strip)
texts = st.tuples(lines.filter(bool), lines, lines.filter(bool)).map("\n".join)  # what a challenge may say
counts = st.integers(0, 10**6)
regions = st.builds(Region, st.integers(0, 1), st.just(2), lines, counts, counts, counts)
OF_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: lines,
    int: counts,
    float: st.floats(),
    float | None: st.none() | st.floats(),
    tuple[int, ...]: st.lists(counts, max_size=3).map(tuple),
    Region | None: st.none() | regions,
}


def any_of(kind: type) -> st.SearchStrategy[Any]:
    """Any problem of a kind; a summary is a line of the text, as a runner gives it."""
    assert is_dataclass(kind)
    if kind is Raised:
        return st.builds(raised, lines.filter(bool), st.lists(lines), st.lists(lines), counts, st.booleans())
    of_field = {field.name: OF_TYPE[field.type] for field in fields(kind)}
    return st.builds(kind, **of_field | (dict(text=texts) if "text" in of_field else {}))


def raised(summary: str, more: list[str], frames: list[str], line: int, last: bool) -> Raised:
    text = [*more, summary] if last else [summary, *more]
    return Raised("Error", summary, "\n".join(text), "\n".join(frames), "mine.py", line)


problems = st.one_of([any_of(kind) for kind in KINDS])
diagnoses = st.builds(
    Diagnosis,
    st.lists(problems, min_size=1, max_size=4).map(tuple),
    st.none() | st.integers(1, 30),
    lines,
    st.lists(lines.filter(bool), max_size=2).map(tuple),
    lines,
)


@given(diagnoses)
def test_headline_and_what_is_below_it_are_the_whole(diagnosis: Diagnosis) -> None:
    first = diagnosis.problems[0]
    whole, below, head = message(diagnosis).split("\n"), below_headline(diagnosis), headline(diagnosis)
    assert len(head.splitlines()) <= 1
    if diagnosis.case is not None:
        assert [head, *below] == whole
        assert below == details(diagnosis)
    elif isinstance(first, Raised) and first.line:
        # The place and the summary stand in the headline, and are not said again.
        assert head == f"{first.file}:{first.line}: {first.summary}"
        of_first = [*first.trace.splitlines(), *first.text.splitlines()]
        assert (
            below
            == [line for line in of_first if line.strip() != first.summary] + whole[len(told([first])) :]
        )
    else:
        assert [head, *below] == whole


@given(diagnoses)
def test_the_whole_has_all_problems_then_hints_then_how_to_repeat_it(diagnosis: Diagnosis) -> None:
    whole = message(diagnosis).split("\n")
    if diagnosis.case is not None:
        assert whole.pop(0) == f"case {diagnosis.case}: {diagnosis.name}"
    end = [f"hint: {hint}" for hint in diagnosis.hints]
    end += [f"again: {diagnosis.replay}"] if diagnosis.replay else []
    assert whole == told(diagnosis.problems) + end


def test_the_headline_of_an_error_is_its_place_and_what_it_says() -> None:
    diagnosis = Diagnosis((RAISED,))
    assert headline(diagnosis) == "mine.py:7: ZeroDivisionError: division by zero"
    assert below_headline(diagnosis) == TRACE.splitlines()
    assert headline(Diagnosis((SYNTAX,))) == "mine.py:3: SyntaxError: invalid syntax"
    assert below_headline(Diagnosis((SYNTAX,))) == SYNTAX.text.splitlines()[:-1]


def test_the_headline_of_a_case_is_the_case() -> None:
    diagnosis = Diagnosis((RAISED,), 3, "rows=50 cols=50", replay="judge submit")
    assert headline(diagnosis) == "case 3: rows=50 cols=50"
    assert below_headline(diagnosis) == [*WORDS[PROBLEMS.index(RAISED)][1], "again: judge submit"]


def test_what_follows_an_error_is_not_lost() -> None:
    diagnosis = Diagnosis((RAISED, ChangedInput("x")), hints=("is it?",), replay="judge submit")
    assert below_headline(diagnosis)[-3:] == [
        "the input x was changed; inputs must stay as they are",
        "hint: is it?",
        "again: judge submit",
    ]


def test_nothing_wrong_has_an_empty_headline() -> None:
    assert (headline(Diagnosis(())), below_headline(Diagnosis(())), message(Diagnosis(()))) == ("", [], "")
