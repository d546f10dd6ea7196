"""Compiles the kernels that a solution launches, for any architecture, without a GPU. Runs in the runner.

`solve` is called on tensors that have only a shape and a dtype. Its launches are recorded. Then each goes
through Triton's own `warmup`, which compiles and does not launch, with a driver that only knows an
architecture.
"""

import contextlib
import io
import re
import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import torch
import triton
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from triton import knobs
from triton.backends.compiler import GPUTarget
from triton.compiler.errors import CompilationError
from triton.runtime.autotuner import Autotuner
from triton.runtime.errors import PTXASError
from triton.runtime.jit import JITFunction, MockTensor, get_jit_fn_file_line

MULTIPROCESSORS = 132  # an H100's or H200's; few kernels compile differently for another number
_DOT_INSTRUCTIONS = {"wgmma": "wgmma.mma_async", "tcgen05": "tcgen05.mma", "mma": "mma.sync"}


@dataclass(frozen=True)
class Launch:
    """A kernel and the arguments that it was launched with. Tensors have a dtype and a shape, no memory."""

    kernel: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    case: str


class Driver:
    """The part of a driver that Triton uses before it launches."""

    def __init__(self, arch: int) -> None:
        self.arch = arch

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", self.arch, 32)

    def get_current_device(self) -> int:
        return self.arch  # kernels are kept per device

    def get_current_stream(self, device: int) -> int:
        return 0


def kernels_of(module: types.ModuleType) -> list[str]:
    """The kernels that a module defines, except those that another of its kernels calls."""
    jitted = {}
    for value in vars(module).values():
        while not isinstance(value, JITFunction) and hasattr(value, "fn"):
            value = value.fn  # the kernel that is autotuned
        if isinstance(value, JITFunction) and value.fn.__module__ == module.__name__:
            jitted[value.__name__] = value
    # A kernel that another one calls is compiled with it.
    called = {each for kernel in jitted.values() for each in kernel.fn.__code__.co_names}
    return [name for name in jitted if name not in called]


def launches_of(
    solve: Any, calls: list[dict[str, Any]], architecture: dict[str, int], wanted: set[str]
) -> list[Launch]:
    """The launches of solve: all in the calls that are needed, and in the others those of new kernels."""
    found: list[Launch] = []
    seen: set[str] = set()
    for call in calls:
        if not call["needed"] and seen >= wanted:
            break
        with FakeTensorMode(), recorded(architecture, call["case"]) as launches:
            solve(*map(_argument, call["arguments"]))
        found += [each for each in launches if call["needed"] or each.kernel.__name__ not in seen]
        seen |= {each.kernel.__name__ for each in launches}
    return found


def _argument(description: dict[str, Any]) -> Any:
    if "value" in description:
        return description["value"]
    return torch.empty(description["shape"], dtype=getattr(torch, description["dtype"]), device="cuda")


def _without_memory(value: Any) -> Any:
    if hasattr(value, "block_shape"):  # a tensor descriptor
        return replace(value, base=_without_memory(value.base))
    return MockTensor(value.dtype, list(value.shape)) if isinstance(value, torch.Tensor) else value


@contextlib.contextmanager
def recorded(architecture: dict[str, int], case: str) -> Iterator[list[Launch]]:
    """Record launches instead of making them, as if there were a GPU of this architecture.

    `architecture` has its `number` (90 for sm_90), the bytes of shared memory of a block and of a
    multiprocessor, and the registers and warps of a multiprocessor.
    """
    launches: list[Launch] = []

    def run(self: Any, *args: Any, grid: Any, warmup: bool, **kwargs: Any) -> None:
        plain = {name: _without_memory(value) for name, value in kwargs.items()}
        launches.append(Launch(self, tuple(map(_without_memory, args)), plain, case))

    def tune(self: Any, *args: Any, **kwargs: Any) -> None:
        self.nargs = dict(zip(self.arg_names, args, strict=False))
        for config in self.prune_configs(kwargs):
            self.fn.run(*args, **kwargs, **config.all_kwargs())

    capability = divmod(architecture["number"], 10)
    properties = types.SimpleNamespace(
        multi_processor_count=MULTIPROCESSORS,
        major=capability[0],
        minor=capability[1],
        name="GPU",
        warp_size=32,
        L2_cache_size=50 << 20,
        total_memory=80 << 30,
        shared_memory_per_block_optin=architecture["shared_block"],
        shared_memory_per_multiprocessor=architecture["shared"],
        regs_per_multiprocessor=architecture["registers"],
        max_threads_per_multi_processor=32 * architecture["warps"],
    )
    with contextlib.ExitStack() as stack:
        for target, name, value in (
            (JITFunction, "run", run),
            (Autotuner, "run", tune),
            (torch.cuda, "get_device_properties", lambda *_: properties),
            (torch.cuda, "get_device_capability", lambda *_: capability),
            (torch.cuda, "current_device", lambda: 0),
            (torch.cuda, "is_available", lambda: True),
            (FakeTensor, "data_ptr", lambda self: 0),  # descriptors ask whether it is aligned
            (FakeTensor, "copy_", lambda self, *_, **__: self),  # PyTorch's own needs a GPU
            (FakeTensor, "__setitem__", lambda self, *_: None),
        ):
            stack.enter_context(patch.object(target, name, value))
        triton.runtime.driver.set_active(Driver(architecture["number"]))
        yield launches


