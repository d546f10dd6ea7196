"""judge new: every scaffold runs and compiles as it stands, and holds the answer once it is completed."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT

from judge.challenges.finding import find_challenge
from judge.challenges.formats.folder_challenge import FUZZ_CASES, FolderChallenge
from judge.cli.main import cli
from judge.engine.device import choose
from judge.engine.runner import Runner
from judge.errors import BadInput
from judge.inspect.inspection import inspect_solution
from judge.judging.session import Session
from judge.judging.submit import SubmitOptions, judge
from judge.new.challenge import new_challenge
from judge.new.solution import MARK, new_solution, templates, write_solution
from judge.solutions.finding import read_solution
from judge.verdict.verdict import Verdict

CHALLENGES = sorted(path.parent for path in (ROOT / "challenges").glob("*/spec.md"))
Judged = Callable[..., Verdict]


@pytest.fixture(scope="module")
def judged() -> Iterator[Judged]:
    """judged(challenge, path, case=None): a verdict on the interpreter, by one runner for all files."""
    with Runner("cpu") as runner:

        def verdict(challenge: Path, path: Path, case: int | None = None) -> Verdict:
            options = SubmitOptions(device="interpreter", seed=1, timed=False, record=False, case=case)
            with Session(find_challenge(str(challenge)), choose("interpreter")) as session:
                return judge(session, read_solution(path), [runner], options)

        yield verdict


def written(folder: Path, template: str | None = None) -> tuple[str, str]:
    """The template that is chosen for the challenge in a folder, and what it gives."""
    return write_solution(find_challenge(str(folder)), template)


def runs(verdict: Verdict) -> bool:
    """Whether a solution did no wrong but in its answer."""
    return verdict.status in ("accepted", "wrong_answer") and "outside every buffer" not in verdict.message


def challenge_at(folder: Path, reference: str, inputs: str, tags: str = "[]", title: str = "Made up") -> Path:
    """A challenge of its own: the `reference` function, and what is in the dict that inputs() returns."""
    folder.mkdir(parents=True)
    front = dict(title=title, difficulty="easy", origin="here")
    lines = [f"{key} = {json.dumps(value)}" for key, value in front.items()]
    (folder / "spec.md").write_text("\n".join(["+++", *lines, f"tags = {tags}", "+++", "Text.", ""]))
    imports = "from typing import NamedTuple\nimport torch\nfrom jaxtyping import *\nfrom torch import Tensor"
    (folder / "reference.py").write_text(f"{imports}\n\n{reference}\n")
    (folder / "inputs.py").write_text(
        "import torch\nTESTS = [dict(n=1), dict(n=1025), dict(n=70)]\nBENCHMARKS = [dict(n=4096)]\n"
        "def fuzz(rng):\n    return dict(n=rng.integer(1, 99))\n"
        f"def inputs(rng, n):\n    return dict({inputs})\n"
    )
    return folder


# -- as they stand ------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", CHALLENGES, ids=lambda folder: folder.name)
def test_a_scaffold_runs(folder: Path, judged: Judged, tmp_path: Path) -> None:
    made = new_solution(folder.name, out=tmp_path / "mine.py")
    verdict = judged(folder, made.path, case=3)  # not the smallest, which is a single element
    assert runs(verdict), (verdict.status, verdict.message)
    lines = made.path.read_text().splitlines()
    assert [n for n, line in enumerate(lines, 1) if MARK in line] == [made.line]
    assert any("# placeholder" in line for line in lines[made.line :])


@pytest.mark.long
def test_every_scaffold_compiles_and_is_formatted(tmp_path: Path) -> None:
    files = []
    for folder in CHALLENGES:
        files.append(tmp_path / f"{folder.name}.py")
        files[-1].write_text(written(folder)[1])
    ruff = [sys.executable, "-m", "ruff", "--config", str(ROOT / "pyproject.toml")]
    subprocess.run([*ruff, "format", "--check", *files], check=True)
    # What is loaded for the one who goes on is not used yet.
    subprocess.run([*ruff, "check", "--ignore", "F841", *files], check=True)
    with Runner("none", "") as runner:
        for path in files:
            found = inspect_solution(str(path), "sm_90", seconds=600, waiting=runner)
            assert found.compiled, (path.stem, found.message, [s.error for s in found.specializations])
            kernels = re.findall(r"^@triton\.jit\ndef (\w+)", path.read_text(), flags=re.M)
            assert sorted({each.kernel for each in found.specializations}) == sorted(kernels)


DTYPES = ["Float64", "Float16", "BFloat16", "Int64", "Int8", "UInt8", "Bool"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_scaffold_takes_any_dtype(dtype: str, judged: Judged, tmp_path: Path) -> None:
    drawn = f"rng.integers(3, n, low=0, high=1).to(torch.{dtype.lower()})"
    kind = f'{dtype}[Tensor, "3 n"]'
    folder = challenge_at(
        tmp_path / "copy",
        f'def reference(x: {kind}, one: Float32[Tensor, ""], go: bool) -> {kind}:\n    return x.clone()',
        f"x={drawn}, one=torch.tensor(1.0, device=rng.device), go=True",
    )
    for name in ("elementwise", "row", "any"):
        path = tmp_path / f"{name}.py"
        new_solution(str(folder), name, path)
        assert runs(judged(folder, path, case=2))
    path.write_text(completed(written(folder, "elementwise")[1], ["out = x"]))
    assert judged(folder, path).status == "accepted"


def test_names_that_a_kernel_uses_itself_are_no_trouble(judged: Judged, tmp_path: Path) -> None:
    kind = 'Float32[Tensor, "row lambda"]'
    folder = challenge_at(
        tmp_path / "names",
        f'def reference(mask: {kind}, offsets: Float32[Tensor, "lambda"], start: float, i: {kind}) -> {kind}:'
        "\n    return mask + offsets * start + i",
        "mask=rng.normal(5, n), offsets=rng.normal(n), start=2.0, i=rng.normal(5, n)",
    )
    answers = {
        "elementwise": ["out = mask_value + offsets_value * start + i"],
        "row": [None, None, None, "out = mask_value + offsets_value * start_value + i"],
    }
    for name, code in answers.items():
        path = tmp_path / f"{name}.py"
        path.write_text(completed(written(folder, name)[1], code))
        verdict = judged(folder, path)
        assert verdict.status == "accepted", verdict.message


HOSTILE = "Sum \"\"\"''' \\N{x} \x1b[31m\n{{ 1 }} # {% raise %}"


def test_a_title_stays_text(judged: Judged, tmp_path: Path) -> None:
    folder = challenge_at(
        tmp_path / "title",
        'def reference(x: Float32[Tensor, "n"]) -> Float32[Tensor, "n"]:\n    return x',
        "x=rng.normal(n)",
        title=HOSTILE,
    )
    path = tmp_path / "mine.py"
    new_solution(str(folder), out=path)
    assert runs(judged(folder, path))
    assert "{{ 1 }}" in path.read_text()
    assert "\x1b" not in path.read_text()


# -- completed ----------------------------------------------------------------------------------------


def completed(text: str, code: list[str | None]) -> str:
    """A scaffold with its placeholders replaced, one after another; None leaves one as it is."""
    lines, left = [], list(code)
    for line in text.splitlines():
        if "# placeholder" in line:
            replaced = left.pop(0)
            indent = line[: len(line) - len(line.lstrip())]
            lines += [line] if replaced is None else [indent + each for each in replaced.splitlines()]
        else:
            lines.append(line)
    assert not left
    return "\n".join(lines) + "\n"


ROW_SOFTMAX = [
    "m = tl.full([BLOCK], -float('inf'), dtype=tl.float32)\ntotal = tl.zeros([BLOCK], dtype=tl.float32)",
    "x = tl.where(mask, x, -float('inf'))\nm_new = tl.maximum(m, x)\n"
    "shift = tl.where(m_new == -float('inf'), 0.0, m_new)\n"
    "total = total * tl.exp(m - shift) + tl.exp(x - shift)\nm = m_new",
    "top = tl.max(m, axis=0)\ntotal = tl.sum(total * tl.exp(m - top), axis=0)",
    "out = tl.exp(x - top) / total",
]
KEPT = "m = tl.full([BLOCK_M], -float('inf'), dtype=tl.float32)\nl = tl.zeros([BLOCK_M], dtype=tl.float32)\n"
NEW_SHARE = (
    "m_new = tl.maximum(m, tl.max(s, axis=1))\np = tl.exp(s - m_new[:, None])\n"
    "alpha = tl.exp(m - m_new) * l\nl = alpha + tl.sum(p, axis=1)\nm = m_new\n"
)
COMPLETED: dict[str, tuple[list[str | None], list[int]]] = {
    # challenge: what takes the place of the placeholders, and the cases to judge
    "vector_add": (["out = a + b"], [4, 6, 9]),
    "outer_add_blocks": (["out = x + y"], [2, 3, 7]),
    "matrix_transpose": (["out = x"], [2, 3, 4]),
    "invert_colors": (["out = tl.where(at_4 == 3, image, 255 - image)"], [2, 3]),
    "softmax": (ROW_SOFTMAX, [1, 2, 4, 6, 7]),
    "long_sum": ([None, "total += x", None], [2, 4]),
    "dot_product": ([None, "total += a * b", None, None, "total += partial", None], [6, 11]),
    "prefix_sum": (
        [
            "total = tl.sum(x, axis=0)",
            None,
            "before = carry + tl.cumsum(total, axis=0) - total",
            "carry += tl.sum(total, axis=0)",
            "out = before + tl.cumsum(x, axis=0)",
        ],
        [4, 7, 9],
    ),
    "batched_matmul": (["acc = tl.dot(a, b, acc)"], [1, 4, 6]),
    "gemm": (
        [
            "acc = tl.dot(a, b, acc)",
            "out = alpha * acc\nif beta != 0:\n    out += beta * c.to(tl.float32)",
        ],
        [2, 3, 4],
    ),
    "softmax_attention": (
        [
            KEPT + "out = tl.zeros([BLOCK_M, BLOCK_D], dtype=tl.float32)",
            "s = tl.dot(q, tl.trans(k), input_precision='ieee') / tl.sqrt(d * 1.0)\n"
            "s = tl.where((j < n)[None, :], s, -float('inf'))\n" + NEW_SHARE + "out = (out * alpha[:, None] "
            "+ tl.dot(p, v, input_precision='ieee')) / l[:, None]",
        ],
        [3, 6, 8],
    ),
    "simple_attention": (
        [
            KEPT + "out = tl.zeros([BLOCK_M], dtype=tl.float32)",
            "s = tl.where((j < t)[None, :], q[:, None] * k[None, :], -float('inf'))\n"
            + NEW_SHARE
            + "out = (out * alpha + tl.sum(p * v[None, :], axis=1)) / l",
        ],
        [2, 4, 8],
    ),
    "conv1d": (["acc += x * w"], [1, 3, 5, 8]),
    "conv2d": (["acc += x * w"], [2, 5, 8]),
    "conv2d_padded": (["acc += x * w"], [2, 8, 9]),
    "histogram": (["index = x", None], [2, 8, 10]),
    "spmv": (["total += values * x", None], [2, 4, 5]),
    "sort": (
        [
            "first = tl.where(rising, tl.minimum(a, b), tl.maximum(a, b))",
            "second = tl.where(rising, tl.maximum(a, b), tl.minimum(a, b))",
        ],
        [1, 4, 7],
    ),
}


@pytest.mark.parametrize("name", COMPLETED)
def test_a_completed_scaffold_is_accepted(name: str, judged: Judged, tmp_path: Path) -> None:
    code, cases = COMPLETED[name]
    folder = ROOT / "challenges" / name
    path = tmp_path / "mine.py"
    path.write_text(completed(written(folder)[1], code))
    for case in cases:
        verdict = judged(folder, path, case)
        assert verdict.status == "accepted", verdict.message


VECTOR, INDEX = 'Float32[Tensor, "n"]', 'Int32[Tensor, "n"]'
OWN_CHALLENGES = {
    # template: reference, inputs, what takes the place of the placeholders
    "gather": (
        f'def reference(table: Float32[Tensor, "m 3 2"], at: {INDEX}) -> Float32[Tensor, "n 3 2"]:\n'
        "    return table[at.long()]",
        "table=rng.normal(77, 3, 2), at=rng.integers(n, low=0, high=76)",
        ["out = table"],
    ),
    "gather ": (
        f'def reference(x: Float32[Tensor, "n m"], pick: {INDEX}) -> {VECTOR}:\n'
        "    return x.gather(1, pick[:, None].long())[:, 0]",
        "x=rng.normal(n, 7), pick=rng.integers(n, low=0, high=6)",
        ["out = x"],
    ),
    "scatter": (
        f'def reference(x: {VECTOR}, to: {INDEX}, m: int) -> Float32[Tensor, "m"]:\n'
        "    return torch.zeros(m, dtype=x.dtype, device=x.device).scatter_(0, to.long(), x)",
        "x=rng.normal(n), to=rng.permutation(n).int() * 2, m=2 * n",
        ["out = x"],
    ),
    "stencil": (
        'def reference(x: Float32[Tensor, "n 9"]) -> Float32[Tensor, "n 9"]:\n'
        "    kernel = torch.ones(1, 1, 3, 3, dtype=x.dtype, device=x.device)\n"
        "    return torch.nn.functional.conv2d(x[None, None], kernel, padding=1)[0, 0]",
        "x=rng.uniform(n, 9)",
        ["acc += x"],
    ),
    "row": (
        'def reference(x: Float32[Tensor, "9 n"]) -> Float32[Tensor, "n"]:\n    return x.sum(0)',
        "x=rng.uniform(9, n)",
        ["out += x"],
    ),
    "matmul": (
        'def reference(a: Float32[Tensor, "n 20"], b: Float32[Tensor, "20 m"], bias: Float32[Tensor, "m"])'
        ' -> Float32[Tensor, "n m"]:\n    return a @ b + bias',
        "a=rng.uniform(n, 20), b=rng.uniform(20, 33), bias=rng.normal(33)",
        ["acc = tl.dot(a, b, acc, input_precision='ieee')", "out = acc + bias"],
    ),
}


@pytest.mark.parametrize("name", OWN_CHALLENGES)
def test_a_template_serves_other_challenges_too(name: str, judged: Judged, tmp_path: Path) -> None:
    reference, inputs, code = OWN_CHALLENGES[name]
    folder = challenge_at(tmp_path / "own", reference, inputs)
    path = tmp_path / "mine.py"
    path.write_text(written(folder, name.strip())[1])
    assert runs(judged(folder, path, case=2))
    path.write_text(completed(path.read_text(), code))
    verdict = judged(folder, path)
    assert verdict.status == "accepted", verdict.message


# -- the choice ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", CHALLENGES, ids=lambda folder: folder.name)
def test_a_template_fits_or_is_refused_in_one_line(folder: Path) -> None:
    fits = []
    for name in templates():
        try:
            fits.append(written(folder, name)[0])
        except BadInput as error:
            assert str(error).startswith(f"template {name} does not fit {folder.name}: it needs ")
            assert "\n" not in str(error)
    assert "any" in fits
    chosen = written(folder)[0]
    assert chosen in fits
    assert chosen != "any"


def test_without_a_fitting_tag_any_is_left(tmp_path: Path) -> None:
    folder = challenge_at(
        tmp_path / "odd",
        'class Two(NamedTuple):\n    a: Int64[Tensor, ""]\n    b: Float[Tensor, "n n+1"]\n'
        'def reference(x: Float[Tensor, "n"]) -> Two:\n    return Two(torch.zeros((), dtype=torch.int64), x)',
        "x=rng.normal(n)",
        '["matmul", "sort"]',
    )
    assert written(folder)[0] == "any"


def test_a_template_of_the_workspace_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".judge").mkdir()
    own = tmp_path / "templates" / "solution"
    own.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    (own / "mine.py.jinja").write_text(
        '{# about: mine\n   tags: reduction #}\n{% extends "_base.jinja" %}\n'
        "{% block launch %}\n    {{ outputs[0].name }}.zero_()\n{% endblock %}\n"
    )
    assert templates()["mine"].about == "mine"
    assert "out.zero_()" in written(ROOT / "challenges" / "softmax", "mine")[1]
    for text, wrong in {
        "no comment": "begins with a comment",
        "{# about: x\n tags: #}\n{% if %}": "Expected an expression",
        "{# about: x\n tags: #}\n{{ nothing }}": "'nothing' is undefined",
        "{# about: x\n tags: #}\ndef (": "invalid Python",
    }.items():
        (own / "mine.py.jinja").write_text(text)
        with pytest.raises(BadInput, match=wrong) as told:
            written(ROOT / "challenges" / "softmax", "mine")
        assert "mine.py.jinja" in str(told.value)


# -- the command --------------------------------------------------------------------------------------


def invoke(*words: str) -> str:
    result = CliRunner().invoke(cli, list(words), catch_exceptions=True)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_a_solution_is_written_here_and_never_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = invoke("new", "solution", "softmax")
    assert "softmax.py: template row" in told
    assert "judge run softmax softmax.py" in told
    line = int(re.findall(r"line (\d+)", told)[0])
    assert MARK in Path("softmax.py").read_text().splitlines()[line - 1]
    Path("softmax.py").write_text("mine")
    with pytest.raises(
        BadInput, match=r"softmax\.py exists already; --force overwrites it, --out names another"
    ):
        invoke("new", "solution", "softmax")
    assert Path("softmax.py").read_text() == "mine"
    invoke("new", "solution", "softmax", "--force", "--template", "elementwise")
    assert "elementwise_kernel" in Path("softmax.py").read_text()
    invoke("new", "solution", "softmax", "--out", "other name.py")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other name.py", "softmax.py"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["solution", "sofmax"], "no such challenge: sofmax; did you mean softmax"),
        (["solution", "softmax", "--template", "rows"], "no such template: rows; did you mean row"),
        (["solution", "softmax", "--template", "!"], "no such template: !; judge new --list shows them"),
        (
            ["solution", "softmax", "--template", "sort"],
            "template sort does not fit softmax: it needs one vector",
        ),
        (["solution", "softmax", "--out", "."], "is a folder"),
        (["solution", "softmax", "--out", "none/mine.py"], "none/mine.py cannot be written"),
        (["challenge", "Row-Sum"], "'Row-Sum' is not a name for a challenge: small letters, digits and _"),
        (["challenge", "lambda"], "is not a name for a challenge"),
        (["challenge", "../up"], "is not a name for a challenge"),
        (["challenge", "mine", "--out", "/dev/null"], "/dev/null/mine cannot be written"),
    ],
)
def test_what_is_refused_leaves_nothing(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as refused:
        invoke("new", *words)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_the_list_has_one_line_for_each_template() -> None:
    lines = invoke("new", "--list").splitlines()[2:]
    assert [line.split()[0] for line in lines] == list(templates())
    rows = json.loads(invoke("new", "--list", "--json"))
    assert [row["name"] for row in rows] == list(templates())
    assert all(row["about"] and Path(row["path"]).is_file() for row in rows)


# -- challenges ---------------------------------------------------------------------------------------


def test_a_new_challenge_is_complete(judged: Judged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "challenges").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "judge check challenges/scaled_sum" in invoke("new", "challenge", "scaled_sum")
    folder = Path("challenges/scaled_sum")
    challenge = FolderChallenge(folder)
    assert challenge.spec.title == "Scaled sum"
    fixed = len(challenge.cases(1)) - FUZZ_CASES
    wrong = sorted(folder.glob("wrong/*.py"))
    assert len(wrong) >= 2
    for path in wrong:
        verdict = judged(folder, path)
        assert verdict.status == "wrong_answer"
        assert int(re.findall(r"case (\d+)", verdict.message)[0]) <= fixed
    invoke("new", "solution", "scaled_sum", "--out", "mine.py")
    assert judged(folder, Path("mine.py")).status == "wrong_answer"
    Path("mine.py").write_text(completed(Path("mine.py").read_text(), ["out = scale * x + y"]))
    assert judged(folder, Path("mine.py")).status == "accepted"


def test_a_new_challenge_overwrites_nothing(tmp_path: Path) -> None:
    title = 'A "quoted" title \\'
    folder = new_challenge("mine", title, "hard", holder=tmp_path / "new")
    assert FolderChallenge(folder).spec.title == "A 'quoted' title \\"
    assert FolderChallenge(folder).spec.difficulty == "hard"
    (folder / "spec.md").write_text("mine")
    (folder / "notes.md").write_text("mine")
    with pytest.raises(BadInput, match="exists already; --force overwrites its files"):
        new_challenge("mine", holder=tmp_path / "new")
    assert (folder / "spec.md").read_text() == "mine"
    new_challenge("mine", holder=tmp_path / "new", force=True)
    assert FolderChallenge(folder).spec.difficulty == "easy"
    assert (folder / "notes.md").read_text() == "mine"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mine"]
