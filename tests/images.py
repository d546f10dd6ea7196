"""Images of kernels, compiled without a GPU, and recordings of calls that nobody has made."""

import json
from functools import cache
from typing import Any

import pytest
import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from judge.protocol.recording import (
    LENGTH,
    MAP,
    Copy,
    Edge,
    Kernel,
    Memory,
    Memset,
    Parameter,
    Place,
    Pointer,
    Recording,
    encode,
)
from judge.protocol.validation import BadRecording, decode

SET = 4096  # bytes of the set of buffers that the recordings are made for
NAME = "twice"


@triton.jit
def twice(x, out, n, block: tl.constexpr):
    places = tl.program_id(0) * block + tl.arange(0, block)
    tl.store(out + places, 2 * tl.load(x + places, mask=places < n), mask=places < n)


@cache
def compiled(architecture: int = 90) -> bytes:
    """The image of a kernel that doubles what it is given."""
    source = ASTSource(
        twice, signature=dict(x="*fp32", out="*fp32", n="i32", block="constexpr"), constexprs=dict(block=128)
    )
    return bytes(triton.compile(source, target=GPUTarget("cuda", architecture, 32)).asm["cubin"])


@triton.jit
def counts(out):
    n = tl.inline_asm_elementwise(
        "{ .global .align 4 .b32 kept; atom.global.add.u32 $0, [kept], $1; }",
        "=r,r",
        [1],
        dtype=tl.int32,
        is_pure=False,
        pack=1,
    )
    tl.store(out, n)


@cache
def keeping() -> bytes:
    """The image of a kernel that keeps a number of 4 bytes from launch to launch."""
    source = ASTSource(counts, signature=dict(out="*i32"), constexprs={})
    return bytes(triton.compile(source, target=GPUTarget("cuda", 90, 32)).asm["cubin"])


def pointer(which: int, offset: int) -> Parameter:
    return Parameter(bytes(8), (Pointer(0, Place(which, offset)),))


def launch(image: int = 0, source: int = 0, to: int = 0) -> Kernel:
    """A launch of `twice`, from the beginning of one range to the second half of another. Triton's kernels
    end with two pointers to scratch memory, which this one does not have.
    """
    parameters = pointer(source, 0), pointer(to, 2048), Parameter((512).to_bytes(4, "little"))
    return Kernel(
        image, NAME, (4, 1, 1), (128, 1, 1), 0, (*parameters, Parameter(bytes(8)), Parameter(bytes(8)))
    )


def recordings(image: bytes) -> list[Recording]:
    """A plain call, a call with a node of each kind and memory of its own, and one with all that is rare."""
    plain = Recording((launch(),), (), (), (image,))
    fill = Memset(Place(1, 0), 0, 0, 4, 1024, 1)
    there, back = Copy(Place(0, 0), Place(1, 0), 2048), Copy(Place(1, 2048), Place(0, 2048), 2048)
    mixed = Recording(
        (fill, there, launch(source=1, to=1), back),
        (Edge(0, 1), Edge(1, 2), Edge(2, 3)),
        (Memory(4096),),
        (image,),
        choices=((NAME, "(512,)", 3),),
    )
    tile = Parameter(bytes(range(MAP)), (Pointer(0, Place(0, 64), is_map=True),))
    odd = Kernel(0, NAME, (4, 2, 1), (32, 2, 2), 1024, (tile, pointer(2, 8)), (2, 1, 1), 1, 50)
    rare = Recording(
        (launch(), odd, Memset(Place(2, 16), 64, 0xFFFF, 2, 8, 4)),
        (Edge(0, 1, programmatic=True), Edge(0, 2)),
        (Memory(64, bytes(64), (Pointer(8, Place(2, 0)), Pointer(16, Place(1, 56)))), Memory(512)),
        (image,),
    )
    return [plain, mixed, rare]


def parts(recording: Recording) -> tuple[dict[str, Any], bytes]:
    """The header of a recording, and all that comes after it."""
    data = encode(recording)
    start = LENGTH.size + LENGTH.unpack_from(data)[0]
    return json.loads(data[LENGTH.size : start]), data[start:]


def joined(header: object, blobs: bytes) -> bytes:
    """The reverse of `parts`."""
    text = json.dumps(header).encode()
    return LENGTH.pack(len(text)) + text + blobs


def refused(data: bytes, architecture: int | None = 90) -> str:
    """The reason why a recording is refused; the test fails if it is not."""
    with pytest.raises(BadRecording) as caught:
        decode(data, SET, architecture)
    return str(caught.value)
