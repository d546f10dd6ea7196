"""Every kernel of every solution compiles for sm_80 and sm_90, on a machine without a GPU."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from judge.engine.runner import Runner
from judge.inspect.inspection import inspect_solution

# Those without a kernel are in plain PyTorch.
SOLUTIONS = [p for p in sorted((ROOT / "solutions").glob("**/*.py")) if "@triton.jit" in p.read_text()]


pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """One for all: these files are our own."""
    with Runner("none", "") as started:
        yield started


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_kernel_compiles(path: Path, runner: Runner) -> None:
    found = [inspect_solution(str(path), arch, seconds=600, waiting=runner) for arch in ("sm_80", "sm_90")]
    for inspection in found:
        assert inspection.compiled, (inspection.message, [s.error for s in inspection.specializations])
    # A kernel may be meant for some architectures only, but not for none.
    assert not set(found[0].unlaunched) & set(found[1].unlaunched)
