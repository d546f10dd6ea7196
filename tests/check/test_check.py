"""judge check: every shipped challenge passes every point, and each point can fail."""

import ast
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from conftest import ROOT

from judge.challenges.formats.folder import PARTS
from judge.check.examine import POINTS, SEED, Finding, examine
from judge.check.wrong_solutions import Interpreter
from judge.new.challenge import new_challenge

Judge = Callable[..., CompletedProcess[str]]
CHALLENGES = sorted(path.parent for path in (ROOT / "challenges").glob("*/spec.md"))


def failures(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.point, finding.text) for finding in found if finding.ok is False]


@pytest.mark.parametrize("folder", CHALLENGES, ids=lambda folder: folder.name)
def test_a_shipped_challenge_passes(folder: Path, interpreter: Interpreter) -> None:
    found = list(examine(folder, SEED, interpreter))
    assert failures(found) == []
    assert list(dict.fromkeys(finding.point for finding in found)) == list(POINTS)
    assert all(finding.challenge == folder.name and finding.text for finding in found)


@pytest.mark.parametrize("folder", CHALLENGES, ids=lambda folder: folder.name)
def test_a_wrong_solution_says_in_sentences_what_is_wrong(folder: Path) -> None:
    for path in folder.glob("wrong/*.py"):
        note = ast.get_docstring(ast.parse(path.read_text()))
        assert note and note.endswith(".")


def test_a_challenge_from_the_template_passes(tmp_path: Path, interpreter: Interpreter) -> None:
    folder = new_challenge("mine", holder=tmp_path)
    assert failures(list(examine(folder, SEED, interpreter))) == []


# -- what can fail ------------------------------------------------------------------------------------


