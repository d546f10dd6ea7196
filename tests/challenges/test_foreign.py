"""A challenge that is none of our folders: what the judge asks of a format and of a challenge is enough.

Its file is JSON. Its solve writes an output in the middle of the signature, and changes a tensor in place:

    solve(x, out, n, state):    out = n * x + state,    state = state + x

Three variants of it differ in what they accept: the judge's own tolerance (Derived), a wider one of their own
(Close), and a function that decides (Check).
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from judge.board.catalogue import listings
from judge.board.standings import Standings
from judge.challenges import finding
from judge.challenges.finding import all_challenges, find_challenge, find_draft
from judge.challenges.float64_answer import widened
from judge.challenges.format import About, Format, FoundChallenge
from judge.challenges.formats import FORMATS
from judge.challenges.protocol import (
    Acceptance,
    Baseline,
    Case,
    Challenge,
    Check,
    Close,
    Derived,
    Inputs,
    Outputs,
    Sizes,
    TensorShape,
    drawn,
    sizes_of,
)
from judge.challenges.rng import Rng, derive
from judge.challenges.signature import Parameter, Signature
from judge.cli.main import cli
from judge.comparing.comparison import CompareOptions, compare_all
from judge.engine.device import Device
from judge.engine.runner import Runner
from judge.errors import BadInput
from judge.inspect.inspection import inspect_solution
from judge.judging.baselines import load_baseline
from judge.judging.calls import SizedCase
from judge.judging.correctness import call, differs
from judge.judging.session import Observer, Session
from judge.judging.submit import SubmitOptions, judge, submit
from judge.new.arguments import arguments_of
from judge.new.solution import new_solution, templates, write_solution
from judge.show.verdict import verdict_text
from judge.solutions.finding import read_solution
from judge.verdict.diagnosis import ChangedInput, Mismatch, Overrun, Problem, StrayAccess, Unaccepted
from judge.verdict.verdict import Verdict

SEED = 1
INTERPRETER = Device("interpreter")
OWN = Close(absolute=0.25, relative=0.0)  # far wider than what the judge allows by itself
NARROW = Close(absolute=0.0, relative=0.01)  # bfloat16 rounds by 0.004

# -- the challenge ------------------------------------------------------------------------------------


def signature_of(dtype: str) -> Signature:
    """An output in the middle, a number, and a tensor that is read and written."""
    return Signature(
        (
            Parameter("x", dtypes=(dtype,), dims=("size",)),
            Parameter("out", "out", (dtype,), ("size",)),
            Parameter("n", scalar=int),
            Parameter("state", "inout", (dtype,), ("size",)),
        )
    )


def in_any_order(inputs: Inputs, expected: Outputs, found: Outputs) -> str:
    """The values of out may stand in any order, those of state may not."""
    pairs = dict(out=[each[0].sort().values for each in (expected, found)], state=[expected[1], found[1]])
    for name, (right, mine) in pairs.items():
        if not torch.allclose(mine.double(), right.double(), atol=1e-3):
            return f"{name} does not hold the sums for n = {inputs['n']}\nany order of out is right"
    return ""


def failing(inputs: Inputs, expected: Outputs, found: Outputs) -> str:
    """A check with a bug of its own."""
    raise ZeroDivisionError("a bug\nof the check")


ACCEPTANCES: dict[str, Acceptance] = {
    "derived": Derived(),
    "close": OWN,
    "narrow": NARROW,
    "check": Check(in_any_order),
    "broken": Check(failing),
}


class Blend:
    """The challenge that a file describes."""

    precision = "ieee"
    deterministic = False

    def __init__(self, path: Path) -> None:
        told = json.loads(path.read_text())
        self.path, self.name = path, path.stem
        self.acceptance = ACCEPTANCES[told["acceptance"]]
        self.signature = signature_of(told["dtype"])
        self.test_shapes: list[dict[str, Any]] = [dict(size=size) for size in told["tests"]]
        self.benchmark_shapes: list[dict[str, Any]] = [dict(size=size) for size in told["benchmarks"]]
        programs = path.with_suffix(".py").resolve()
        self.baselines = {
            "torch": Baseline(programs, "both"),
            "compile": Baseline(programs, "both"),
            "only-out": Baseline(programs, "only_out"),
            "off": Baseline(programs, "off"),
        }

    def cases(self, seed: int) -> list[Case]:
        unseen = Rng(derive(seed, "unseen")).integer(2, 2000)
        shapes = [*self.test_shapes, dict(size=unseen)]
        return [Case(i, shape, derive(seed, "case", i)) for i, shape in enumerate(shapes, 1)]

    def benchmarks(self, seed: int) -> list[Case]:
        return [
            Case(i, shape, derive(seed, "benchmark", i)) for i, shape in enumerate(self.benchmark_shapes, 1)
        ]

    def draw(self, rng: Rng, shape: dict[str, Any]) -> Inputs:
        size, dtype = shape["size"], getattr(torch, self.signature["x"].dtype)
        x, state = (rng.normal(size, dtype=dtype) for _ in range(2))
        return dict(x=x, n=rng.integer(2, 9), state=state)

    def check(self, inputs: Inputs) -> None:
        if inputs["x"].shape != inputs["state"].shape:
            raise BadInput(f"{self.path}: x and state differ in their shapes")

    def sizes(self, inputs: Inputs) -> Sizes:
        shape, dtype = tuple(inputs["x"].shape), inputs["x"].dtype
        tensors = [TensorShape(p.name, shape, dtype, p.direction) for p in self.signature.tensors]
        return Sizes(tensors, flops=3 * inputs["x"].numel())

    def answer(self, inputs: Inputs) -> Outputs:
        x, n, state = inputs["x"], inputs["n"], inputs["state"]
        return n * x + state, state + x

    def golden(self, inputs: Inputs) -> Outputs:
        return self.answer(widened(inputs))


class Json:
    """The format of files that end in .json; what decides is the file and the baselines beside it."""

    name = "JSON"

    def recognizes(self, path: Path) -> bool:
        return path.suffix == ".json" and path.is_file()

    def challenges_in(self, folder: Path) -> Iterable[Path]:
        return sorted(folder.glob("*.json"))

    def require_complete(self, path: Path) -> None:
        if not path.with_suffix(".py").is_file():
            raise BadInput(f"{path}: it has no {path.with_suffix('.py').name} beside it")

    def files(self, path: Path) -> list[Path]:
        return [path, path.with_suffix(".py")]

    def digest(self, path: Path) -> str:
        told = {key: value for key, value in json.loads(path.read_text()).items() if key != "title"}
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def about(self, path: Path) -> About:
        return About(json.loads(path.read_text())["title"], "easy", ("elementwise",), "here", "Add $x$.\n")

    def reference_source(self, path: Path) -> str:
        return path.with_suffix(".py").read_text()

    def load(self, path: Path) -> Challenge:
        return Blend(path)


JSON: Format = Json()

BASELINES = """\
def both(x, n, state):
    return n * x + state, state + x

