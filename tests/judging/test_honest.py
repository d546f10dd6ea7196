"""Every file of tests/honest: unusual, but fair, so the judge must accept it.

A file's docstring says what is unusual. A line "Needs: GPU" ends it where Triton's interpreter cannot run
the file. What an editor or a formatter would take away, such as carriage returns, is made here.
"""

import ast
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, judge_environment
from schemas import require_form

FOLDER = ROOT / "tests" / "honest"
PLAIN = FOLDER / "tail_kernel.py"  # what is made here, is made from this
WAITING = "waiting for another judge to finish with this GPU\n"
SECONDS = 400  # for all cases of a file: the interpreter is slow, and so are those who import slowly


# What Triton's interpreter, or ours, cannot do yet, though GPUs can. Those that take minutes are not run.
MINUTES = "operators of one's own, and sorts, are slow on the interpreter"
OPEN = {
    "address_of_scratch": "an address in memory is taken for a stray access",
    "autotuned": "the interpreter has no driver that could time configurations",
    "libdevice_functions": "the interpreter has no libdevice",
    "persistent": "the interpreter gives range() numbers of Python's, which have no .to()",
    "associative_scan": MINUTES,
    "reduce_pairs": MINUTES,
    "sorting_network": MINUTES,
}


@dataclass(frozen=True)
class Honest:
    """A file, what is unusual about it, and whether it needs a GPU."""

    path: Path
    challenge: str
    says: str
    needs_gpu: bool


def read(path: Path) -> Honest:
    """Read a file's docstring and its CHALLENGE, which is "" if it has none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    text = ast.get_docstring(tree) or ""
    named = ""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id == "CHALLENGE":
                named = str(node.value.value)
    says = " ".join(text.partition("\nNeeds:")[0].split())
    return Honest(path, named, says, bool(re.search(r"^Needs: GPU$", text, re.M)))


FILES = [read(path) for path in sorted(FOLDER.glob("*.py"))]
WITHOUT_GPU = [
    pytest.param(
        each,
        id=each.path.stem,
        marks=[pytest.mark.xfail(reason=why, strict=True, run=why != MINUTES)]
        if (why := OPEN.get(each.path.stem))
        else [],
    )
    for each in FILES
    if not each.needs_gpu
]


def require_acceptance(
    judge_command: Any, folder: Path, challenge: str, path: str | Path, device: str
) -> dict[str, Any]:
    """Judge a file with the real command, and return the verdict's JSON."""
    options = ("--device", device, "--no-record", "--json")
    environment = judge_environment(folder)
    done = judge_command("submit", challenge, path, *options, env=environment, timeout=SECONDS)
    assert done.stdout, done.stderr
    verdict: dict[str, Any] = json.loads(done.stdout)
    require_form(verdict)
    assert verdict["status"] == "accepted", verdict["message"]
    assert done.returncode == 0
    assert done.stderr.replace(WAITING, "") == ""
    return verdict


@pytest.mark.parametrize("each", FILES, ids=lambda each: each.path.stem)
def test_it_says_what_is_unusual(each: Honest) -> None:
    assert len(each.says) > 30
    assert (ROOT / "challenges" / each.challenge / "reference.py").is_file()
    compile(each.path.read_bytes(), str(each.path), "exec")


def test_there_are_many_and_they_differ() -> None:
    assert len({each.challenge for each in FILES}) >= 20
    assert len({each.says for each in FILES}) == len(FILES) >= 50


@pytest.mark.long
@pytest.mark.parametrize("each", WITHOUT_GPU)
def test_it_is_accepted(each: Honest, judge_command: Any, left_behind: Any, tmp_path: Path) -> None:
    require_acceptance(judge_command, tmp_path, each.challenge, each.path, "interpreter")
    assert left_behind() == []


@pytest.mark.gpu
@pytest.mark.long
@pytest.mark.parametrize("each", FILES, ids=lambda each: each.path.stem)
def test_it_is_accepted_on_a_gpu(each: Honest, judge_command: Any, left_behind: Any, tmp_path: Path) -> None:
    require_acceptance(judge_command, tmp_path, each.challenge, each.path, "cuda")
    assert left_behind() == []


def with_tabs(text: str) -> str:
    return re.sub(r"^(?: {4})+", lambda found: "\t" * (len(found[0]) // 4), text, flags=re.M)


# The same program in other bytes. Python itself reads all of them.
TEXTS: dict[str, Callable[[str], bytes]] = {
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "cr": lambda text: text.replace("\n", "\r").encode(),
    "mixed_line_ends": lambda text: text.replace("\n", "\r\n", 9).encode(),
    "byte_order_mark": lambda text: text.encode("utf-8-sig"),
    "byte_order_mark_and_crlf": lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
    "tabs": lambda text: with_tabs(text).encode(),
    "form_feeds": lambda text: text.replace("\n\n\n", "\n\n\f\n").encode(),
    "spaces_at_line_ends": lambda text: text.replace("\n", "  \t\n").encode(),
    "no_last_line_end": lambda text: text.rstrip("\n").encode(),
    "shebang_and_coding": lambda text: ("#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n" + text).encode(),
    "latin_1": lambda text: ("# -*- coding: latin-1 -*-\n# café\n" + text).encode("latin-1"),
    "no_docstring": lambda text: text.partition('"""\n')[2].encode(),
    "long_lines": lambda text: (text + "\nDIGITS = '" + 200_000 * "7" + "'\n").encode(),
}

# The same file under another name.
NAMES = (
    "a name with spaces.py",
    "números_数.py",
    "import.py",
    "torch.py",
    "two.dots.py",
    "'quoted'; $(x).py",
)


@pytest.mark.parametrize("name", TEXTS)
def test_python_reads_these_bytes(name: str) -> None:
    compile(TEXTS[name](PLAIN.read_text()), name, "exec")


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(set(TEXTS) - {"latin_1"}))
def test_other_bytes_are_accepted(name: str, judge_command: Any, left_behind: Any, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.py"
    path.write_bytes(TEXTS[name](PLAIN.read_text()))
    require_acceptance(judge_command, tmp_path, "leaky_relu", path, "interpreter")
    assert left_behind() == []


def test_another_encoding_is_named(judge_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "latin_1.py"
    path.write_bytes(TEXTS["latin_1"](PLAIN.read_text()))
    done = judge_command("run", "leaky_relu", path, "--device", "interpreter")
    assert done.returncode == 2 and "save it in UTF-8" in done.stderr


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_another_name_is_accepted(name: str, judge_command: Any, left_behind: Any, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(PLAIN.read_bytes())
    require_acceptance(judge_command, tmp_path, "leaky_relu", path, "interpreter")
    assert left_behind() == []


@pytest.mark.long
def test_a_link_to_a_file_that_may_only_be_read_is_accepted(judge_command: Any, tmp_path: Path) -> None:
    path, link = tmp_path / "real.py", tmp_path / "link.py"
    path.write_bytes(PLAIN.read_bytes())
    path.chmod(0o400)
    os.symlink(path.name, link)
    require_acceptance(judge_command, tmp_path, "leaky_relu", link, "interpreter")
