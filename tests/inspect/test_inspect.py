"""judge inspect: figures, the dot instruction, warnings, errors, and files that do not want it."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import click
import pytest
from conftest import ROOT

from judge.engine.runner import Runner
from judge.errors import BadInput
from judge.inspect.findings import Inspection
from judge.inspect.inspection import find_architecture, inspect_solution
from judge.inspect.occupancy import ARCHITECTURES
from judge.show.inspection import compiled_texts, inspection_text

HEAD = "import torch\nimport triton\nimport triton.language as tl\n\nCHALLENGE = 'vector_add'\n"
DOT = """
@triton.jit
def dot_kernel(a, b, c, N: tl.constexpr, PRECISION: tl.constexpr):
    at = tl.arange(0, N)[:, None] * N + tl.arange(0, N)
    tl.store(c + at, tl.dot(tl.load(a + at), tl.load(b + at), input_precision=PRECISION))
"""
ADD = """
@triton.jit
def add_kernel(a, b, c, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    total = tl.load(a + at, mask=at < n) + tl.load(b + at, mask=at < n)
    tl.store(c + at, total, mask=at < n)
"""

Inspect = Callable[..., Inspection]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """One for all files that do it no harm."""
    with Runner("none", "") as started:
        yield started


@pytest.fixture
def inspect(runner: Runner, tmp_path: Path) -> Inspect:
    """Inspect a file with this code below the imports; the head is five lines long."""

    def inspect(code: str, **options: Any) -> Inspection:
        path = tmp_path / "mine.py"
        path.write_text(HEAD + dedent(code))
        return inspect_solution(str(path), **{"arch": "sm_90", "waiting": runner, **options})

    return inspect


# -- figures ------------------------------------------------------------------------------------------


def test_a_kernel_without_a_dot(inspect: Inspect) -> None:
    found = inspect(ADD + "def solve(a, b, out): add_kernel[(1,)](a, b, out, a.numel(), BLOCK=1024)")
    assert found.compiled
    assert not found.unlaunched
    each = found.specializations[0]
    assert each.kernel == "add_kernel"
    assert each.constants == {"BLOCK": "1024"}
    assert each.signature["a"] == "*fp32"
    assert (each.warps, each.threads) == (4, 128)
    assert 8 <= each.registers <= 64
    assert (each.spill_stores, each.spill_loads, each.stack, each.shared) == (0, 0, 0, 0)
    assert each.dots == []
    assert each.warnings() == []


@pytest.mark.parametrize(
    ("arch", "instruction", "mark"),
    [("sm_80", "mma", "HMMA"), ("sm_90", "wgmma", "HGMMA"), ("sm_100", "tcgen05", "UTC")],
)
def test_the_dot_instruction_is_the_one_in_the_machine_code(
    arch: str, instruction: str, mark: str, runner: Runner
) -> None:
    found = inspect_solution(str(ROOT / "solutions" / "matmul.py"), arch, shown="sass", waiting=runner)
    assert found.compiled
    for each in found.specializations:
        assert each.dots == [instruction]
        assert each.shared > 0
        assert mark in each.text


def test_a_dot_by_fma_and_its_spills_are_warned_of(inspect: Inspect) -> None:
    found = inspect(DOT + "def solve(a, b, out): dot_kernel[(1,)](a, b, out, 64, 'ieee')")
    assert found.compiled  # a warning is no error
    each = found.specializations[0]
    assert each.dots == ["fma"]
    assert each.spill_stores > 0
    spills, by_fma = each.warnings()
    assert f"stores {each.spill_stores}" in spills
    assert "'ieee'" in by_fma
    shown = inspection_text(found, 100)
    assert "#1 dot_kernel: spills" in shown
    assert "#1 dot_kernel: tl.dot is computed by fma" in shown


def test_a_dot_in_tf32_is_not_warned_of(inspect: Inspect) -> None:
    found = inspect(DOT + "def solve(a, b, out): dot_kernel[(1,)](a, b, out, 64, 'tf32')")
    assert found.specializations[0].dots == ["wgmma"]
    assert found.specializations[0].warnings() == []


def test_each_configuration_of_the_autotuner_is_compiled(inspect: Inspect) -> None:
    found = inspect("""
        @triton.autotune([triton.Config({"BLOCK": b}, num_warps=b // 64) for b in (128, 512)], key=["n"])
        @triton.jit
        def tuned_kernel(a, c, n, BLOCK: tl.constexpr):
            at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
            tl.store(c + at, tl.load(a + at, mask=at < n), mask=at < n)

        def solve(a, b, out):
            for _ in range(3):
                tuned_kernel[lambda meta: (triton.cdiv(a.numel(), meta["BLOCK"]),)](a, out, a.numel())
        """)
    blocks = {(each.constants["BLOCK"], each.warps) for each in found.specializations}
    assert blocks == {("128", 2), ("512", 8)}


@pytest.mark.parametrize(
    ("arch", "registers", "shared", "threads", "blocks"),
    [
        ("sm_90", 32, 0, 128, 16),  # 64 warps in blocks of 4
        ("sm_90", 32, 0, 32, 32),  # the block slots
        ("sm_90", 255, 0, 128, 2),  # 8 warps of 255 registers
        ("sm_90", 168, 0, 384, 1),  # 12 warps of 168: a second block would need 24
        ("sm_90", 32, 113 << 10, 128, 2),  # 114 KiB with the system's share, of 228
        ("sm_90", 32, (113 << 10) + 1, 128, 1),
        ("sm_86", 32, 0, 128, 12),  # 48 warps
    ],
)
def test_blocks_that_fit(arch: str, registers: int, shared: int, threads: int, blocks: int) -> None:
    assert ARCHITECTURES[arch].resident_blocks(registers, shared, threads) == blocks


# -- what does not compile ----------------------------------------------------------------------------


def test_an_error_names_the_line_of_the_file(inspect: Inspect, tmp_path: Path) -> None:
    found = inspect(
        ADD.replace("mask=at < n)\n    tl.store", "mask=at < m)\n    tl.store")
        + DOT
        + """
def solve(a, b, out):
    add_kernel[(1,)](a, b, out, a.numel(), BLOCK=1024)
    dot_kernel[(1,)](a, b, out, 16, 'tf32')
"""
    )
    assert not found.compiled
    wrong, right = found.specializations
    assert wrong.error.startswith(f"{tmp_path}/mine.py:10: ")
    assert "m is not defined" in wrong.error
    assert wrong.constants == {"BLOCK": "1024"}
    assert right.registers > 0  # one that fails does not hide the others
    assert f"#1 add_kernel: {tmp_path}/mine.py:10" in inspection_text(found, 80)


def test_more_shared_memory_than_a_block_may_have_is_an_error(inspect: Inspect) -> None:
    code = DOT + "def solve(a, b, out): dot_kernel[(1,)](a, b, out, 128, 'tf32')"
    found = inspect(code, arch="sm_86")
    assert not found.compiled
    assert "a block on sm_86 has at most 101376" in found.specializations[0].error


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def solve(a, b, out): out.nonsense()", "nonsense"),
        ("import socket; socket.create_connection(('1.1.1.1', 80))", "PermissionError"),
        ("open('/tmp/judge-was-here', 'w')", "PermissionError"),
        ("raise SystemExit(0)", "SystemExit"),
    ],
)
def test_a_file_that_fails_is_told_with_its_line(inspect: Inspect, code: str, told: str) -> None:
    found = inspect(ADD + code)
    assert not found.compiled
    assert not found.specializations
    assert told in found.message
    assert "mine.py" in found.message
    assert told in inspection_text(found, 80)


def test_a_kernel_that_is_never_launched_is_named(inspect: Inspect) -> None:
    found = inspect(ADD + DOT + "def solve(a, b, out): dot_kernel[(1,)](a, b, out, 16, 'tf32')")
    assert found.compiled
    assert found.unlaunched == ["add_kernel"]
    found = inspect(ADD + "def solve(a, b, out): pass")
    assert not found.compiled
    assert found.unlaunched == ["add_kernel"]
    assert "launches no kernel" in found.message


def test_what_pytorch_copies_between_kernels_needs_no_gpu(inspect: Inspect) -> None:
    code = ADD + "def solve(a, b, out):\n    c = a.clone()\n    c[:] = b\n"
    found = inspect(code + "    add_kernel[(1,)](a, b, c, 16, BLOCK=16)\n    out.copy_(c)\n")
    assert found.compiled, found.message


# -- bad usage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "options", "told"),
    [
        ("def solve(a, b, out): torch.add(a, b, out=out)", {}, "has no Triton kernel"),
        (ADD + "def solved(a, b, out): pass", {}, "defines no function solve"),
        (ADD + "def solve(a, b): pass", {}, "does not take the arguments"),
        (ADD + "def solve(a, b, out): out[0] = a.sum().item()", {}, "reads values back"),
        (ADD + "def solve(a, b, out): pass", {"kernel": "ad_kernel"}, "did you mean add_kernel"),
        ("CHALLENGE 'vector_add'", {}, r"mine.py:6: SyntaxError: invalid syntax"),
        (ADD, {"challenge_name": "vector_ad"}, "did you mean vector_add"),
        (ADD, {"arch": "sm_91"}, "there are sm_80"),
    ],
)
def test_what_the_user_can_mend(inspect: Inspect, code: str, options: dict[str, str], told: str) -> None:
    with pytest.raises(BadInput, match=told) as raised:
        inspect(code, **options)
    assert "\n" not in str(raised.value)


def test_a_file_without_a_challenge_needs_one_named(tmp_path: Path, runner: Runner) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        HEAD.replace("CHALLENGE", "OTHER")
        + ADD
        + "def solve(a, b, out): add_kernel[(1,)](a, b, out, 3, BLOCK=64)"
    )
    with pytest.raises(BadInput, match="--challenge"):
        inspect_solution(str(path), waiting=runner)
    assert inspect_solution(str(path), "90", "vector_add", waiting=runner).compiled


@pytest.mark.parametrize("text", ["sm_90", "90", "sm90", "SM_90", "sm_90a"])
def test_ways_to_name_an_architecture(text: str) -> None:
    assert find_architecture(text).name == "sm_90"


# -- hostile files ------------------------------------------------------------------------------------

FORGE = """
import os, sys
def forged(descriptor, value):
    os.write(descriptor, b'{"kernels": ["k"], "launches": 3}' if "kernels" in value else b'{"registers": -1}')
sys.modules["__main__"]._write = forged
def solve(a, b, out): pass
"""


@pytest.mark.parametrize(
    ("code", "seconds", "told"),
    [
        ("import os; os._exit(0)", 60, "exit code 0"),
        ("while True: pass", 1, "no answer within 1 s"),
        ("while True: print('x' * 99999)", 60, "printed more than 16 MiB"),
        (FORGE, 60, "something other than findings"),
    ],
    ids=["exits", "loops", "prints", "forges"],
)
def test_a_hostile_file_ends_in_one_line(tmp_path: Path, code: str, seconds: float, told: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(HEAD + code)
    found = inspect_solution(str(path), "sm_90", seconds=seconds)
    assert told in found.message
    assert "\n" not in found.message


def test_control_characters_do_not_reach_the_terminal(inspect: Inspect) -> None:
    code = DOT.replace("def dot_kernel(", "def dot_kernel(NOTE: tl.constexpr, ")
    found = inspect(code + "def solve(a, b, out): dot_kernel[(1,)]('\\x1b[2J', a, b, out, 16, 'tf32')")
    assert found.compiled
    assert "\x1b[2J" not in inspection_text(found, 80) + json.dumps(found.as_json())
    assert "NOTE=[2J" in inspection_text(found, 200)


# -- the command --------------------------------------------------------------------------------------


def test_the_command_speaks_json(judge_command: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = judge_command("inspect", "solutions/vector_add.py", "--arch", "sm_80", "--json", "--show", "ptx")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)[0]
    assert (row["solution"], row["challenge"], row["arch"]) == (
        "solutions/vector_add.py",
        "vector_add",
        "sm_80",
    )
    assert row["kernel"] == "add_kernel"
    assert row["registers"] > 0
    assert 0 < row["occupancy"] <= 1
    assert ".target sm_80" in row["text"]
    assert row["warnings"] == []


def test_the_command_refuses_bad_usage_with_exit_code_2(
    judge_command: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = judge_command("inspect", "solutions/vector_ad.py")
    assert done.returncode == 2
    assert "did you mean solutions/vector_add.py" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    ("shown", "mark"),
    [("ttir", "tt.dot"), ("ttgir", "ttng.warp_group_dot"), ("ptx", "wgmma.mma_async"), ("sass", "HGMMA")],
)
def test_texts_have_a_heading_for_each_specialization(inspect: Inspect, shown: str, mark: str) -> None:
    launch = "dot_kernel[(1,)](a, b, out, {n}, 'tf32')"
    code = DOT + f"def solve(a, b, out): {launch.format(n=64)}; {launch.format(n=128)}"
    text = compiled_texts(inspect(code, shown=shown, kernel="dot_kernel"), shown)
    assert "// #1 dot_kernel N=64 PRECISION=tf32 warps=4 stages=3 sm_90" in text
    assert "// #2 dot_kernel N=128 PRECISION=tf32 warps=4 stages=3 sm_90" in text
    assert mark in click.unstyle(text)


def test_a_gluon_kernel_has_no_ttir(runner: Runner) -> None:
    path = str(ROOT / "solutions" / "flash_attention_3.py")
    found = inspect_solution(path, "sm_90", kernel="hopper_kernel", shown="ttir", waiting=runner)
    assert found.compiled
    assert all(each.dots == ["wgmma"] for each in found.specializations)
    assert "Gluon kernels have no TTIR" in compiled_texts(found, "ttir")