def only_out(x, n, state):
    return n * x + state

def off(x, n, state):
    return n * x + state, state + x + 1
"""


def write_challenge(folder: Path, acceptance: str, name: str = "blend", dtype: str = "float32") -> Path:
    """A challenge's file, and its baselines beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    told = dict(title="Blending", acceptance=acceptance, dtype=dtype)
    path.write_text(json.dumps(told | dict(tests=[1, 33, 1000], benchmarks=[1 << 20])))
    path.with_suffix(".py").write_text(BASELINES)
    return path


# -- solutions ----------------------------------------------------------------------------------------

RIGHT = '''\
"""# Blending

One program per block.
"""

import triton
import triton.language as tl

CHALLENGE = "blend"


@triton.jit
def blend_kernel(x_ptr, out_ptr, state_ptr, n, size, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = at < size
    x = tl.load(x_ptr + at, mask=mask).to(tl.float32)
    state = tl.load(state_ptr + at, mask=mask).to(tl.float32)
    tl.store(out_ptr + at, n * x + state, mask=mask)
    tl.store(state_ptr + at, state + x, mask=mask)


def solve(x, out, n, state):
    size = x.numel()
    blend_kernel[(triton.cdiv(size, 1024),)](x, out, state, n, size, BLOCK=1024)
'''
STORE_OUT = "tl.store(out_ptr + at, n * x + state, mask=mask)"
STORE_STATE = "tl.store(state_ptr + at, state + x, mask=mask)"


