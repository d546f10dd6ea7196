"""Every kernel of every solution compiles for sm_80 and sm_90, on a machine without a GPU."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.inspection import inspect_solution
from judge.process import Runner

ROOT = Path(__file__).resolve().parents[1]
# Those without a kernel are in plain PyTorch.
SOLUTIONS = [p for p in sorted((ROOT / "solutions").glob("**/*.py")) if "@triton.jit" in p.read_text()]


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
