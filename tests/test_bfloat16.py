"""bfloat16 on the interpreter is what PyTorch makes of it: each operation, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Numbers of all sizes, and ties: halfway between two bfloat16s, to even upwards and downwards.
PROGRAM = """
import torch, triton
import triton.language as tl
from judge import bfloat16
bfloat16.install()

@triton.jit
def kernel(x_ptr, y_ptr, out_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    x = tl.load(x_ptr + i)
    y = tl.load(y_ptr + i)
    tl.store(out_ptr + i, {triton})

@triton.jit
def dot_kernel(x_ptr, y_ptr, out_ptr, N: tl.constexpr):
    i = tl.arange(0, N)
    where = i[:, None] * N + i[None, :]
    tl.store(out_ptr + where, tl.dot(tl.load(x_ptr + where), tl.trans(tl.load(y_ptr + where))))

torch.manual_seed(0)
n = 4096
special = torch.tensor([0.0, -0.0, 1.0, torch.inf, -torch.inf, torch.nan, 3.4e38, 1e-40, -1e-40, 2**-133])
ties = (1 + (2 * torch.arange(64) + 1) / 256) * torch.tensor([1.0, -1.0]).repeat(32)
def numbers():
    x = torch.randn(n) * torch.logspace(-30, 30, n)[torch.randperm(n)]
    x[: len(special)], x[100:164] = special[torch.randperm(len(special))], ties
    return x
x, y = numbers().to({x}), numbers().to({y})
out = torch.empty(n, dtype={out})
kernel[(1,)](x, y, out, n)
torch.testing.assert_close(out, ({torch}).to({out}), rtol=0, atol=0, equal_nan=True)

x, y = torch.randn(2, 32, 32).bfloat16()
out = torch.empty(32, 32)
dot_kernel[(1,)](x, y, out, 32)
torch.testing.assert_close(out, x.float() @ y.float().T, rtol=1e-5, atol=1e-5)
"""

BF16, FP32, FP16, INT32 = "torch.bfloat16", "torch.float32", "torch.float16", "torch.int32"


@pytest.mark.parametrize(
    ("triton", "torch", "x", "y", "out"),
    [
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
        (
            "tl.max(tl.where(x < 1e3, x, 0), axis=0) - x",
            "torch.where(x < 1e3, x, 0).max() - x",
            BF16,
            BF16,
            BF16,
        ),
        (
            "tl.cumsum(tl.where(x == 1, x, 0), axis=0)",
            "torch.where(x == 1, x, 0).cumsum(0)",
            BF16,
            BF16,
            BF16,
        ),
    ],
)
def test_an_operation_is_that_of_bfloat16(
    triton: str, torch: str, x: str, y: str, out: str, tmp_path: Path
) -> None:
    program = PROGRAM
    for name, text in (("triton", triton), ("torch", torch), ("x", x), ("y", y), ("out", out)):
        program = program.replace(f"{{{name}}}", text)
    environment = os.environ | {"TRITON_INTERPRET": "1", "PYTHONPATH": str(ROOT)}
    file = tmp_path / "program.py"  # Triton reads a kernel from its file
    file.write_text(program)
    command = [sys.executable, "-W", "ignore", file]

    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