def changed(old: str, new: str) -> str:
    """The right solution with one thing changed."""
    assert RIGHT.count(old) == 1
    return RIGHT.replace(old, new)


def then(line: str) -> str:
    """The right solution with one more line at its end."""
    return f"{RIGHT}    {line}\n"


@dataclass
class Bench:
    """A variant of the challenge, in a session with a runner for many solutions, which are all our own."""

    session: Session
    runner: Runner
    folder: Path

    def judged(self, source: str) -> Verdict:
        path = self.folder / "mine.py"
        path.write_text(source)
        options = SubmitOptions(device="interpreter", seed=SEED, timed=False, record=False)
        return judge(self.session, read_solution(path), [self.runner], options)

    def problems(self, source: str) -> tuple[Problem, ...]:
        """What is wrong with a solution that gives a wrong answer."""
        verdict = self.judged(source)
        assert verdict.status == "wrong_answer", verdict.message
        assert verdict.diagnosis
        assert verdict.diagnosis.case
        return verdict.diagnosis.problems

    def sized(self, size: int = 33) -> SizedCase:
        case = Case(1, dict(size=size), SEED)
        return SizedCase(case, sizes_of(self.session.challenge, case, "cpu"))


Benches = Callable[[str], Bench]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Benches]:
    """bench(acceptance): each variant is started once."""
    started: dict[str, Bench] = {}
    with ExitStack() as stack:

        def start(acceptance: str) -> Bench:
            if acceptance not in started:
                folder = tmp_path_factory.mktemp(acceptance)
                dtype = "bfloat16" if acceptance == "narrow" else "float32"
                found = FoundChallenge(write_challenge(folder, acceptance, dtype=dtype), JSON)
                session = stack.enter_context(Session(found, INTERPRETER))
                started[acceptance] = Bench(session, session.start_runner(), folder)
            return started[acceptance]

        yield start


each_variant = pytest.mark.parametrize("acceptance", ["derived", "close", "check"])
with_a_tolerance = pytest.mark.parametrize("acceptance", ["derived", "close"])


# -- right and wrong ----------------------------------------------------------------------------------


@each_variant
def test_a_right_solution_is_accepted(bench: Benches, acceptance: str) -> None:
    """Some cases run three times, and what is changed in place begins with the same values each time."""
    verdict = bench(acceptance).judged(RIGHT)
    assert (verdict.status, verdict.message) == ("accepted", "")
    assert (verdict.challenge, verdict.device, verdict.skipped) == ("blend", "interpreter", 0)
    assert [case.name for case in verdict.cases[:3]] == ["size=1", "size=33", "size=1000"]
    assert len(verdict.cases) == 4
    assert not verdict.warnings
    assert "accepted" in verdict_text(verdict)
    assert json.loads(json.dumps(verdict.as_json()))["diagnosis"] is None


def test_each_case_tells_its_worst_error_and_what_is_allowed(bench: Benches) -> None:
    for acceptance in ("derived", "close"):
        for case in bench(acceptance).judged(RIGHT).cases:
            assert case.max_error is not None
            assert case.allowed is not None
            assert 0 <= case.max_error <= case.allowed
            assert (case.allowed == OWN.absolute) == (acceptance == "close")
    for case in bench("check").judged(RIGHT).cases:  # nobody measured
        assert (case.status, case.max_error, case.allowed) == ("accepted", None, None)


@with_a_tolerance
def test_a_wrong_output_in_the_middle_is_named(bench: Benches, acceptance: str) -> None:
    [problem] = bench(acceptance).problems(changed("n * x + state", "n * x + state + 1"))
    assert isinstance(problem, Mismatch)
    assert problem.output == "out"
    assert (problem.wrong, problem.unwritten) == (problem.total, 0)
    assert problem.error == pytest.approx(1, abs=1e-3)


@with_a_tolerance
def test_a_tensor_that_is_not_updated_is_refused(bench: Benches, acceptance: str) -> None:
    """It holds what it held, which is no poison: nothing is said of what was never written."""
    verdict = bench(acceptance).judged(changed(STORE_STATE, "pass"))
    assert verdict.status == "wrong_answer"
    assert verdict.diagnosis
    [problem] = verdict.diagnosis.problems
    assert isinstance(problem, Mismatch)
    assert (problem.output, problem.unwritten) == ("state", 0)
    assert "never written" not in verdict.message
    inputs = drawn(bench(acceptance).session.challenge, dict(size=1), derive(SEED, "case", 1), "cpu")
    assert float(problem.got) == pytest.approx(float(inputs["state"][0]), rel=1e-5)


