"""Names in other alphabets — θ, größe, 出力 — for arguments and variables; the order is the challenge's."""

import triton
import triton.language as tl

CHALLENGE = "leaky_relu"

БЛОК = 512  # "block", in Russian


@triton.jit
def kernel(ξ, θ, ψ, größe, B: tl.constexpr):
    ι = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    маска = ι < größe
    χ = tl.load(ξ + ι, mask=маска)  # ← the element itself ✓
    tl.store(ψ + ι, tl.where(χ < 0, θ * χ, χ), mask=маска)


def solve(入力, θ, 出力):
    größe = 入力.numel()
    kernel[(triton.cdiv(größe, БЛОК),)](入力, θ, 出力, größe, B=БЛОК)