def compile_launches(
    launches: list[Launch], architecture: dict[str, int], shown: str
) -> Iterator[dict[str, Any]]:
    """Yields one record for each specialization, as soon as it is compiled. `shown` is the text to add: ttir,
    ttgir, ptx, sass, or "" for none.
    """
    triton.runtime.driver.set_active(Driver(architecture["number"]))
    knobs.compilation.always_compile = True  # a kernel from a cache comes without ptxas's log
    knobs.nvidia.dump_ptxas_log = True
    seen = set()
    for done, launch in enumerate(launches, 1):
        log = io.StringIO()
        record: dict[str, Any] = dict(kernel=launch.kernel.__name__, case=launch.case, done=done)
        try:
            with contextlib.redirect_stdout(log):
                binary = launch.kernel.warmup(*launch.args, grid=(1,), **launch.kwargs)
        except Exception as error:
            record |= dict(error=_told(error, launch.kernel), constants=_constants(launch))
            key = str((record["kernel"], record["error"], record["constants"]))
        else:
            key = binary.hash
            if key not in seen:
                record |= _read(binary, log.getvalue())
                text = binary.asm[shown] if shown == "sass" or shown in binary.asm else ""
                record["text"] = text or ""
        if key not in seen:
            seen.add(key)
            yield record


def _constants(launch: Launch) -> dict[str, str]:
    """The constants and options of a launch that did not compile, so that no binary has them."""
    given = dict(zip(launch.kernel.arg_names, launch.args, strict=False)) | launch.kwargs
    plain = {p.name for p in launch.kernel.params if not p.is_constexpr}
    return {name: str(value) for name, value in given.items() if name not in plain}


def _read(binary: Any, log: str) -> dict[str, Any]:
    """The figures of a compiled kernel: ptxas's own, and what the intermediate texts say."""
    names = list(binary.src.signature)
    metadata, ptx, ttgir = binary.metadata, binary.asm["ptx"], binary.asm["ttgir"]
    constants = {}
    for path, value in binary.src.constants.items():
        constants[".".join([names[path[0]], *map(str, path[1:])])] = str(getattr(value, "value", value))
    divisible = [
        names[path[0]]
        for path, attributes in binary.src.attrs.items()
        if any(name == "tt.divisibility" for name, _ in attributes)
    ]
    frame, stores, loads = _numbers(
        r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", log
    )
    # A tl.dot that no pass has turned into a matrix instruction has a blocked layout.
    by_fma = re.search(r"tt\.dot .*#ttg\.dot_op<\{[^}]*parent = #blocked", ttgir)
    ieee = re.search(r"tt\.dot (?!.*inputPrecision).*: tensor<\S*xf32> \*", binary.asm.get("ttir", ""))
    dots = [name for name, instruction in _DOT_INSTRUCTIONS.items() if instruction in ptx]
    return dict(
        constants=constants,
        signature={n: str(kind) for n, kind in binary.src.signature.items() if kind != "constexpr"},
        divisible=divisible,
        warps=metadata.num_warps,
        stages=metadata.num_stages,
        threads=max(_numbers(r"\.reqntid (\d+)", ptx)),
        registers=max(_numbers(r"Used (\d+) registers", log)),
        stack=frame,
        spill_stores=stores,
        spill_loads=loads,
        shared=metadata.shared,
        dots=dots + (["fma"] if by_fma else []),
        ieee=bool(ieee),
    )


def _numbers(pattern: str, text: str) -> list[int]:
    """The numbers in the groups of a pattern. If several functions of a kernel match, the largest numbers."""
    found = [match.groups() for match in re.finditer(pattern, text)]
    return [max(map(int, column)) for column in zip(*found, strict=True)]


def _told(error: BaseException, kernel: Any) -> str:
    """The compiler's message: the line of the file, the reason, and the source of the line."""
    if isinstance(error, PTXASError):
        lines = re.findall(r"^ptxas\S* (?:fatal|error) *: (.*)$", str(error), re.MULTILINE)
        return "\n".join(["ptxas refuses it", *lines])
    reason = error
    while isinstance(reason.__cause__, CompilationError):
        reason = reason.__cause__
    if not isinstance(reason, CompilationError):
        return f"{type(error).__name__}: {error}"
    known = [kernel, *(v for v in kernel.__globals__.values() if isinstance(v, JITFunction))]
    where = next((get_jit_fn_file_line(f) for f in known if f.src == reason.src), None)
    line = getattr(reason.node, "lineno", None)
    place = f"{where[0]}:{where[1] + line - 1}: " if where and line else ""
    why = reason.error_message or (str(reason.__cause__) if reason.__cause__ else "")
    source = (reason.src or "").splitlines()[line - 1].strip() if line else ""
    return f"{place}{why or type(reason).__name__}\n  {source}".rstrip()
