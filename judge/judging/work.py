"""What did the work of a call: the submission's own kernels, PyTorch's, or those of a vendor's libraries.

It is told by the names of kernels, which their libraries give them, and by their images: a library's image
has many kernels, that of a kernel of Triton's has one. A submission can hide what it did not write behind
another name; then it has gone to some trouble, and its source says so.
"""

import re
from collections.abc import Iterable
from typing import Any

from judge.protocol.cubin import read_cubin
from judge.protocol.recording import Kernel, Recording
from judge.verdict.diagnosis import Remark
from judge.verdict.failure import Failure
from judge.verdict.verdict import BenchmarkResult, Maker, Work

MOST_NAMES = 4
MOST_OF_OTHERS = 0.05  # of the time, with --own-kernels: a small fill is no work
# PyTorch's own, and what is compiled into it: CUB, FlashAttention, xFormers' attention.
_PYTORCH = re.compile(
    r"2at6native|at::(native|cuda)|^_ZN(2at|3c10|5torch)|at_cuda_detail|pytorch_flash|PyTorchMemEffAttention|^fmha_cutlass"
    r"|(_GLOBAL__N_\w*|\(anonymous namespace\)::)softmax_warp_(for|back)ward"
)
# Some of PyTorch's are in no namespace but that of their file, in an image with others in at::native.
_OF_A_FILE, _IMAGE_OF_PYTORCH = "_GLOBAL__N_", b"2at6native"
# Prefixes that only NVIDIA's libraries have.
_VENDOR = re.compile(
    r"^(nvjet_|sm\d+_xmma_|cutlass_?\d+_|(ampere|volta|turing|hopper|maxwell|pascal)_\w*"
    r"(gemm|cudnn|s\d+|fprop|dgrad|wgrad)|xmma_|cask_|cublas|cudnn|_ZN?\d+(cublas|cudnn|cusparse|cufft|cask))"
)
# Words of theirs that anybody might use too: they count in an image with several kernels.
_LIKELY_VENDOR = re.compile(r"gemm|gemv|splitKreduce|cutlass|dot_kernel|reduce_1Block|nrm2|scal_kernel|fft")


def maker_of(name: str, kernels_in_image: int, beside_pytorch: bool = False) -> Maker:
    """Who wrote a kernel. `beside_pytorch` says whether its image has kernels of PyTorch's."""
    if _PYTORCH.search(name) or (beside_pytorch and _OF_A_FILE in name):
        return "pytorch"
    if _VENDOR.search(name) or (kernels_in_image > 1 and _LIKELY_VENDOR.search(name)):
        return "vendor"
    return "own"


def makers_of(recording: Recording) -> list[tuple[str, Maker]]:
    """For each node of a recording a name, and who made it. Copies and memsets are the driver's."""
    counts = [read_cubin(image).kernels for image in recording.images]
    of_pytorch = [_IMAGE_OF_PYTORCH in image for image in recording.images]
    return [
        (node.name, maker_of(node.name, counts[node.image], of_pytorch[node.image]))
        if isinstance(node, Kernel)
        else (type(node).__name__.lower(), "driver")
        for node in recording.nodes
    ]


def work_of(parts: Iterable[tuple[str, Maker, float]]) -> Work | None:
    """The shares of a call's time, from rows of name, maker and microseconds. None if there is no time."""
    shares: dict[Maker, float] = dict.fromkeys(("own", "pytorch", "vendor", "driver"), 0.0)
    others: dict[str, float] = {}
    for name, maker, us in parts:
        shares[maker] += us
        if maker in ("pytorch", "vendor"):
            others[readable(name)] = others.get(readable(name), 0.0) + us
    whole = sum(shares.values())
    if not whole > 0:
        return None
    names = sorted(others, key=lambda name: -others[name])[:MOST_NAMES]
    own, pytorch, vendor, driver = (round(us / whole, 4) for us in shares.values())
    return Work(own, pytorch, vendor, driver, names)


def work_of_profile(told: Any) -> Work | None:
    """The shares by a profile that a runner took: rows of a kernel's name and microseconds. None if it is
    none. The profiler shows names as in C++, in which those of Triton's kernels have no punctuation.
    """
    parts: list[tuple[str, Maker, float]] = []
    for row in told if isinstance(told, list) else []:
        match row:
            case [str(name), int() | float() as us] if 0 <= us < 1e12:
                is_driver = name.startswith(("Memcpy", "Memset"))
                maker = "driver" if is_driver else maker_of(name, 1 if name.isidentifier() else 2)
                parts.append((name, maker, us))
            case _:
                return None
    return work_of(parts)


def require_own_kernels(result: BenchmarkResult) -> None:
    """Raises Failure if the kernels of others took more than a small share of a call's time."""
    if not result.work:
        told = f"--own-kernels: it is not known what did the work of {result.name}"
        raise Failure("rule_violation", Remark(told))
    share = result.work.pytorch + result.work.vendor
    if share > MOST_OF_OTHERS:
        others = ", ".join(result.work.others)
        told = f"{share:.0%} of the GPU time is not of the submission's own kernels: {others}"
        raise Failure("rule_violation", Remark(told), Remark(f"while timed: {result.name}"))


def readable(name: str) -> str:
    """A name without its parameters, also if it is mangled: at::native::vectorized_elementwise_kernel.

    Source: the Itanium C++ ABI, "Mangling": <nested-name> ::= N <prefix> <unqualified-name> E.
    """
    if not (found := re.match(r"_ZN?", name)):
        return re.sub(r"^void |[<(].*", "", name)[:80] or name[:80]
    rest, parts = name[found.end() :], list[str]()
    while found := re.match(r"\d{1,3}", rest):
        size, start = int(found[0]), found.end()
        parts.append(rest[start : start + size])
        rest = rest[start + size :]
    kept = [part for part in parts if part and not part.startswith("_GLOBAL__N")]
    return "::".join(kept)[:80] or name[:80]
