"""judge compare: shapes, baselines, what it finds, and how that is shown."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from xml.etree import ElementTree

import click
import pytest
import torch
from click.testing import CliRunner
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from judge import sweep
from judge.challenge import Challenge
from judge.chart import as_svg
from judge.cli import cli
from judge.correctness import SizedCase, differs
from judge.device import Device
from judge.errors import BadInput
from judge.program import Program
from judge.results import Entry, Results, Row, as_csv, read_record, with_record
from judge.results_text import means, render, times
from judge.setting import Setting
from judge.verdict import Failure

Judge = Callable[..., CompletedProcess[str]]

ROWS = [
    dict(batch=4, seq=1024, causal=True, dtype="bf16", eps=1e-5),
    dict(batch=1, seq=1, causal=False, dtype="fp32", eps=1, spread=2.0),
]


def shapes(*swept: str, given: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return sweep.shapes(ROWS[:1], ROWS[1:], given, swept)


# -- shapes -------------------------------------------------------------------------------------------


def test_without_a_wish_the_shapes_are_the_benchmarks() -> None:
    assert shapes() == ROWS[:1]


def test_a_sweep_is_every_combination_put_into_the_first_benchmark() -> None:
    found = shapes("seq=8,16", "causal=True,false")
    assert [(s["seq"], s["causal"]) for s in found] == [(8, True), (8, False), (16, True), (16, False)]
    assert all((s["batch"], s["dtype"]) == (4, "bf16") for s in found)
    assert shapes("seq=8,16 causal=true,false") == found


def test_shapes_are_rows_of_their_own_and_may_be_swept_too() -> None:
    found = shapes(given=("batch=2 dtype=fp32", "batch=3 spread=4"))
    assert [s["batch"] for s in found] == [2, 3]
    assert found[1]["spread"] == 4.0
    assert "spread" not in found[0]
    assert len(shapes("seq=1,2", given=("batch=2", "batch=3"))) == 4


def test_what_is_there_twice_is_compared_once() -> None:
    assert len(shapes("seq=8,16,8")) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    {
        "seq": ("seq=1024",),
        "": ("key=value",),
        "=3": ("key=value",),
        "seq=": ("key=value",),
        "seq=1,,2": ("key=value",),
        "sek=3": ("did you mean seq?",),
        "rows=3": ("there are batch, seq, causal, dtype, eps, spread",),
        "seq=1.5": ("seq=1.5", "a whole number"),
        "seq=x": ("seq=x", "a whole number"),
        "causal=maybe": ("causal=maybe", "true or false"),
        "eps=small": ("eps=small", "a number"),
        "seq=1 seq=2": ("seq is there twice", "seq=A,B"),
    }.items(),
)
def test_a_sweep_that_makes_no_sense_is_refused(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(BadInput) as caught:
        shapes(text)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("--sweep")
    for word in words:
        assert word in message


def test_a_shape_has_one_value_of_each() -> None:
    with pytest.raises(BadInput, match="--sweep takes them"):
        shapes(given=("seq=1,2",))
    with pytest.raises(BadInput, match="seq is there twice"):
        shapes("seq=1", "seq=2")


VALUES = st.one_of(
    st.integers(-(10**17), 10**17),
    st.booleans(),
    st.floats(allow_nan=False),
    st.text("abcxyz0123456789_.-", min_size=1),
)
SHAPES = st.dictionaries(st.from_regex(r"[a-z][a-z_0-9]{0,5}", fullmatch=True), VALUES, min_size=1)


@given(SHAPES)
def test_a_shape_is_read_as_it_is_written(shape: dict[str, Any]) -> None:
    base = {key: type(value)() for key, value in shape.items()}
    assert sweep.shapes([base], [], [sweep.text(shape)], []) == [shape]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = sweep.shapes(ROWS[:1], ROWS[1:], [], [text])
    except BadInput as error:
        assert str(error).startswith("--sweep")
    else:
        assert found


@given(st.lists(SHAPES, min_size=2, max_size=4))
def test_what_shapes_have_in_common_and_what_is_left_is_all_of_them(found: list[dict[str, Any]]) -> None:
    common, rest = sweep.split(found)
    assert [common | each for each in rest] == found


# -- baselines ----------------------------------------------------------------------------------------

REFERENCE = """\
from jaxtyping import Float32
from torch import Tensor

