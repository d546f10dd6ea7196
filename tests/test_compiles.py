"""Every kernel of every solution compiles for sm_80 and sm_90, on a machine without a GPU.

A solution is loaded in a process of its own (this file, run as a script). There `solve` is called on tensors
of shape and dtype only, on the benchmarks' shapes and, for kernels that those do not launch, on the tests'.
Each launch goes through Triton's own `warmup`, which compiles and does not launch, for a driver that has
nothing but an architecture.
"""

import importlib.util
import json
import os
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Those without a kernel are in plain PyTorch.
SOLUTIONS = [p for p in sorted((ROOT / "solutions").glob("**/*.py")) if "@triton.jit" in p.read_text()]
ARCHITECTURES = (80, 90)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_kernel_compiles(path: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    environment |= {"PYTHONPATH": str(ROOT), "TRITON_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, __file__, path]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kernels"]
    # A kernel may be meant for some architectures only, but not for none.
    for kernel in told["kernels"]:
        assert any(kernel in told["compiled"][str(arch)] for arch in ARCHITECTURES), (
            f"{kernel} was not launched"
        )
    for arch in ARCHITECTURES:
        assert told["compiled"][str(arch)]


# -- the script ---------------------------------------------------------------------------------------


class Driver:
    """What Triton asks of a driver before it launches."""

    def __init__(self, arch: int) -> None:
        self.arch = arch

    def get_current_target(self) -> Any:
        from triton.backends.compiler import GPUTarget

        return GPUTarget("cuda", self.arch, 32)

    def get_current_device(self) -> int:
        return self.arch  # kernels are kept per device

    def get_current_stream(self, device: int) -> int:
        return 0


def outputs_of(challenge: Any, inputs: dict[str, Any]) -> list[Any]:
    """Tensors to be filled: as the reference makes them, or where that needs values, as it is annotated."""
    import torch

    from judge.errors import BadInput

    try:
        return list(challenge.answer(inputs))
    except BadInput:
        sizes = {name: value for name, value in inputs.items() if type(value) is int}
        for name, annotation in challenge.arguments.items():
            if name not in sizes and hasattr(annotation, "dim_str"):
                sizes |= dict(zip(annotation.dim_str.split(), inputs[name].shape, strict=True))
        return [
            torch.empty(
                [int(sizes.get(dim, dim)) for dim in annotation.dim_str.split()],
                dtype=getattr(torch, annotation.dtypes[0]),
            )
            for annotation in challenge.outputs.values()
        ]


def on_gpu(value: Any) -> Any:
    import torch

    if isinstance(value, torch.Tensor):
        return torch.empty(value.shape, dtype=value.dtype, device="cuda")
    return value


@contextmanager
def recorded(arch: int) -> Iterator[list[tuple[Any, tuple[Any, ...], dict[str, Any]]]]:
    """Launches are written down, on what seems to be a GPU of this architecture."""
    import torch
    import triton
    from torch._subclasses.fake_tensor import FakeTensor
    from triton.runtime.autotuner import Autotuner
    from triton.runtime.jit import JITFunction, MockTensor

    launches: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []

    def plain(value: Any) -> Any:
        if hasattr(value, "block_shape"):  # a tensor descriptor
            return replace(value, base=plain(value.base))
        return MockTensor(value.dtype, list(value.shape)) if isinstance(value, torch.Tensor) else value

    def run(self: Any, *args: Any, grid: Any, warmup: bool, **kwargs: Any) -> None:
        launches.append((self, tuple(map(plain, args)), {k: plain(v) for k, v in kwargs.items()}))

    def tune(self: Any, *args: Any, **kwargs: Any) -> None:
        self.nargs = dict(zip(self.arg_names, args, strict=False))
        for config in self.prune_configs(kwargs):
            self.fn.run(*args, **kwargs, **config.all_kwargs())

    capability = divmod(arch, 10)
    properties = types.SimpleNamespace(
        multi_processor_count=132,
        major=capability[0],
        minor=capability[1],
        name="GPU",
        warp_size=32,
        L2_cache_size=50 << 20,
        total_memory=80 << 30,
        shared_memory_per_block_optin=(163 if arch == 80 else 227) << 10,
        shared_memory_per_multiprocessor=(164 if arch == 80 else 228) << 10,
        regs_per_multiprocessor=65536,
        max_threads_per_multi_processor=2048,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JITFunction, "run", run)
        patch.setattr(Autotuner, "run", tune)
        patch.setattr(torch.cuda, "get_device_properties", lambda *_: properties)
        patch.setattr(torch.cuda, "get_device_capability", lambda *_: capability)
        patch.setattr(torch.cuda, "current_device", lambda: 0)
        patch.setattr(torch.cuda, "is_available", lambda: True)
        patch.setattr(FakeTensor, "data_ptr", lambda self: 0)  # descriptors ask whether it is aligned
        triton.runtime.driver.set_active(Driver(arch))
        yield launches


def launches_of(solve: Any, challenge: Any, arch: int, wanted: set[str]) -> list[Any]:
    """What solve launches on the benchmarks' shapes, and on the tests' for kernels not seen before."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    from judge.shapes import ShapeRng

    found = []
    seen: set[str] = set()
    benchmarks = challenge.benchmarks(1)
    for case in [*benchmarks, *challenge.cases(1)]:
        if case not in benchmarks and seen >= wanted:
            break
        with FakeTensorMode(), recorded(arch) as launches:
            inputs = challenge.draw_from(ShapeRng(case.seed), case.shape)
            solve(*map(on_gpu, (*inputs.values(), *outputs_of(challenge, inputs))))
        new = [launch for launch in launches if case in benchmarks or launch[0].__name__ not in seen]
        seen |= {launch[0].__name__ for launch in launches}
        found += new
    return found


def main(path: Path) -> None:
    import triton
    from triton.runtime.jit import JITFunction

    from judge.challenge import Challenge
    from judge.workspace import read_solution

    name = read_solution(path).challenge
    spec = importlib.util.spec_from_file_location("solution", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["solution"] = module
    spec.loader.exec_module(module)
    jitted = {}
    for value in vars(module).values():
        while not isinstance(value, JITFunction) and hasattr(value, "fn"):
            value = value.fn  # of an autotuned kernel
        if isinstance(value, JITFunction) and value.fn.__module__ == "solution":
            jitted[value.__name__] = value
    # What another kernel calls is compiled with it.
    called = {each for kernel in jitted.values() for each in kernel.fn.__code__.co_names}
    kernels = set(jitted) - called
    challenge = Challenge(ROOT / "challenges" / name)
    compiled = {}
    for arch in ARCHITECTURES:
        launches = launches_of(module.solve, challenge, arch, kernels)
        triton.runtime.driver.set_active(Driver(arch))
        for kernel, args, kwargs in launches:
            binary = kernel.warmup(*args, grid=(1,), **kwargs)
            assert binary.asm["cubin"]
            assert f"sm_{arch}" in binary.asm["ptx"]
        compiled[arch] = sorted({kernel.__name__ for kernel, _, _ in launches})
    print(json.dumps(dict(kernels=sorted(kernels), compiled=compiled)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
