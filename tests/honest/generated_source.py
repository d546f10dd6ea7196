"""Writes the source of its kernel into a file of the temporary folder, and imports it from there."""

import importlib.util
import tempfile
from pathlib import Path
from string import Template

import triton

CHALLENGE = "matrix_add"

SOURCE = Template("""
import triton
import triton.language as tl

@triton.jit
def $name(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    tl.store(out + i, tl.load(a + i, mask=i < n) $sign tl.load(b + i, mask=i < n), mask=i < n)
""")

path = Path(tempfile.mkdtemp(prefix="generated-")) / "generated.py"
path.write_text(SOURCE.substitute(name="plus", sign="+"))
spec = importlib.util.spec_from_file_location("generated", path)
generated = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generated)


def solve(a, b, out):
    generated.plus[(triton.cdiv(a.numel(), 1024),)](a, b, out, a.numel(), B=1024)