def reference(x: Float32[Tensor, "rows cols"]) -> Float32[Tensor, "rows cols"]:
    return x.softmax(dim=-1)

def other(x):
    return x.exp() / x.exp().sum(dim=-1, keepdim=True)

def narrow(x, y):
    return x

"""


@pytest.fixture
def challenge_with(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of softmax whose reference.py ends with some lines."""

    def write(lines: str) -> Path:
        folder = tmp_path / "challenges" / "softmax"
        shutil.copytree(ROOT / "challenges" / "softmax", folder, dirs_exist_ok=True)
        (folder / "reference.py").write_text(REFERENCE + lines)
        return folder

    return write


def test_a_challenge_names_baselines(challenge_with: Callable[[str], Path]) -> None:
    assert Challenge(challenge_with("")).baselines == {}
    challenge = Challenge(challenge_with('BASELINES = {"by-hand": other}\n'))
    assert [*challenge.baselines] == ["by-hand"]
    assert challenge.baselines["by-hand"].__name__ == "other"


@pytest.mark.parametrize(
    ("line", "words"),
    {
        "BASELINES = [other]": "must be a dict",
        'BASELINES = {"a b": other}': "letters and digits",
        'BASELINES = {"-": other}': "letters and digits",
        "BASELINES = {3: other}": "letters and digits",
        'BASELINES = {"torch": other}': "there is one of this name already",
        'BASELINES = {"compile": other}': "there is one of this name already",
        'BASELINES = {"sdpa": 3}': "must be a function",
        'BASELINES = {"sdpa": lambda x: x}': "must be a function that reference.py defines by a name",
        'BASELINES = {"sdpa": narrow}': "does not take the reference's arguments: x",
    }.items(),
)
def test_baselines_that_could_not_be_timed_are_refused(
    challenge_with: Callable[[str], Path], line: str, words: str
) -> None:
    with pytest.raises(BadInput) as caught:
        Challenge(challenge_with(f"{line}\n"))
    assert words in str(caught.value)
    assert "reference.py: BASELINES" in str(caught.value)


NAMED = [
    (path.parent.name, name)
    for path in sorted((ROOT / "challenges").glob("*/reference.py"))
    for name in (Challenge(path.parent).baselines if "BASELINES" in path.read_text() else ())
]
# What PyTorch has for the CPU too, and is not minutes of compilation.
ON_CPU = {
    ("flash_attention", "sdpa"),
    *(("flash_attention_training", name) for name in ("sdpa", "sdpa-math", "sdpa-flash")),
}


def answers(challenge: Challenge, name: str, shape: dict[str, Any], device: str) -> tuple[Any, Any]:
    inputs = challenge.draw(challenge.test_shapes[0] | shape, 1, device if device != "meta" else "cpu")
    expected = challenge.answer(inputs)
    if device == "meta":
        inputs = {n: v.to("meta") if isinstance(v, torch.Tensor) else v for n, v in inputs.items()}
    got = challenge.baselines[name](**inputs)
    return got if isinstance(got, tuple) else (got,), expected


@pytest.mark.parametrize(("challenge", "name"), sorted(ON_CPU))
@pytest.mark.parametrize("causal", [False, True])
def test_a_baseline_gives_the_references_answer(challenge: str, name: str, causal: bool) -> None:
    shape = dict(batch=2, heads=3, seq=65, dim=32, causal=causal, dtype="fp32")
    got, expected = answers(Challenge(ROOT / "challenges" / challenge), name, shape, "cpu")
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
    got, expected = answers(Challenge(ROOT / "challenges" / challenge), name, shape, "meta")
    assert [(t.shape, t.dtype) for t in got] == [(t.shape, t.dtype) for t in expected]


@pytest.mark.parametrize("challenge", ["flash_attention", "flash_attention_backward"])
def test_cudnn_says_what_it_does_not_support(challenge: str) -> None:
    shape = dict(batch=1, heads=1, seq=64, dim=32, causal=True, dtype="fp32")
    with pytest.raises(TypeError, match="dtype"):
        answers(Challenge(ROOT / "challenges" / challenge), "sdpa-cudnn", shape, "meta")