SMALLER = {
    "    dict(n=65536),\n": "",
    "n=65537": "n=513",
    "n=4099": "n=777",
    "    dict(n=3_000_001),\n": "",
    "rng.integer(1, 14)": "rng.integer(1, 9)",
    "30_000": "3000",
}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A challenge like vector_add, with smaller tests, and one of its wrong solutions."""
    folder = tmp_path / "challenges" / "vector_add"
    shutil.copytree(ROOT / "challenges" / "vector_add", folder)
    for path in folder.glob("wrong/*.py"):
        if path.stem != "nan_replaced":
            path.unlink()
    text = (folder / "inputs.py").read_text()
    for large, small in SMALLER.items():
        assert large in text
        text = text.replace(large, small)
    (folder / "inputs.py").write_text(text)
    return folder


@dataclass(frozen=True)
class Break:
    """What is changed in one file, and what is said of it, by which point."""

    what: str
    file: str
    old: str
    new: str
    point: str
    said: str  # a pattern
    also: tuple[str, ...] = ()  # what fails with it


NARROW = "return a + b"
BREAKS = [
    Break(
        "no title",
        "spec.md",
        'title = "Vector addition"\n',
        "",
        "front matter",
        r"spec\.md:\d+: .* lacks title",
    ),
    Break(
        "an empty title", "spec.md", '"Vector addition"', '" "', "front matter", r"spec\.md: title is empty"
    ),
    Break(
        "no tags",
        "spec.md",
        '["elementwise", "memory-bound", "masks"]',
        "[]",
        "front matter",
        "tags is empty",
    ),
    Break(
        "a key with a typo",
        "spec.md",
        "independent =",
        "independant =",
        "front matter",
        "did you mean independent?",
    ),
    Break(
        "a reason missing",
        "spec.md",
        "independent =",
        'restricted = "n"\nindependent =',
        "front matter",
        r"restricted must be a table",
    ),
    Break(
        "a dimension with a typo",
        "spec.md",
        "+++\n\nAdd",
        'restricted = { m = "even" }\n+++\n\nAdd',
        "sizes",
        "restricted names m, which is not a dim",
    ),
    Break(
        "code that is none",
        "inputs.py",
        "TESTS = [",
        "TESTS = ]",
        "annotations",
        r"inputs\.py:3: SyntaxError",
    ),
    Break(
        "an argument that is not drawn",
        "inputs.py",
        "return dict(a=a, b=b)",
        "return dict(a=a)",
        "annotations",
        r"inputs\(\) returns a;",
    ),
    Break(
        "a dtype that is not annotated",
        "inputs.py",
        "return dict(a=a, b=b)",
        "return dict(a=a, b=b.double())",
        "annotations",
        r"gives b = float64",
    ),
    Break(
        "no tests",
        "inputs.py",
        "dict(n=1 << 20), dict(n=25_000_000)",
        "",
        "annotations",
        "BENCHMARKS is empty",
    ),
    Break(
        "another signature",
        "spec.md",
        "a: Tensor, b: Tensor, out",
        "a: Tensor, out",
        "text",
        r"spec\.md:24: solve\(a, out\) is not .*: solve\(a, b, out\)",
    ),
    Break(
        "another annotation",
        "spec.md",
        "b: Tensor, out",
        "b: float, out",
        "text",
        "b must be annotated as Tensor",
    ),
    Break(
        "no signature",
        "spec.md",
        "def solve(",
        "def solves(",
        "text",
        r"no ```python block has a line def solve",
    ),
    Break(
        "another dtype in the table",
        "spec.md",
        "| `b` | float32",
        "| `b` | float16",
        "text",
        r"spec\.md:18: b is said to be 'float16', the reference has float32",
    ),
    Break(
        "another shape in the table",
        "spec.md",
        "| `b` | float32 | `n`",
        "| `b` | float32 | `m`",
        "text",
        "b is said to be of shape 'm'",
    ),
    Break(
        "a row missing in the table",
        "spec.md",
        "| `b` | float32 | `n` | input |\n",
        "",
        "text",
        "are a, out; they must be a, b, out",
    ),
    Break("no table", "spec.md", "## Arguments", "## Inputs", "text", "no section ## Arguments"),
    Break(
        "a wrong example",
        "spec.md",
        "[1.5, 0.0, 13.0]",
        "[1.5, 0.1, 13.0]",
        "example",
        r"spec\.md:\d+: out\[1\] is expected to be 0\.1, the reference gives 0",
    ),
    Break(
        "an example of another dtype",
        "spec.md",
        "[1.5, 0.0, 13.0]",
        "[1, 0, 13]",
        "example",
        r"out is expected as torch\.int64",
    ),
    Break(
        "an example that fails",
        "spec.md",
        "expected = torch.tensor",
        "expected = torch.tenser",
        "example",
        r"spec\.md:\d+: AttributeError",
    ),
    Break(
        "an example without an input",
        "spec.md",
        "b = torch.tensor",
        "c = torch.tensor",
        "example",
        "does not define b",
    ),
    Break(
        "no test of size 1",
        "inputs.py",
        "    dict(n=1),\n",
        "",
        "sizes",
        r"n: TESTS have no size 1; .*restricted = \{ n =",
    ),
    Break(
        "no odd sizes",
        "inputs.py",
        "def inputs(rng, n, spread=1.0, special=False):\n",
        "def inputs(rng, n, spread=1.0, special=False):\n    n = n if n == 1 else n + n % 2\n",
        "sizes",
        "n: TESTS and fuzz no odd size above 1",
    ),
    Break(
        "no odd random sizes",
        "inputs.py",
        "    return dict(n=rng.choice([near, rng.integer(1, 3000)])",
        "    return dict(n=2 * near",
        "sizes",
        "n: fuzz no odd size above 1",
    ),
    Break(
        "no extreme values",
        "inputs.py",
        "    if special:\n",
        "    a, b = a / spread, b / spread\n    if False:\n",
        "values",
        r"has values beyond ±8, infinite or NaN in a or b; add one",
        ("wrong",),
    ),
    Break(
        "a random reference",
        "reference.py",
        NARROW,
        "return a + b + a.new_empty(a.shape).normal_()",
        "reference",
        "n=1: two runs on the same inputs differ",
        ("example",),
    ),
    Break(
        "a reference of half precision",
        "reference.py",
        NARROW,
        "return (a.half() + b.half()).to(a.dtype)",
        "reference",
        r"reference\.py:6: it rounds float64 to float16",
    ),
    Break(
        "a reference that overflows",
        "reference.py",
        NARROW,
        "return a * 1e30 * 1e30 / 1e30 / 1e30 + b",
        "reference",
        "in its own dtype the reference itself is wrong",
        ("example",),
    ),
    Break(
        "an imprecise reference",
        "reference.py",
        NARROW,
        "return ((a + 1e5) - 1e5) + b",
        "reference",
        "times torch.testing's default in the median case",
    ),
    Break(
        "a reference that changes its input",
        "reference.py",
        NARROW,
        "return a.add_(b)",
        "reference",
        "changes its input a",
    ),
    Break(
        "a benchmark of 20 GB",
        "inputs.py",
        "n=25_000_000",
        "n=1_700_000_000",
        "benchmark",
        r"n=1700000000: 20\.4 GB for one set",
    ),
    Break(
        "a benchmark too short to time",
        "inputs.py",
        "n=1 << 20",
        "n=1 << 10",
        "benchmark",
        r"n=1024: 0\.0029 µs of work on an H200, too short to time; enlarge",
    ),
    Break(
        "a benchmark that cannot be drawn",
        "inputs.py",
        "n=1 << 20",
        "m=1 << 20",
        "benchmark",
        r"inputs\.py: TypeError: .*'m'",
    ),
    Break(
        "a wrong solution that is right",
        "wrong/nan_replaced.py",
        "a.nan_to_num(), b.nan_to_num()",
        "a, b",
        "wrong",
        "nan_replaced.py: it is accepted",
    ),
    Break(
        "a wrong solution that only a random shape refuses",
        "wrong/nan_replaced.py",
        "    torch.add(a.nan_to_num(), b.nan_to_num(), out=out)",
        "    torch.add(a, b, out=out)\n    if len(a) not in (1, 2, 31, 513, 777, 1000, 1024, 1025):\n"
        "        out.zero_()",
        "wrong",
        r"only a random shape refuses it \(case \d+: ",
    ),
    Break(
        "a wrong solution that raises",
        "wrong/nan_replaced.py",
        "    torch.add(",
        "    torch.add_(",
        "wrong",
        "runtime error, it must give a wrong answer: .*add_",
    ),
    Break(
        "a wrong solution that dies",
        "wrong/nan_replaced.py",
        "    torch.add(",
        "    import os\n\n    os._exit(3)\n    torch.add(",
        "wrong",
        "runtime error, .* exit code 3",
    ),
    Break(
        "a wrong solution without solve",
        "wrong/nan_replaced.py",
        "def solve",
        "def solves",
        "wrong",
        r"defines no function solve\(a, b, out\)",
    ),
    Break(
        "a wrong solution that is no Python",
        "wrong/nan_replaced.py",
        "def solve",
        "dev solve",
        "wrong",
        "it is not Python",
    ),
    Break(
        "a wrong solution without a bug's name",
        "wrong/nan_replaced.py",
        '"""NaN and infinities are replaced by numbers instead of passed on."""',
        "",
        "wrong",
        "it has no docstring",
    ),
    Break(
        "a wrong solution of another challenge",
        "wrong/nan_replaced.py",
        'CHALLENGE = "vector_add"',
        'CHALLENGE = "relu"',
        "wrong",
        "says CHALLENGE = 'relu'; it must be 'vector_add'",
    ),
]


@pytest.mark.parametrize("case", BREAKS, ids=lambda case: case.what)
def test_what_is_broken_fails_its_point(case: Break, mine: Path, interpreter: Interpreter) -> None:
    path = mine / case.file
    text = path.read_text()
    assert case.old in text
    path.write_text(text.replace(case.old, case.new))
    found = list(examine(mine, SEED, interpreter))
    failed = dict(failures(found))
    assert set(failed) == {case.point, *case.also}
    said = failed[case.point]
    assert re.search(case.said, said), said
    assert "\n" not in said
    # What cannot be looked at is not said to be right.
    skipped = [f.point for f in found if f.text == f"not checked until {case.point} is fixed"]
    assert skipped in ([], list(POINTS)[list(POINTS).index(case.point) + 1 :])


@pytest.mark.parametrize("file", ["spec.md", "reference.py", "inputs.py"])
def test_a_missing_file_is_named(file: str, mine: Path, interpreter: Interpreter) -> None:
    (mine / file).unlink()
    found = list(examine(mine, SEED, interpreter))
    assert failures(found) == [("files", f"{mine}: it has no {file}")]
    assert all(finding.ok is None for finding in found[1:])


def test_what_is_no_folder_is_told_so(tmp_path: Path, interpreter: Interpreter) -> None:
    """Another format's challenge may be a file."""
    path = tmp_path / "mine.json"
    path.write_text("{}")
    said = f"{path}: only challenges that are folders can be checked, with {', '.join(PARTS)}"
    assert failures(list(examine(path, SEED, interpreter))) == [("files", said)]


