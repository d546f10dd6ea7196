"""A challenge's folder: its signature, its cases, and what is said of one that does not fit together."""

import re
import runpy
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from judge.challenges.formats.folder_challenge import FUZZ_CASES, FolderChallenge
from judge.challenges.formats.spec import PRECISIONS
from judge.challenges.protocol import (
    Baseline,
    Case,
    Close,
    Derived,
    Inputs,
    TensorShape,
    drawn,
    sizes_of,
)
from judge.challenges.signature import Direction
from judge.errors import BadInput
from judge.workspace import shipped

SHIPPED = sorted(p.parent for p in (shipped() / "challenges").glob("*/spec.md"))
SMALL = 1 << 20  # elements of a case that is worth its time here

SPEC = '+++\ntitle = "T"\ndifficulty = "easy"\ntags = []\norigin = ""\n+++\n'
IMPORTS = """\
from typing import NamedTuple
import torch
from jaxtyping import Bool, Float, Float16, Float32, Int32, Int64
from torch import Tensor

"""
REFERENCE = """\
def reference(
    a: Float32[Tensor, "rows cols"], b: Float32[Tensor, "cols"], k: int
) -> Float32[Tensor, "rows cols"]:
    return a + b * k
"""
INPUTS = """\
import torch

TESTS = [dict(rows=2, cols=3), dict(rows=1, cols=1)]
BENCHMARKS = [dict(rows=64, cols=64)]

def fuzz(rng):
    return dict(rows=rng.integer(1, 50), cols=rng.integer(1, 50))

def inputs(rng, rows, cols):
    return dict(a=rng.normal(rows, cols), b=rng.normal(cols), k=3)
"""


class Writer:
    """Writes challenges, each of them in a folder of its own below `base`."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.count = 0

    def folder(self, reference: str = REFERENCE, inputs: str = INPUTS, spec: str = SPEC) -> Path:
        self.count += 1
        folder = self.base / f"mine{self.count}"
        folder.mkdir()
        (folder / "spec.md").write_text(spec)
        (folder / "reference.py").write_text(IMPORTS + reference)
        (folder / "inputs.py").write_text(inputs)
        return folder

    def __call__(self, reference: str = REFERENCE, inputs: str = INPUTS, spec: str = SPEC) -> FolderChallenge:
        return FolderChallenge(self.folder(reference, inputs, spec))


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    return Writer(tmp_path)


def line_of(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text().splitlines(), 1) if text in line)


# -- the signature ------------------------------------------------------------------------------------


def test_a_single_output_is_called_out(write: Writer) -> None:
    challenge = write()
    assert challenge.signature.names == ["a", "b", "k", "out"]
    assert (
        str(challenge.signature)
        == "def solve(a: float32[rows cols], b: float32[cols], k: int, out: float32[rows cols])"
    )


def test_several_outputs_are_called_by_their_fields(write: Writer) -> None:
    challenge = write("""\
class Result(NamedTuple):
    values: Float32[Tensor, "n"]
    places: Int64[Tensor, "n"]

def reference(x: Float32[Tensor, "n"]) -> Result:
    return Result(*torch.sort(x))
""")
    assert challenge.signature.names == ["x", "values", "places"]
    assert str(challenge.signature) == "def solve(x: float32[n], values: float32[n], places: int64[n])"


def test_scalars_and_any_float_are_shown_as_they_are_written(write: Writer) -> None:
    challenge = write("""\
def reference(x: Float[Tensor, "a b c"], k: int, eps: float, causal: bool) -> Bool[Tensor, ""]:
    return x.any()