def test_a_runner_leaves_a_baselines_answers_to_be_checked(challenge_with: Callable[[str], Path]) -> None:

    wrong = "def double(x):\n    return 2 * other(x)\n"
    wrong += "def broken(x):\n    raise RuntimeError('no kernel')\n"
    wrong += "def short(x):\n    return x[:1]\n"
    names = 'BASELINES = {"by-hand": other, "twice": double, "none": broken, "short": short}\n'
    challenge = Challenge(challenge_with(wrong + names))
    device = Device("interpreter")
    setting = Setting(challenge, device, "memfd", 60.0)
    case = challenge.cases(1)[2]
    inputs, outputs, _ = challenge.sizes(case, "cpu")
    sized = SizedCase(case, inputs, outputs)
    program = Program("by-hand", device)
    try:
        program.load(setting, checked=True)
        assert differs(program.runner, setting, sized) == ("", [])
        program.name = "twice"
        program.load(setting, checked=True)
        message, left_out = differs(program.runner, setting, sized)
        assert "of 2500 elements differ" in message
        assert left_out == []
        for name, reason in (("none", "RuntimeError: no kernel"), ("short", "[1, 50] in place of [50, 50]")):
            program.name = name
            program.load(setting, checked=True)
            found = Entry(name)
            with pytest.raises(Failure) as caught:
                differs(program.runner, setting, sized)
            program.failed(caught.value, found)
            assert found.status == "not_supported"
            assert reason in found.message
            assert "\n" not in found.message
    finally:
        program.close()


def test_an_output_that_a_baseline_does_not_give_is_not_compared() -> None:
    challenge = Challenge(ROOT / "challenges" / "flash_attention")
    device = Device("interpreter")
    setting = Setting(challenge, device, "memfd", 60.0)
    case = challenge.cases(1)[2]
    inputs, outputs, _ = challenge.sizes(case, "cpu")
    program = Program("sdpa", device)
    try:
        program.load(setting, checked=True)
        assert differs(program.runner, setting, SizedCase(case, inputs, outputs)) == ("", ["lse"])
    finally:
        program.close()


# -- what it found ------------------------------------------------------------------------------------


def entry(program: str, median: float | None, half: float = 0.1, **more: Any) -> Entry:
    interval = None if median is None else (median - half, median + half)
    return Entry(
        program, median_us=median, ci95_us=interval, samples=12, method=more.pop("method", "graph"), **more
    )


def results(*rows: Row, against: tuple[str, ...] = ("torch",)) -> Results:
    found = Results(
        *("softmax", "NVIDIA H200", "580.1", "2.11.0", "3.6.0", "0.1.0", "2026-01-02"),
        command="judge compare softmax mine.py --against torch",
        seed=7,
        solutions={"mine": "mine.py", "<b>&'\"": "<b>.py"},
        against=[*against],
        rows=list(rows),
    )
    found.conclude()
    return found


def row(*entries: Entry, **shape: Any) -> Row:
    shape = shape or dict(rows=3, cols=50)
    return Row(sweep.text(shape), shape, 1 << 20, 0, 5.0, list(entries))


def test_a_speedup_is_over_the_first_baseline() -> None:
    found = results(row(entry("mine", 10.0), entry("torch", 25.0), entry("compile", 12.5)))
    assert [e.speedup for e in found.rows[0].entries] == [2.5, 1.0, 2.0]
    assert [e.roofline for e in found.rows[0].entries] == [0.5, 0.2, 0.4]
    assert [e.place for e in found.rows[0].entries] == ["fastest", "", ""]


def test_intervals_that_overlap_with_the_winners_are_a_tie() -> None:
    found = results(row(entry("mine", 10.0), entry("torch", 10.15), entry("compile", 10.25)))
    assert [e.place for e in found.rows[0].entries] == ["tie", "tie", ""]


def test_who_is_alone_wins_nothing() -> None:
    dropped = Entry("torch", median_us=1.0)
    dropped.drop("not_supported", "no kernel")
    found = results(row(entry("mine", 10.0), dropped))
    assert [e.place for e in found.rows[0].entries] == ["", ""]
    assert found.rows[0].entries[0].speedup is None


def test_like_is_compared_with_like() -> None:
    eager = dict(method="eager", eager_us=50.0, eager_ci95_us=(49.0, 51.0))
    mine = entry("mine", 10.0, eager_us=60.0, eager_ci95_us=(59.0, 61.0))
    found = results(row(mine, entry("torch", 50.0, **eager)))
    assert found.rows[0].entries[0].speedup == pytest.approx(50 / 60, abs=1e-4)
    assert [e.place for e in found.rows[0].entries] == ["", "fastest"]