def test_both_outputs_are_told_of(bench: Benches) -> None:
    found = bench("derived").problems(changed("x = tl.load(x_ptr + at, mask=mask)", "x = (at * 1.0 + 9)"))
    assert [p.output for p in found if isinstance(p, Mismatch)] == ["out", "state"]


def test_the_report_says_how_to_judge_the_case_again(bench: Benches) -> None:
    one = bench("derived")
    verdict = one.judged(changed("n * x", "x"))
    words = f"judge run {one.folder / 'blend.json'} {one.folder / 'mine.py'} --seed {SEED} --case 1"
    assert f"again: {words}" in verdict.message
    assert "case 1: size=1" in verdict_text(verdict)


# -- what is accepted ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "output"), [("n * x + state", "out"), ("state + x", "state")])
def test_a_challenges_own_tolerance_takes_the_place_of_ours(bench: Benches, old: str, output: str) -> None:
    inside, outside = (changed(f"{old}, mask", f"{old} + {off}, mask") for off in (0.2, 0.3))
    assert bench("close").judged(inside).status == "accepted"
    [problem] = bench("derived").problems(inside)
    assert isinstance(problem, Mismatch)
    assert problem.output == output
    [problem] = bench("close").problems(outside)
    assert isinstance(problem, Mismatch)
    assert (problem.output, problem.allowed) == (output, OWN.absolute)
    assert problem.error == pytest.approx(0.3, abs=1e-3)


def test_a_tolerance_of_its_own_holds_in_half_precision(bench: Benches) -> None:
    one = bench("narrow")
    assert one.judged(RIGHT).status == "accepted"
    assert one.judged(changed("n * x + state", "1.005 * (n * x + state)")).status == "accepted"
    [problem] = one.problems(changed("n * x + state", "1.02 * (n * x + state)"))
    assert isinstance(problem, Mismatch)
    assert problem.allowed == pytest.approx(NARROW.relative * abs(float(problem.expected)), rel=1e-3)


REVERSED = changed("tl.store(out_ptr + at,", "tl.store(out_ptr + size - 1 - at,")


def test_a_challenge_may_decide_itself(bench: Benches) -> None:
    assert bench("check").judged(REVERSED).status == "accepted"
    assert bench("derived").judged(REVERSED).status == "wrong_answer"


@pytest.mark.parametrize(("old", "output"), [("n * x + state", "out"), ("state + x", "state")])
def test_what_a_check_says_is_in_the_verdict(bench: Benches, old: str, output: str) -> None:
    verdict = bench("check").judged(changed(f"{old}, mask", f"{old} + 0.2, mask"))
    assert verdict.status == "wrong_answer"
    assert verdict.diagnosis
    [problem] = verdict.diagnosis.problems
    assert isinstance(problem, Unaccepted)
    lines = verdict.message.splitlines()
    assert lines[0] == "case 1: size=1"
    assert re.fullmatch(rf"{output} does not hold the sums for n = [2-9]", lines[1])
    assert lines[2] == "any order of out is right"
    assert lines[1] in verdict_text(verdict)
    assert verdict.as_json()["diagnosis"]["problems"] == [dict(kind="unaccepted", text=problem.text)]


def test_a_check_that_fails_is_the_challenges_fault(bench: Benches) -> None:
    with pytest.raises(BadInput) as caught:
        bench("broken").judged(RIGHT)
    path = bench("broken").session.found.path
    assert str(caught.value) == f"{path}: its check fails: ZeroDivisionError: a bug"


# -- memory -------------------------------------------------------------------------------------------


@each_variant
def test_an_input_that_is_changed_is_refused(bench: Benches, acceptance: str) -> None:
    verdict = bench(acceptance).judged(then("x.zero_()"))
    assert verdict.status == "wrong_answer"
    assert verdict.diagnosis
    assert verdict.diagnosis.problems == (ChangedInput("x"),)
    assert "the input x was changed; inputs must stay as they are" in verdict.message


