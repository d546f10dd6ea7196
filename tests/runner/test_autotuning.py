"""The autotuner's choices in one process are made again in another."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from conftest import ROOT

KERNEL = """
import json, sys
import triton
import triton.language as tl
from judge.runner.autotuning import Autotuning

tuning = Autotuning()

@triton.autotune(configs=[triton.Config({"B": 1}), triton.Config({"B": 2})], key=["n"])
@triton.jit
def first(x, n, B: tl.constexpr):
    tl.store(x, n)

@triton.autotune(configs=[triton.Config({"B": 4}), triton.Config({"B": 8})], key=["n"])
@triton.jit
def second(x, n, B: tl.constexpr):
    tl.store(x, n)

"""


def run(folder: Path, code: str) -> Any:
    """What some code prints, which knows two kernels with autotuners."""
    (folder / "file.py").write_text(KERNEL + code)
    environment = dict(os.environ, PYTHONPATH=str(ROOT), TRITON_INTERPRET="1")
    command = [sys.executable, "file.py"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_choices_are_named_by_kernel_key_and_number(tmp_path: Path) -> None:
    code = """
first.cache[(8, "float32")] = first.configs[1]
second.cache[(9,)] = second.configs[0]
print(json.dumps(tuning.choices()))
"""
    assert run(tmp_path, code) == [["first", "(8, 'float32')", 1], ["second", "(9,)", 0]]


def test_what_was_chosen_elsewhere_is_chosen_here(tmp_path: Path) -> None:
    code = """
tuning.prefer.update({("first", "(8,)"): 1, ("second", "(8,)"): 7})
second.cache[(9,)] = second.configs[1]
print(json.dumps([(8,) in first.cache, first.cache[(8,)].kwargs, (9,) in first.cache, (8,) in second.cache,
                  (9,) in second.cache]))
"""
    assert run(tmp_path, code) == [True, {"B": 2}, False, False, True]


def test_a_choice_from_elsewhere_goes_before_one_made_here(tmp_path: Path) -> None:
    code = """
first.cache[(8,)] = first.configs[0]
tuning.prefer[("first", "(8,)")] = 1
print(json.dumps([(8,) in first.cache, first.cache[(8,)].kwargs]))
"""
    assert run(tmp_path, code) == [True, {"B": 2}]