def test_the_mean_is_over_the_shapes_that_have_both_times() -> None:
    dropped = Entry("torch")
    dropped.drop("no_room")
    found = results(
        row(entry("mine", 1.0), entry("torch", 2.0), rows=1),
        row(entry("mine", 1.0), entry("torch", 8.0), rows=2),
        row(entry("mine", 1.0), dropped, rows=3),
    )
    assert found.means["mine"] == dict(speedup=4.0, shapes=2)
    assert "4.00×" in means(found)
    assert "2 of 3 shapes" in means(found)


def full() -> Results:
    unsupported, wrong = Entry("sdpa-flash"), Entry("<b>&'\"")
    unsupported.drop("not_supported", "RuntimeError: " + "float32 is not for me " * 20)
    wrong.drop("wrong_answer", "out[0] = 1    expected 2\n1 of 1 elements differ")
    found = results(
        row(entry("mine", 10.0), wrong, entry("torch", 25.0), rows=3, cols=50),
        row(entry("mine", 1234.0), entry("torch", 1234.0, note="without lse"), unsupported, rows=4, cols=50),
        against=("torch", "sdpa-flash"),
    )
    found.warnings.append("mine: out differs between two runs")
    return found


def test_the_table_says_everything() -> None:
    text = click.unstyle(render(full()))
    lines = text.splitlines()
    assert lines[0] == "softmax · NVIDIA H200 · cols=50"
    [mine] = [line for line in lines if line.startswith("rows=3")]
    assert " ".join(mine.split()) == "rows=3 mine 10 µs ± 1.0 % 2.50× 50 % graph fastest"
    assert "wrong answer  <b>&'\", rows=3 cols=50" in lines
    assert "    1 of 1 elements differ" in lines
    assert "tie, without lse" in text
    assert "not supported: RuntimeError: float32 is not for me" in text
    assert max(map(len, lines)) < 180
    assert "warning: mine: out differs between two runs" in lines
    assert "seed 7" in lines
    assert "geometric mean" in text


def test_a_table_without_times_has_no_columns_for_them() -> None:
    found = results(row(Entry("mine", "right")), against=())
    assert times(found).splitlines()[0].split() == ["shape", "program"]
    assert not found.timed
    assert not found.failed


def test_csv_has_a_line_for_each_program_and_shape() -> None:
    table = list(csv.DictReader(io.StringIO(as_csv(full()))))
    assert len(table) == 6
    assert table[0] | dict(program="mine", status="timed", rows="3", cols="50", median_us="10.0") == table[0]
    assert table[1]["message"] == "out[0] = 1    expected 2\n1 of 1 elements differ"
    assert {line["place"] for line in table} == {"fastest", "", "tie"}


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
    ElementTree.fromstring(as_svg(results(row(Entry("mine", "no_room")), against=())))


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    assert read_record(path) == []
    first, second = full(), full()
    second.command = "judge compare another"
    path.write_text(with_record([], first))
    path.write_text(with_record(read_record(path), second))
    assert [s.command for s in read_record(path)] == [first.command, second.command]
    assert render(read_record(path)[0]) == render(first)
    first.seed = 8
    again = with_record(read_record(path), first)
    path.write_text(again)
    assert [s.seed for s in read_record(path)] == [7, 8]  # it replaced its own line only


@pytest.mark.parametrize("line", ["{", "[]", "{}", "3", '{"rows": 3}', '{"rows": [{"entries": [3]}]}'])
def test_a_record_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "record.jsonl"
    path.write_text(f"{json.dumps(full().as_json())}\n{line}\n")
    with pytest.raises(BadInput, match=r"record\.jsonl:2: not a line"):
        read_record(path)


# -- the command --------------------------------------------------------------------------------------

HERE = ("--device", "interpreter")
SMALL = ("--sweep", "rows=3", "--sweep", "cols=50,64")


