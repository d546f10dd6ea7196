r"""# Rainbow table, the chain of hashes in registers

**Idea.** Each element is hashed `rounds` times on its own, so a program loads a block of values
once, runs all rounds on them in registers, and stores the last hash. The four bytes of a round are
taken from the value by shift and mask; there is no array of bytes.

**What bounds it.** Arithmetic. A round is four steps of about one shift, one mask with xor, and one
32-bit multiplication: $4 \cdot n \cdot rounds$ multiplications in all, against $8n$ bytes moved once.
The integer pipes of a multiprocessor are the limit as soon as `rounds` is more than a few.

**What matters.**

- *Unsigned arithmetic.* The hash is defined on 32 bits without a sign, modulo $2^{32}$. The bits of
  `x` are reinterpreted as `uint32` (`bitcast`, which moves nothing): there a right shift brings in
  zeros, and a product keeps its low 32 bits. Nothing needs 64 bits.
- *Independent chains.* Each step needs the result of the one before, which takes several cycles. A
  thread works on `BLOCK / (32 * num_warps)` = 8 chains side by side, and other warps fill what is
  left of the gaps.

**What goes wrong in the naive version.** With a signed value, `v >> 24` copies the sign bit down, and
every negative input gets a wrong top byte unless it is masked too. Carrying `h` over from one round
to the next, instead of starting again at 2166136261, is a different function. So is FNV-1, which
multiplies first and xors after.

**What to try next.** More or fewer chains per thread; taking bytes with one `prmt` instruction
instead of shift and mask.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "rainbow_table"

BLOCK = 1024


@triton.jit
def chain_kernel(x_ptr, out_ptr, n, rounds, BLOCK: tl.constexpr):
    """out[i] = FNV-1a of FNV-1a of ... of x[i], `rounds` times.

    h = 2166136261;  for each byte of the value, lowest first:  h = (h ^ byte) * 16777619 mod 2^32
    """
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    mask = i < n
    value = tl.load(x_ptr + i, mask=mask, other=0).to(tl.uint32, bitcast=True)  # [BLOCK]

    for _ in range(rounds):
        h = tl.full([BLOCK], 2166136261, dtype=tl.uint32)
        for byte in tl.static_range(4):
            h = (h ^ ((value >> (8 * byte)) & 0xFF)) * 16777619  # wraps at 2**32
        value = h

    tl.store(out_ptr + i, value.to(tl.int32, bitcast=True), mask=mask)


def solve(x: Tensor, rounds: int, out: Tensor) -> None:
    n = x.numel()
    chain_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, rounds, BLOCK=BLOCK, num_warps=4)