def test_what_is_written_nowhere_is_known(bench: Benches) -> None:
    nothing = bench("derived").judged(changed(STORE_OUT, "pass"))
    assert "none of them was ever written" in nothing.message
    found = bench("derived").problems(changed(STORE_OUT, STORE_OUT.replace("=mask", "=mask & (at < 20)")))
    [problem] = found
    assert isinstance(problem, Mismatch)
    assert (problem.output, problem.wrong, problem.unwritten, problem.total) == ("out", 13, 13, 33)
    [problem] = bench("check").problems(changed(STORE_OUT, "pass"))
    assert isinstance(problem, Unaccepted)


BEYOND = "{0}.as_strided((1,), (1,), {0}.storage_offset() + {1}).fill_(7)"


@each_variant
@pytest.mark.parametrize("tensor", ["x", "out", "state"])
def test_a_write_beside_a_tensor_is_refused(bench: Benches, acceptance: str, tensor: str) -> None:
    one = bench(acceptance)
    for place, side in (("size", "after"), ("-1", "before")):
        [problem] = one.problems(then(BEYOND.format(tensor, place)))
        assert isinstance(problem, Overrun) and (problem.tensor, problem.side) == (tensor, side)
        assert 1 <= problem.bytes <= 4  # a byte of the 7 may be the guard's, which is drawn


@pytest.mark.parametrize(
    ("old", "access", "tensor"),
    [
        (STORE_OUT, "writes", "out"),
        (STORE_STATE, "writes", "state"),
        ("x = tl.load(x_ptr + at, mask=mask)", "reads", "x"),
    ],
)
def test_a_kernel_that_leaves_its_tensor_is_seen(bench: Benches, old: str, access: str, tensor: str) -> None:
    found = bench("derived").problems(changed(old, old.replace("=mask", "=at <= size")))
    strays = [p for p in found if isinstance(p, StrayAccess)]
    assert [(p.access, p.elements, p.tensor, p.side) for p in strays] == [(access, 1, tensor, "after")]
    assert strays[0].line == RIGHT[: RIGHT.index(old)].count("\n") + 1


def test_a_solution_that_takes_other_arguments_is_shown_the_signature(bench: Benches) -> None:
    verdict = bench("derived").judged(changed("def solve(x, out, n, state)", "def solve(x, n, state)"))
    assert verdict.status == "compile_error"
    said = verdict.message
    assert "solve(x, n, state) does not take the arguments solve(x, out, n, state)" in said
    assert said.endswith(
        "expected is def solve(x: float32[size], out: float32[size], n: int, state: float32[size])"
    )


# -- baselines ----------------------------------------------------------------------------------------


@each_variant
def test_a_baselines_answers_are_checked(bench: Benches, acceptance: str) -> None:
    """A baseline takes what is read, and gives what is written, or the first of it."""
    one = bench(acceptance)

    def asked(name: str) -> tuple[list[Problem], list[str]]:
        load_baseline(one.runner, one.session.challenge, name, one.session.seconds, checked=True)
        return differs(one.runner, one.session, one.sized())

    assert asked("torch") == ([], [])
    assert asked("only-out") == ([], ["state"])
    [problem], left_out = asked("off")
    assert left_out == []
    if acceptance == "check":
        assert isinstance(problem, Unaccepted)
    else:
        assert isinstance(problem, Mismatch)
        assert problem.output == "state"


def test_a_baseline_runs_as_it_is(bench: Benches) -> None:
    one = bench("derived")
    for name in ("torch", "only-out"):
        load_baseline(one.runner, one.session.challenge, name, one.session.seconds)
        call(one.runner, one.session, one.sized())
    assert one.judged(RIGHT).status == "accepted"