""")
    assert challenge.signature.names == ["x", "k", "eps", "causal", "out"]
    assert (
        str(challenge.signature)
        == "def solve(x: Float[a b c], k: int, eps: float, causal: bool, out: Bool[])"
    )


def test_the_shipped_layer_norm_has_three_outputs() -> None:
    challenge = FolderChallenge(shipped() / "challenges" / "layer_norm_backward")
    assert challenge.signature.names == ["x", "weight", "d_out", "eps", "dx", "dweight", "dbias"]


BAD_REFERENCES = {
    "no reference": ("def other(x):\n    return x\n", ["must define reference"]),
    "an argument without annotation": (
        'def reference(x) -> Float32[Tensor, "n"]:\n    return x\n',
        ["no annotation for x"],
    ),
    "no annotation of the result": (
        'def reference(x: Float32[Tensor, "n"]):\n    return x\n',
        ["no annotation for its result"],
    ),
    "an argument of another type": (
        'def reference(x: str) -> Float32[Tensor, "n"]:\n    return x\n',
        ["x must be annotated as a tensor", "int"],
    ),
    "a plain tensor": (
        'def reference(x: Tensor) -> Float32[Tensor, "n"]:\n    return x\n',
        ["x must be annotated as a tensor"],
    ),
    "an output that is no tensor": (
        'def reference(x: Float32[Tensor, "n"]) -> float:\n    return 1.0\n',
        ["output out must be annotated as a tensor"],
    ),
    "a tuple of outputs": (
        'def reference(x: Float32[Tensor, "n"]) -> tuple[Tensor, Tensor]:\n    return x, x\n',
        ["several outputs are a NamedTuple"],
    ),
    "an argument called out": (
        'def reference(out: Float32[Tensor, "n"]) -> Float32[Tensor, "n"]:\n    return out\n',
        ["out is the name of an argument and of an output"],
    ),
    "an annotation that cannot be evaluated": (
        'from __future__ import annotations\ndef reference(x: Nothing) -> Float32[Tensor, "n"]: ...\n',
        ["Nothing"],
    ),
}


@pytest.mark.parametrize(("reference", "words"), BAD_REFERENCES.values(), ids=BAD_REFERENCES.keys())
def test_a_reference_that_cannot_be_a_signature(write: Writer, reference: str, words: list[str]) -> None:
    folder = write.folder(reference)
    if reference.startswith("from __future__"):
        (folder / "reference.py").write_text(reference.replace("\n", "\n" + IMPORTS, 1))
    with pytest.raises(BadInput) as caught:
        FolderChallenge(folder)
    for word in (str(folder / "reference.py"), *words):
        assert word in str(caught.value)


def test_independent_must_be_a_dimension(write: Writer) -> None:
    with pytest.raises(BadInput, match="independent"):
        write(spec=SPEC.replace('origin = ""', 'origin = ""\nindependent = "layers"'))


# -- what is accepted ---------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", PRECISIONS)
def test_what_is_accepted_follows_from_the_precision(write: Writer, precision: str) -> None:
    challenge = write(spec=SPEC.replace('origin = ""', f'origin = ""\nprecision = "{precision}"'))
    assert challenge.precision == precision
    assert challenge.acceptance == (Close(0.0, 0.0) if precision == "exact" else Derived())


@pytest.mark.parametrize("told", ["true", "false"])
def test_a_challenge_says_whether_it_wants_the_same_result_every_time(write: Writer, told: str) -> None:
    challenge = write(spec=SPEC.replace('origin = ""', f'origin = ""\ndeterministic = {told}'))
    assert challenge.deterministic == (told == "true")


def test_the_reference_is_a_baseline_that_a_runner_can_load(write: Writer) -> None:
    more = 'def by_hand(a, b, k):\n    return a\n\n\nBASELINES = {"hand": by_hand}\n'
    challenge = write(f"{REFERENCE}\n\n{more}")
    path = (challenge.path / "reference.py").resolve()
    assert challenge.baselines == {
        "torch": Baseline(path, "reference"),
        "compile": Baseline(path, "reference"),
        "hand": Baseline(path, "by_hand"),
    }


def test_the_golden_answer_is_the_references_in_float64(write: Writer) -> None:
    challenge = write()
    inputs = drawn(challenge, dict(rows=2, cols=3), 1, "cpu")
    [golden], [own] = challenge.golden(inputs), challenge.answer(inputs)
    assert (golden.dtype, own.dtype) == (torch.float64, torch.float32)
    assert torch.equal(golden, inputs["a"].double() + inputs["b"].double() * 3)
    assert inputs["a"].dtype == torch.float32


# -- inputs that do not fit the reference -------------------------------------------------------------

BAD_INPUTS = {
    "a dtype": (
        "dict(a=rng.normal(rows, cols, dtype=torch.float64), b=rng.normal(cols), k=3)",
        "a",
        "float64[2, 3]",
    ),
    "a rank": ("dict(a=rng.normal(rows), b=rng.normal(cols), k=3)", "a", "float32[2]"),
    "two shapes that clash": (
        "dict(a=rng.normal(rows, cols), b=rng.normal(cols + 1), k=3)",
        "b",
        "float32[4]",
    ),
    "a number for a tensor": ("dict(a=rng.normal(rows, cols), b=1.5, k=3)", "b", "1.5"),
    "a float for an int": ("dict(a=rng.normal(rows, cols), b=rng.normal(cols), k=3.0)", "k", "3.0"),
    "a bool for an int": ("dict(a=rng.normal(rows, cols), b=rng.normal(cols), k=True)", "k", "True"),
    "a tensor for a number": (
        "dict(a=rng.normal(rows, cols), b=rng.normal(cols), k=torch.tensor(3))",
        "k",
        "int64[]",
    ),
    "nothing for a number": ("dict(a=rng.normal(rows, cols), b=rng.normal(cols), k=None)", "k", "None"),
}


@pytest.mark.parametrize(("result", "argument", "shown"), BAD_INPUTS.values(), ids=BAD_INPUTS.keys())
def test_inputs_that_do_not_match_the_annotations(
    write: Writer, result: str, argument: str, shown: str
) -> None:
    inputs = re.sub(r"return dict\(a=.*\)", f"return {result}", INPUTS)
    challenge = write(inputs=inputs)
    with pytest.raises(BadInput) as caught:
        drawn(challenge, dict(rows=2, cols=3), 1, "cpu")
    said = str(caught.value)
    assert str(challenge.path / "inputs.py") in said
    assert f"gives {argument} = {shown}, the reference wants {argument}: " in said


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("dict(a=rng.normal(rows, cols), k=3)", ["a, k", "a, b, k"]),
        ("dict(a=1, b=2, k=3, extra=4)", ["extra", "a, b, k"]),
        ("dict()", ["inputs() returns", "a, b, k"]),
        ("[rng.normal(rows, cols)]", ["list", "must return a dict"]),
        ("None", ["NoneType", "must return a dict"]),
    ],
)
def test_inputs_that_are_not_the_references_arguments(write: Writer, result: str, words: list[str]) -> None:
    challenge = write(inputs=re.sub(r"return dict\(a=.*\)", f"return {result}", INPUTS))
    with pytest.raises(BadInput) as caught:
        drawn(challenge, dict(rows=2, cols=3), 1, "cpu")
    for word in (str(challenge.path / "inputs.py"), *words):
        assert word in str(caught.value)


def test_an_int_is_a_float_too(write: Writer) -> None:
    challenge = write(REFERENCE.replace("k: int", "k: float"))
    assert drawn(challenge, dict(rows=2, cols=3), 1, "cpu")["k"] == 3


def test_inputs_come_in_the_references_order_and_contiguous(write: Writer) -> None:
    result = "return dict(k=3, b=rng.normal(cols), a=rng.normal(cols, rows).T)"
    challenge = write(inputs=re.sub(r"return dict\(a=.*\)", result, INPUTS))
    found = drawn(challenge, dict(rows=2, cols=3), 1, "cpu")
    assert list(found) == ["a", "b", "k"]
    assert found["a"].shape == (2, 3)
    assert found["a"].is_contiguous()


# -- errors in the challenge's own code ---------------------------------------------------------------


def test_an_error_while_a_part_is_loaded_has_its_line(write: Writer) -> None:
    for part, folder in (
        ("reference.py", write.folder(REFERENCE + "\n1 / 0  # here\n")),
        ("inputs.py", write.folder(inputs=INPUTS + "\n1 / 0  # here\n")),
    ):
        with pytest.raises(BadInput) as caught:
            FolderChallenge(folder)
        line = line_of(folder / part, "# here")
        assert str(caught.value) == f"{folder / part}:{line}: ZeroDivisionError: division by zero"


@pytest.mark.parametrize("part", ["reference.py", "inputs.py"])
def test_a_syntax_error_has_its_line(write: Writer, part: str) -> None:
    folder = write.folder()
    (folder / part).write_text("x = 1\n\ndef broken(:\n")
    with pytest.raises(BadInput) as caught:
        FolderChallenge(folder)
    assert str(caught.value).startswith(f"{folder / part}:3: SyntaxError: ")


def test_an_error_in_the_reference_has_its_line(write: Writer) -> None:
    challenge = write(REFERENCE.replace("return a + b * k", "return a + missing  # here"))
    inputs = drawn(challenge, dict(rows=2, cols=3), 1, "cpu")
    with pytest.raises(BadInput) as caught:
        challenge.answer(inputs)
    path = challenge.path / "reference.py"
    assert str(caught.value).startswith(f"{path}:{line_of(path, '# here')}: NameError: ")


def test_what_a_reference_warns_of_is_not_for_who_submits(
    write: Writer, recwarn: pytest.WarningsRecorder
) -> None:
    challenge = write("import warnings\n" + REFERENCE.replace("return", "warnings.warn('beta')\n    return"))
    challenge.answer(drawn(challenge, dict(rows=2, cols=3), 1, "cpu"))
    assert not [*recwarn]


def test_an_error_in_inputs_has_its_line(write: Writer) -> None:
    challenge = write(
        inputs=INPUTS.replace("return dict(a=", "raise ValueError('first\\nsecond')\n    dict(a=")
    )
    path = challenge.path / "inputs.py"
    with pytest.raises(BadInput) as caught:
        drawn(challenge, dict(rows=2, cols=3), 1, "cpu")
    assert str(caught.value) == f"{path}:{line_of(path, 'raise')}: ValueError: first"


def test_an_error_in_fuzz_has_its_line(write: Writer) -> None:
    challenge = write(
        inputs=INPUTS.replace("def fuzz(rng):\n", "def fuzz(rng):\n    raise ValueError('no')\n")
    )
    path = challenge.path / "inputs.py"
    with pytest.raises(BadInput) as caught:
        challenge.cases(1)
    assert str(caught.value) == f"{path}:{line_of(path, 'raise')}: ValueError: no"


def test_a_shape_that_inputs_does_not_take_is_named(write: Writer) -> None:
    challenge = write(inputs=INPUTS.replace("dict(rows=1, cols=1)", "dict(rows=1, colums=1)"))
    case = challenge.cases(1)[1]
    with pytest.raises(BadInput, match=r"inputs\.py.*colums"):
        drawn(challenge, case.shape, case.seed, "cpu")


@pytest.mark.parametrize("name", ["TESTS", "BENCHMARKS", "fuzz", "inputs"])
def test_a_part_of_inputs_that_is_missing_is_named(write: Writer, name: str) -> None:
    folder = write.folder(inputs=re.sub(rf"\b{name}\b", "other", INPUTS))
    with pytest.raises(BadInput) as caught:
        FolderChallenge(folder)
    assert str(caught.value) == f"{folder / 'inputs.py'}: it must define {name}"


@pytest.mark.parametrize("name", ["TESTS", "BENCHMARKS"])
@pytest.mark.parametrize("table", ["dict(rows=1)", "[(1, 2)]", "None"])
def test_a_table_must_be_a_list_of_dicts(write: Writer, name: str, table: str) -> None:
    folder = write.folder(inputs=re.sub(rf"{name} = .*", f"{name} = {table}", INPUTS))
    with pytest.raises(BadInput, match=f"{name} must be a list of dicts"):
        FolderChallenge(folder)


def test_a_result_of_another_number_of_outputs(write: Writer) -> None:
    challenge = write(REFERENCE.replace("return a + b * k", "return a, b"))
    with pytest.raises(BadInput, match=r"reference\.py.*returns 2 outputs, its annotation has 1"):
        challenge.answer(drawn(challenge, dict(rows=2, cols=3), 1, "cpu"))


@pytest.mark.parametrize("result", ["None", "3.0", "a[0]", "a[:, 1:]"])
def test_a_result_of_another_shape_than_annotated(write: Writer, result: str) -> None:
    challenge = write(REFERENCE.replace("return a + b * k", f"return {result}"))
    with pytest.raises(BadInput, match=r"reference\.py.*out"):
        challenge.answer(drawn(challenge, dict(rows=2, cols=3), 1, "cpu"))


# -- cases --------------------------------------------------------------------------------------------


def test_a_case_is_called_by_its_shape() -> None:
    assert Case(3, dict(rows=3, cols=1025, spread=1e4), 7).name == "rows=3 cols=1025 spread=10000.0"


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_cases_are_the_tests_and_then_at_least_five_unseen(folder: Path) -> None:
    challenge = FolderChallenge(folder)
    cases = challenge.cases(5)
    assert [case.number for case in cases] == list(range(1, len(cases) + 1))
    assert FUZZ_CASES >= 5
    tests = runpy.run_path(str(folder / "inputs.py"))["TESTS"]
    assert [case.shape for case in cases[: len(tests)]] == tests
    assert len(cases) == len(tests) + FUZZ_CASES
    assert len({case.seed for case in cases}) == len(cases)


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_same_seed_replays_the_same_cases(folder: Path) -> None:
    assert FolderChallenge(folder).cases(5) == FolderChallenge(folder).cases(5)
    assert FolderChallenge(folder).benchmarks(5) == FolderChallenge(folder).benchmarks(5)


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_another_seed_is_another_set_of_cases(folder: Path) -> None:
    challenge = FolderChallenge(folder)
    one, other = challenge.cases(5), challenge.cases(6)
    assert [c.shape for c in one] != [c.shape for c in other]
    assert all(a.seed != b.seed for a, b in zip(one, other, strict=True))


def small_cases(challenge: FolderChallenge, seed: int) -> list[Case]:
    """The cases that do not take long on the CPU."""
    found = []
    for case in challenge.cases(seed):
        sizes = sizes_of(challenge, case, "cpu")
        if sizes.elements <= SMALL and sizes.flops < 1e8:
            found.append(case)
    return found


def bits(inputs: Inputs) -> list[object]:
    return [v.view(torch.uint8).tolist() if isinstance(v, Tensor) else v for v in inputs.values()]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_same_seed_draws_the_same_tensors_and_another_does_not(folder: Path) -> None:
    challenge = FolderChallenge(folder)
    differ = []
    for case in small_cases(challenge, 5):
        once, again, other = (
            bits(drawn(challenge, case.shape, seed, "cpu")) for seed in (case.seed, case.seed, case.seed + 1)
        )
        assert once == again
        differ.append(once != other)
    assert any(differ)  # not all: a case may have constant inputs


def shapes_of(names: Iterable[str], tensors: Iterable[object], direction: Direction) -> list[TensorShape]:
    pairs = zip(names, tensors, strict=True)
    return [TensorShape(n, tuple(t.shape), t.dtype, direction) for n, t in pairs if isinstance(t, Tensor)]


def real_sizes(challenge: FolderChallenge, case: Case) -> tuple[list[TensorShape], list[TensorShape]]:
    """The shapes of what is really drawn and answered."""
    inputs = drawn(challenge, case.shape, case.seed, "cpu")
    outputs = [p.name for p in challenge.signature.outputs]
    return shapes_of(inputs, inputs.values(), "in"), shapes_of(outputs, challenge.answer(inputs), "out")


def known_sizes(challenge: FolderChallenge, case: Case) -> tuple[list[TensorShape], list[TensorShape]]:
    """The shapes as the judge learns them before it draws what a submission sees."""
    sizes = sizes_of(challenge, case, "cpu")
    assert sizes.tensors == [*sizes.inputs, *sizes.outputs]  # in the signature's order
    return sizes.inputs, sizes.outputs


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_sizes_are_those_of_the_real_tensors(folder: Path) -> None:
    challenge = FolderChallenge(folder)
    cases = small_cases(challenge, 5)
    assert len(cases) >= FUZZ_CASES
    for case in cases:
        assert known_sizes(challenge, case) == real_sizes(challenge, case)


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_answers_have_the_annotated_dtypes(folder: Path) -> None:
    challenge = FolderChallenge(folder)
    outputs = real_sizes(challenge, small_cases(challenge, 5)[0])[1]
    for output, parameter in zip(outputs, challenge.signature.outputs, strict=True):
        assert str(output.dtype).removeprefix("torch.") in parameter.dtypes


OPEN = {
    "any dtype": (
        'def reference(x: Float[Tensor, "n"]) -> Float[Tensor, "n"]:\n    return x.clone()\n',
        "dict(x=rng.normal(4, dtype=torch.float16))",
    ),
    "a dimension of the output's own": (
        'def reference(x: Float32[Tensor, "n"]) -> Float32[Tensor, "m"]:\n    return x[::2].clone()\n',
        "dict(x=rng.normal(7))",
    ),
    "arithmetic": (
        'def reference(x: Float32[Tensor, "n"]) -> Float32[Tensor, "n+1"]:\n'
        "    return torch.cat([x, x[:1]])\n",
        "dict(x=rng.normal(7))",
    ),
    "any number of dimensions": (
        'def reference(x: Float32[Tensor, "*batch n"]) -> Float32[Tensor, "n"]:\n'
        "    return x.flatten(0, -2).sum(0)\n",
        "dict(x=rng.normal(2, 3, 4))",
    ),
    "dimensions before the last": (
        'def reference(x: Float32[Tensor, "... n"]) -> Float32[Tensor, "n"]:\n'
        "    return x.flatten(0, -2).sum(0)\n",
        "dict(x=rng.normal(2, 3, 4))",
    ),
    "a fixed dimension": (
        'def reference(x: Float32[Tensor, "n 3"]) -> Float32[Tensor, "3 n"]:\n    return x.T\n',
        "dict(x=rng.normal(7, 3))",
    ),
    "a single number": (
        'def reference(x: Float32[Tensor, "n"]) -> Float32[Tensor, ""]:\n    return x.sum()\n',
        "dict(x=rng.normal(7))",
    ),
    "a Boolean": (
        'def reference(x: Float32[Tensor, "n"]) -> Bool[Tensor, "n"]:\n    return x > 0\n',
        "dict(x=rng.normal(7))",
    ),
}


@pytest.mark.parametrize(("reference", "result"), OPEN.values(), ids=OPEN.keys())
def test_sizes_are_real_whatever_the_annotations_leave_open(
    write: Writer, reference: str, result: str
) -> None:
    inputs = re.sub(r"return dict\(a=.*\)", f"return {result}", INPUTS)
    challenge = write(reference, inputs)
    case = challenge.cases(3)[0]
    assert known_sizes(challenge, case) == real_sizes(challenge, case)


def test_dtypes_that_the_reference_gave_are_not_asked_for_again(write: Writer) -> None:
    challenge = write(
        """\