def test_without_a_gpu_the_answers_are_judged(judge_command: Judge, left_behind: Any, tmp_path: Path) -> None:
    table, svg = tmp_path / "table.csv", tmp_path / "plot.svg"
    wrong = "tests/submissions/softmax_dropped_tail.py"
    files = ("--csv", table, "--svg", svg)
    programs = ("solutions/softmax.py", wrong)
    done = judge_command("compare", "softmax", *programs, *SMALL, *HERE, *files, "--seed", "5", "--json")
    assert done.returncode == 1
    assert done.stderr == f"there are no times: --svg {svg} is not written\n"
    found = json.loads(done.stdout)
    assert (found["challenge"], found["device"], found["seed"]) == ("softmax", "interpreter", 5)
    assert found["solutions"] == {"softmax": "solutions/softmax.py", "softmax_dropped_tail": wrong}
    statuses = {(r["name"], e["program"]): e["status"] for r in found["rows"] for e in r["entries"]}
    assert statuses == {
        ("rows=3 cols=50", "softmax"): "right",
        ("rows=3 cols=50", "softmax_dropped_tail"): "wrong_answer",
        ("rows=3 cols=64", "softmax"): "right",
        ("rows=3 cols=64", "softmax_dropped_tail"): "right",
    }
    assert len(list(csv.DictReader(table.open()))) == 4
    assert not svg.exists()
    assert left_behind() == []


def test_a_program_that_breaks_its_runner_has_another_on_the_next_shape(judge_command: Judge) -> None:
    crash = "tests/submissions/os_exit.py"
    done = judge_command("compare", "softmax", crash, "solutions/softmax.py", *SMALL, *HERE, "--json")
    assert done.returncode == 1
    for found in json.loads(done.stdout)["rows"]:
        crashed, fine = found["entries"]
        assert (crashed["status"], fine["status"]) == ("runtime_error", "right")
        assert "exit code 0" in crashed["message"]


def test_what_the_interpreter_cannot_manage_is_said(judge_command: Judge) -> None:
    large = ("--shape", "rows=2048 cols=512")
    done = judge_command("compare", "softmax", "solutions/softmax.py", *large, *HERE)
    assert done.returncode == 0
    assert "too large for the interpreter" in done.stdout