# -- found by its name --------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace to be in, with the challenge and a solution, where the judge knows the format."""
    monkeypatch.setattr(finding, "FORMATS", (*FORMATS, JSON))
    write_challenge(tmp_path / "challenges", "derived")
    (tmp_path / "mine.py").write_text(RIGHT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_is_found_by_path_and_by_name(here: Path) -> None:
    path = here / "challenges" / "blend.json"
    for text in ("challenges/blend.json", "blend.json", "blend", "challenges/blend", str(path)):
        found = find_challenge(text)
        assert (found.path.resolve(), found.format, found.name) == (path, JSON, "blend"), text
    assert find_challenge("blend").load().name == "blend"
    assert find_challenge("blend").argument == "challenges/blend.json"
    assert all_challenges()["blend"].path == path
    assert all_challenges()["softmax"].format is FORMATS[0]


def test_the_workspaces_file_wins_over_a_shipped_folder(here: Path) -> None:
    path = write_challenge(here / "challenges", "derived", "softmax")
    assert find_challenge("softmax").path == path
    assert all_challenges()["softmax"].path == path
    assert find_challenge("vector_add").format is FORMATS[0]


def test_a_draft_of_it_is_found_and_told_what_it_lacks(here: Path) -> None:
    (here / "challenges" / "blend.py").unlink()
    assert find_draft("blend").name == "blend"
    with pytest.raises(BadInput, match=r"blend\.json: it has no blend\.py beside it"):
        find_challenge("blend")


def test_a_typo_in_its_name_is_answered_with_it(here: Path) -> None:
    with pytest.raises(BadInput, match="no such challenge: blnd; did you mean blend"):
        find_challenge("blnd")


def test_without_its_format_it_is_no_challenge(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "FORMATS", FORMATS)
    for text in ("blend", "challenges/blend.json"):
        with pytest.raises(BadInput, match="no such challenge"):
            find_challenge(text)


# -- the stories --------------------------------------------------------------------------------------


def test_it_is_judged_and_recorded_by_its_name(here: Path) -> None:
    database = f"sqlite:///{here}/board.db"
    options = SubmitOptions(device="interpreter", seed=SEED, database=database, author="me")
    verdict = submit("blend", "mine.py", options, Observer())
    assert (verdict.status, verdict.challenge) == ("accepted", "blend")
    [listing] = [each for each in listings(Standings(database)) if each.name == "blend"]
    assert (listing.title, listing.difficulty, listing.tags) == ("Blending", "easy", ("elementwise",))
    assert listing.solved
    path = here / "challenges" / "blend.json"
    told = path.read_text()
    path.write_text(told.replace("Blending", "Mixing"))  # not what decides
    assert [each.solved for each in listings(Standings(database)) if each.name == "blend"] == [True]
    path.write_text(told.replace("33", "34"))
    assert [each.solved for each in listings(Standings(database)) if each.name == "blend"] == [False]


def test_the_command_to_judge_a_case_again_finds_it(here: Path) -> None:
    (here / "mine.py").write_text(changed("n * x", "x"))
    options = SubmitOptions(device="interpreter", seed=SEED, record=False)
    verdict = submit("blend", "mine.py", options, Observer())
    assert verdict.diagnosis
    words = "judge submit challenges/blend.json mine.py --seed 1 --case 1 --device interpreter"
    assert verdict.diagnosis.replay == words
    again = CliRunner().invoke(cli, [*words.split()[1:], "--json"])
    assert again.exit_code == 1
    told = json.loads(json.dumps(verdict.as_json()))
    assert json.loads(again.stdout)["diagnosis"]["problems"] == told["diagnosis"]["problems"]


def test_it_is_listed_and_shown(here: Path) -> None:
    listed = CliRunner().invoke(cli, ["list", "--json"])
    assert "blend" in [each["name"] for each in json.loads(listed.stdout)]
    shown = CliRunner().invoke(cli, ["show", "blend"])
    assert shown.exit_code == 0
    assert "Blending" in shown.stdout


def test_its_solutions_are_compared(here: Path) -> None:
    (here / "other.py").write_text(changed("n * x", "x"))
    options = CompareOptions(device="interpreter", seed=SEED, shapes=("size=70",))
    results = compare_all("blend", ("mine.py", "other.py"), options, Observer())
    [row] = results.rows
    assert {cell.program: cell.status for cell in row.entries} == {"mine": "right", "other": "wrong_answer"}
    assert "out[" in row.entries[1].message


def test_a_kernel_for_it_is_compiled_without_a_gpu(here: Path) -> None:
    """The arguments come in the signature's order, and what is changed in place is there once."""
    found = inspect_solution("mine.py", "sm_90")
    assert found.compiled, found.message
    assert (found.challenge, found.unlaunched) == ("blend", [])
    each = found.specializations[0]
    assert each.case == f"size={1 << 20}"
    assert each.signature == dict(x_ptr="*fp32", out_ptr="*fp32", state_ptr="*fp32", n="i32", size="i32")


# -- judge new ----------------------------------------------------------------------------------------


def test_the_arguments_of_a_template_are_in_the_signatures_order(bench: Benches) -> None:
    found = arguments_of(bench("derived").session.challenge, frozenset())
    assert found.parameters == ["x: Tensor", "out: Tensor", "n: int", "state: Tensor"]
    assert [a.name for a in found.all] == ["x", "out", "n", "state"]
    assert [t.name for t in found.tensors] == ["x", "out", "state"]
    assert [t.name for t in found.inputs] == ["x", "state"]
    assert [t.name for t in found.outputs] == ["out", "state"]
    assert [s.name for s in found.scalars] == ["n"]
    assert (found.sizes, found.unpack) == (("size",), ("size = x.shape[0]",))


def test_every_template_that_fits_writes_a_solution_that_runs(bench: Benches) -> None:
    one = bench("derived")
    fitting = []
    for name in templates():
        try:
            text = write_solution(one.session.found, name)[1]
        except BadInput as error:
            assert f"template {name} does not fit blend: it needs " in str(error)
            continue
        fitting.append(name)
        assert "def solve(x: Tensor, out: Tensor, n: int, state: Tensor) -> None:" in text
        for problem in one.problems(text):
            assert isinstance(problem, Mismatch), (name, problem)
    assert {"any", "elementwise"} <= set(fitting)


def test_a_new_solution_is_written_by_the_challenges_name(here: Path, bench: Benches) -> None:
    made = new_solution("blend")
    assert (made.path, made.challenge, made.template) == (Path("blend.py"), "blend", "elementwise")
    text = made.path.read_text()
    assert 'CHALLENGE = "blend"' in text
    answers = iter(["out = n * x + state", "state = state + x"])
    completed = re.sub(r"(?m)^( *)\w+ = .*# placeholder.*$", lambda line: line[1] + next(answers), text)
    assert bench("derived").judged(completed).status == "accepted"


# -- on a GPU -----------------------------------------------------------------------------------------


@pytest.mark.gpu
@each_variant
def test_it_is_timed_beside_its_baselines(here: Path, acceptance: str) -> None:
    write_challenge(here / "challenges", acceptance)
    names = ("torch", "compile", "only-out")
    options = SubmitOptions(device="cuda", seed=SEED, record=False, baselines=names)
    (here / "mine.py").write_text(REVERSED if acceptance == "check" else RIGHT)
    verdict = submit("blend", "mine.py", options, Observer())
    assert (verdict.status, verdict.message) == ("accepted", "")
    [timed] = verdict.benchmarks
    assert timed.name == f"size={1 << 20}"
    assert timed.bytes == 4 * (4 << 20)  # x and state are read, out and state are written
    assert timed.flops == 3 << 20
    assert timed.roofline
    assert [*timed.baselines] == [*names]
    assert verdict.score_us


@pytest.mark.gpu
def test_a_tolerance_of_its_own_holds_when_timed_in_half_precision(here: Path) -> None:
    """A timed sample is compared with the reference as it is, which rounds more often than the solution."""
    write_challenge(here / "challenges", "narrow", dtype="bfloat16")
    (here / "mine.py").write_text(changed("n * x + state", "1.005 * (n * x + state)"))
    verdict = submit("blend", "mine.py", SubmitOptions(device="cuda", seed=SEED, record=False), Observer())
    assert (verdict.status, verdict.message) == ("accepted", "")
    assert verdict.score_us


@pytest.mark.gpu
def test_what_is_wrong_only_when_timed_is_refused(here: Path) -> None:
    """The pool of a timed pass has many sets, and each begins with a state of its own."""
    lazy = changed("    blend_kernel[", "    if size == 1 << 20:\n        return\n    blend_kernel[")
    (here / "mine.py").write_text(lazy)
    verdict = submit("blend", "mine.py", SubmitOptions(device="cuda", seed=SEED, record=False), Observer())
    assert verdict.status == "rule_violation"
    assert "right when checked, wrong when timed" in verdict.message