CALLS = []

def reference(a: Float[Tensor, "n m"], b: Float32[Tensor, "m"], k: int) -> Float[Tensor, "n m"]:
    CALLS.append(a.dtype)
    return a * k
"""
    )
    calls = challenge.reference.__globals__["CALLS"]
    for rows in (2, 3, 4):
        inputs = dict(a=torch.zeros(rows, 3), b=torch.zeros(3), k=2)
        assert challenge.sizes(inputs).outputs == [TensorShape("out", (rows, 3), torch.float32, "out")]
    half = dict(a=torch.zeros(2, 3, dtype=torch.float16), b=torch.zeros(3), k=2)
    assert challenge.sizes(half).outputs[0].dtype == torch.float16
    assert calls == [torch.float32, torch.float16]


def test_finding_sizes_shows_the_reference_nothing_of_the_submissions_inputs(write: Writer) -> None:
    challenge = write(
        """\
SEEN = []

def reference(a: Float32[Tensor, "rows cols"], b: Float32[Tensor, "cols"], k: int) -> Float32[Tensor, "m"]:
    SEEN.append(a.tolist())
    return (a + b * k).view(-1)
"""
    )
    case = challenge.cases(3)[0]
    assert sizes_of(challenge, case, "cpu").outputs == [TensorShape("out", (6,), torch.float32, "out")]
    seen = challenge.reference.__globals__["SEEN"]
    assert drawn(challenge, case.shape, case.seed, "cpu")["a"].tolist() not in seen


def test_what_a_tensor_needs_of_memory() -> None:
    tensor = TensorShape("x", (3, 5), torch.float16)
    assert (tensor.elements, tensor.bytes) == (15, 30)
    assert TensorShape("x", (), torch.float64).bytes == 8
    assert TensorShape("x", (0, 5), torch.float64).bytes == 0


def test_flops_are_those_of_the_challenge(write: Writer) -> None:
    challenge = FolderChallenge(shipped() / "challenges" / "matmul")
    assert sizes_of(challenge, Case(1, dict(m=20, n=30, k=10), 1), "cpu").flops == 2 * 20 * 30 * 10
    mine = write()
    assert sizes_of(mine, mine.cases(1)[0], "cpu").flops == 0