REFUSED = {
    "an unknown challenge": (("sofmax", "solutions/softmax.py"), "did you mean softmax"),
    "an unknown solution": (("softmax", "solutions/sofmax.py"), "did you mean softmax.py"),
    "an unknown key": (("softmax", "solutions/softmax.py", "--sweep", "row=3"), "did you mean rows?"),
    "no value": (("softmax", "solutions/softmax.py", "--sweep", "rows"), "key=value"),
    "a shape that cannot be drawn": (("softmax", "solutions/softmax.py", "--shape", "rows=-1"), "rows=-1"),
    "an unknown baseline": (
        ("flash_attention", "solutions/flash_attention_2.py", "--against", "torch,sdpa-flsh"),
        "did you mean sdpa-flash?",
    ),
    "a wrong signature": (("softmax", "tests/submissions/no_solve.py", *SMALL), "defines no function solve"),
    "a file nowhere": (("softmax", "solutions/softmax.py", "--csv", "nowhere/x.csv"), "there is no folder"),
    "nobody": (("softmax",), "no solution is named"),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_makes_no_sense_is_refused_in_a_line(
    arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(cli, ["compare", *arguments, *HERE])
    assert isinstance(result.exception, BadInput)
    assert words in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_record_that_is_none_is_refused_before_the_work(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n")
    arguments = ["softmax", "solutions/softmax.py", *HERE, "--record", str(path)]
    result = CliRunner().invoke(cli, ["compare", *arguments])
    assert isinstance(result.exception, BadInput)
    assert path.read_text() == "my notes\n"


def test_submit_takes_a_named_baseline_and_refuses_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    arguments = ["flash_attention", "solutions/flash_attention_2.py", *HERE, "--no-record", "--case", "1"]
    result = CliRunner().invoke(cli, ["submit", *arguments, "--baseline", "sdpa-flash"])
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(cli, ["submit", *arguments, "--baseline", "sdpa-flush"])
    assert isinstance(result.exception, BadInput)
    assert "did you mean sdpa-flash?" in str(result.exception)


# -- on a GPU -----------------------------------------------------------------------------------------


@pytest.mark.gpu
def test_programs_are_timed_beside_one_another(
    judge_command: Judge, left_behind: Any, tmp_path: Path
) -> None:
    svg, record = tmp_path / "plot.svg", tmp_path / "record.jsonl"
    done = judge_command(
        *("compare", "vector_add", "solutions/vector_add.py", "--against", "torch,compile"),
        *("--sweep", "n=65536,16777216", "--svg", svg, "--record", record, "--json"),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for each in found["rows"]:
        assert [e["program"] for e in each["entries"]] == ["vector_add", "torch", "compile"]
        for timed in each["entries"]:
            assert (timed["status"], timed["method"]) == ("timed", "graph"), timed
            assert timed["samples"] >= 12
            assert 0 < timed["roofline"] < 1.3
        assert each["entries"][1]["speedup"] == 1.0
    small, large = found["rows"]
    assert large["entries"][0]["median_us"] > 10 * small["entries"][0]["median_us"]
    assert set(found["means"]) == {"vector_add", "torch", "compile"}
    assert len(read_record(record)) == 1
    ElementTree.fromstring(svg.read_text())
    assert left_behind() == []


@pytest.mark.gpu
@pytest.mark.parametrize(
    ("challenge", "solution", "against"),
    [
        ("flash_attention", "flash_attention_2", "torch,sdpa,sdpa-flash,sdpa-cudnn,sdpa-efficient,flex"),
        (
            "flash_attention_backward",
            "flash_attention_backward",
            "torch,sdpa-flash,sdpa-cudnn,sdpa-efficient",
        ),
        (
            "flash_attention_training",
            "flash_attention_training",
            "torch,sdpa,sdpa-math,sdpa-flash,sdpa-cudnn,sdpa-efficient,flex",
        ),
    ],
)
def test_attention_is_timed_beside_pytorchs_own(
    judge_command: Judge, challenge: str, solution: str, against: str
) -> None:
    shape = "batch=2 heads=4 seq=1024 dim=64 causal=True"
    done = judge_command(
        *("compare", challenge, f"solutions/{solution}.py", "--against", against, "--json"),
        *("--shape", f"{shape} dtype=bf16", "--shape", f"{shape} dtype=fp32"),
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    narrow, wide = json.loads(done.stdout)["rows"]
    for timed in narrow["entries"]:
        assert timed["status"] == "timed", timed
        assert "differs" not in timed["note"], done.stdout
    refused = {e["program"] for e in wide["entries"] if e["status"] == "not_supported"}
    assert refused >= {"sdpa-flash", "sdpa-cudnn"}
    assert {e["program"] for e in wide["entries"] if e["status"] == "timed"} >= {solution, "torch"}


@pytest.mark.gpu
def test_who_is_right_when_checked_and_idle_when_timed_has_no_time(
    judge_command: Judge, tmp_path: Path
) -> None:
    idle = tmp_path / "idle.py"
    idle.write_text(
        "import torch\n\n\ndef solve(x, out):\n"
        "    if not torch.cuda.is_current_stream_capturing():\n        out.copy_(x.softmax(dim=-1))\n"
    )
    arguments = (idle, "solutions/softmax.py", "--shape", "rows=256 cols=1000", "--json")
    done = judge_command("compare", "softmax", *arguments, timeout=300)
    assert done.returncode == 1
    [found] = json.loads(done.stdout)["rows"]
    cheat, fine, reference = found["entries"]
    assert (cheat["status"], cheat["median_us"], cheat["place"]) == ("rule_violation", None, "")
    assert fine["status"] == reference["status"] == "timed"


@pytest.mark.gpu
def test_what_cannot_be_captured_is_compared_by_eager_calls(judge_command: Judge, tmp_path: Path) -> None:
    eager = tmp_path / "eager.py"
    eager.write_text(
        "import torch\n\n\ndef solve(x, out):\n"
        "    torch.cuda.synchronize()\n    out.copy_(x.softmax(dim=-1))\n"
    )
    arguments = (eager, "solutions/softmax.py", "--shape", "rows=256 cols=1000", "--json")
    done = judge_command("compare", "softmax", *arguments, timeout=300)
    assert done.returncode == 0, done.stderr
    [found] = json.loads(done.stdout)["rows"]
    assert [e["method"] for e in found["entries"]] == ["eager", "graph", "graph"]
    slow, fine, reference = found["entries"]
    assert slow["eager_us"] == slow["median_us"]
    assert slow["speedup"] == pytest.approx(reference["eager_us"] / slow["eager_us"], rel=1e-3)
    assert fine["speedup"] == pytest.approx(reference["median_us"] / fine["median_us"], rel=1e-3)