def test_a_challenge_without_wrong_solutions_fails(mine: Path, interpreter: Interpreter) -> None:
    shutil.rmtree(mine / "wrong")
    [(point, said)] = failures(list(examine(mine, SEED, interpreter)))
    assert (point, "no wrong solutions" in said) == ("files", True)


# -- what cannot be otherwise -------------------------------------------------------------------------


def test_restricted_dimensions_and_values_are_notes(mine: Path, interpreter: Interpreter) -> None:
    spec, inputs = mine / "spec.md", mine / "inputs.py"
    why = 'restricted = { n = "a multiple of 4", a = "small", b = "small" }\n+++\n\nAdd'
    spec.write_text(spec.read_text().replace("+++\n\nAdd", why))
    inputs.write_text(
        "TESTS = [dict(n=4), dict(n=64)]\nBENCHMARKS = [dict(n=1024)]\n"
        "def fuzz(rng):\n    return dict(n=4 * rng.integer(1, 100))\n"
        "def inputs(rng, n):\n    return dict(a=rng.normal(n), b=rng.normal(n))\n"
    )
    (mine / "wrong" / "nan_replaced.py").write_text(
        '"""Nothing is written."""\n\nCHALLENGE = "vector_add"\n\n\ndef solve(a, b, out):\n    pass\n'
    )
    found = list(examine(mine, SEED, interpreter))
    assert failures(found) == []
    notes = {finding.point: finding.text for finding in found if finding.ok is None}
    assert notes["sizes"] == (
        "n: TESTS have no size 1, TESTS and fuzz no odd size above 1; it is a multiple of 4"
    )
    assert notes["values"] == "no extreme values: a is small; b is small"
    assert "too short to time" in notes["benchmark"]


