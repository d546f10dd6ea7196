"""The interpreter's lookups: the same results, and nothing looked for twice."""

import os
import subprocess
import sys
from pathlib import Path

from conftest import ROOT

SCRIPT = """
import inspect

import torch
import triton
import triton.language as tl

from judge.runner.interpreter import lookups


@triton.jit
def kernel(x_ptr, out_ptr):
    x = tl.load(x_ptr + tl.arange(0, 16))
    tl.store(out_ptr + tl.arange(0, 16), tl.exp(x - tl.max(x, axis=0)) / tl.sum(x, axis=0))


def run():
    x, out = torch.arange(1.0, 17.0), torch.zeros(16)
    kernel[(2,)](x, out)
    return out


as_it_comes = run()
lookups.install()
assert torch.equal(run(), as_it_comes)  # and now everything has been found
calls = []
members = inspect.getmembers
inspect.getmembers = lambda *arguments: calls.append(arguments) or members(*arguments)
assert torch.equal(run(), as_it_comes)
assert not calls, calls
"""


def test_what_was_found_is_remembered(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = os.environ | {"TRITON_INTERPRET": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
