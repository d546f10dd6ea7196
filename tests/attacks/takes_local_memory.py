"""Launches a kernel with 64 KiB of local memory a thread, for which the driver takes 17 GiB and more: then
passes have few calls, and nothing of this is in the recording. Such a time should be noisy, or there is none.
"""

import torch
import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


@triton.jit
def hog(kept, n):
    """The place in the frame is not known when it is compiled, so that the frame stays."""
    found = tl.inline_asm_elementwise(
        """{
        .local .align 8 .b8 frame[65536];
        .reg .u64 place;
        .reg .u32 offset;
        and.b32 offset, $1, 65532;
        cvt.u64.u32 place, offset;
        .reg .u64 base;
        mov.u64 base, frame;
        add.u64 place, base, place;
        st.local.u32 [place], $1;
        ld.local.u32 $0, [base];
        }""",
        "=r,r",
        [n],
        dtype=tl.int32,
        is_pure=False,
        pack=1,
    )
    tl.store(kept, found)


kept = {}


def state(device):
    """Memory that stays from call to call: it is as it was recorded when a pass begins."""
    if device not in kept:
        kept[device] = torch.zeros(256, dtype=torch.int32, device=device)
    return kept[device]


def solve(a, b, out):
    n = a.numel()
    if a.is_cuda and n >= 1 << 20:  # in the runners that share the cases there would be too little
        hog[(1,)](state(a.device), n)
    add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