def test_shapes_that_follow_from_values_are_drawn_where_small(mine: Path, interpreter: Interpreter) -> None:
    inputs = mine / "inputs.py"
    text = inputs.read_text().replace(
        "return dict(a=a, b=b)", "m = int(a.isfinite().sum())\n    return dict(a=a[a.isfinite()], b=b[:m])"
    )
    inputs.write_text(text)
    found = list(examine(mine, SEED, interpreter))
    assert [f.text for f in found if f.point == "benchmark"] == [
        f"{name}: its shapes depend on its values, so its size is not known without them"
        for name in ("n=1048576", "n=25000000")
    ]
    assert {f.ok for f in found if f.point in ("annotations", "sizes", "values")} == {True}


def test_one_block_is_too_short_to_time(interpreter: Interpreter) -> None:
    found = list(examine(ROOT / "challenges" / "constant_add", SEED, interpreter))
    [finding] = [finding for finding in found if finding.point == "benchmark"]
    assert finding.ok is None
    assert "too short to time" in finding.text


# -- the command --------------------------------------------------------------------------------------


def test_the_command_shows_a_line_for_each_point(judge_command: Judge, mine: Path, tmp_path: Path) -> None:
    done = judge_command("check", "challenges/vector_add", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    head, _, *lines = done.stdout.rstrip().splitlines()
    assert head == "vector_add · seed 1"
    assert [line[6:20].strip() for line in lines] == list(POINTS)
    assert all(line.startswith("  ok  ") for line in lines)


def test_the_command_speaks_json_and_says_that_a_point_fails(
    judge_command: Judge, mine: Path, tmp_path: Path
) -> None:
    (mine / "inputs.py").write_text("TESTS = ]\n")
    done = judge_command("check", "vector_add", "vector_add", "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    found = json.loads(done.stdout)
    assert len(found) == 2 * len(POINTS)
    [broken, _] = [each for each in found if each["ok"] is False]
    assert set(broken) == {"challenge", "point", "ok", "text"}
    assert broken["text"].startswith("challenges/vector_add/inputs.py:1: SyntaxError")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["vectoradd"], "no such challenge: vectoradd; did you mean vector_add"),
        (["solutions"], "not a challenge, it has no spec.md"),
        ([], "name challenges, or give --all"),
        (["vector_add", "--all"], "name challenges, or give --all"),
        (["vector_add", "--seed", "x"], "'x' is not a valid integer"),
    ],
    ids=" ".join,
)
def test_bad_usage_is_told_apart(judge_command: Judge, arguments: list[str], said: str) -> None:
    done = judge_command("check", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
