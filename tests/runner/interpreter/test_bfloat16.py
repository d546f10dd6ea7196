"""bfloat16 on the interpreter is what PyTorch makes of it, operation by operation."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# One process for all: TRITON_INTERPRET must be set before Triton is imported. The numbers are of all
# sizes, and some are ties: halfway between two bfloat16s, to even upwards and downwards.
BEGIN = """
import torch, triton
import triton.language as tl
from judge.runner.interpreter import bfloat16
bfloat16.install()

torch.manual_seed(0)
n = 4096
special = torch.tensor([0.0, -0.0, 1.0, torch.inf, -torch.inf, torch.nan, 3.4e38, 1e-40, -1e-40, 2**-133])
ties = (1 + (2 * torch.arange(64) + 1) / 256) * torch.tensor([1.0, -1.0]).repeat(32)

def numbers():
    x = torch.randn(n) * torch.logspace(-30, 30, n)[torch.randperm(n)]
    x[: len(special)], x[100:164] = special[torch.randperm(len(special))], ties
    return x
"""

ELEMENTWISE = """
@triton.jit
def kernel(x_ptr, y_ptr, out_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    x = tl.load(x_ptr + i)
    y = tl.load(y_ptr + i)
    tl.store(out_ptr + i, {triton})

x, y = numbers().to({x}), numbers().to({y})
out = torch.empty(n, dtype={out})
kernel[(1,)](x, y, out, n)
torch.testing.assert_close(
    out, ({torch}).to({out}), rtol=0, atol=0, equal_nan=True, msg=lambda m: {triton!r} + ": " + m
)
"""

DOT = """
@triton.jit
def kernel(x_ptr, y_ptr, out_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    where = i[:, None] * N + i[None, :]
    tl.store(out_ptr + where, tl.dot(tl.load(x_ptr + where), tl.trans(tl.load(y_ptr + where))))

x, y = torch.randn(2, 32, 32).bfloat16()
out = torch.empty(32, 32)
kernel[(1,)](x, y, out, 32)
torch.testing.assert_close(out, x.float() @ y.float().T, rtol=1e-5, atol=1e-5)
"""

BF16, FP32, FP16 = "torch.bfloat16", "torch.float32", "torch.float16"
OPERATIONS = [
    ("x + y", "x + y", BF16, BF16, BF16),
    ("x - y", "x - y", BF16, BF16, BF16),
    ("x * y", "x * y", BF16, BF16, BF16),
    ("x + y", "x + y", BF16, FP32, FP32),
    ("-x", "-x", BF16, BF16, BF16),
    ("tl.abs(x)", "x.abs()", BF16, BF16, BF16),
    ("tl.where(x < y, x, y)", "torch.where(x < y, x, y)", BF16, BF16, BF16),
    ("x.to(tl.float32)", "x.float()", BF16, BF16, FP32),
    ("x.to(tl.float16)", "x.half()", BF16, BF16, FP16),
    ("x.to(tl.bfloat16)", "x.bfloat16()", FP32, FP32, BF16),
    ("x.to(tl.bfloat16)", "x.bfloat16()", FP16, FP16, BF16),
    ("tl.arange(0, N).to(tl.bfloat16)", "torch.arange(n).bfloat16()", FP32, FP32, BF16),
    ("x", "x", FP32, FP32, BF16),
    ("x - tl.sum((x == 1).to(tl.bfloat16), axis=0)", "x - (x == 1).sum().bfloat16()", BF16, BF16, BF16),
    ("tl.max(tl.where(x < 9, x, 0), axis=0) - x", "torch.where(x < 9, x, 0).max() - x", BF16, BF16, BF16),
    ("tl.cumsum(tl.where(x == 1, x, 0), axis=0)", "torch.where(x == 1, x, 0).cumsum(0)", BF16, BF16, BF16),
]


def run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "program.py"  # Triton reads a kernel from its file
    file.write_text(program)
    environment = os.environ | {"TRITON_INTERPRET": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", file]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def program() -> str:
    names = ("triton", "torch", "x", "y", "out")
    parts = [ELEMENTWISE.format(**dict(zip(names, each, strict=True))) for each in OPERATIONS]
    return "".join([BEGIN, *parts, DOT])


def test_operations_are_those_of_bfloat16(tmp_path: Path) -> None:
    done = run(program(), tmp_path)
    assert done.returncode == 0, done.stderr


def test_they_are_not_without_the_repair(tmp_path: Path) -> None:
    """When this fails, Triton has mended its interpreter, and ours can go."""
    done = run(program().replace("bfloat16.install()\n", ""), tmp_path)
    assert "AssertionError: x + y" in done.stderr
