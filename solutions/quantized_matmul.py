r"""# Quantized matrix multiplication, unpacked on the way to the tensor cores

**Idea.** A matrix multiplication whose tile of $W$ is not loaded but made: load a tile of packed
words, spread each into eight weights in registers, subtract, scale, and multiply by a tile of $x$.
$W$ itself never exists in memory.

**What bounds it.** With few columns, memory: a weight costs 4 bits, its share of a scale 2 bits and
of a shift half a bit, $13mk/16$ bytes for all of $W$, against $2mk$ in fp16. With many columns,
arithmetic: $2mnk$ flops. Unpacking is never far behind: it takes several instructions per weight, and
is repeated for every `BLOCK_N` columns.

**What matters.**

- *Order without reordering.* Interleaving a word with itself shifted right by 16 bits, the result by
  8 and that by 4 puts nibble $t$ in place $t$ of 8: the order of $k$. The places of one word stay in
  one thread, so that nothing has to move. The shifts are packed alike, and unpack alike.
- *Integers to fp16 for nothing.* The fp16 number $1024 + q$ has the bits `0x6400 | q` for
  $0 \le q < 1024$, and $(1024 + q) - (1024 + z)$ is exactly $q - z$: no weight passes through a
  conversion instruction. Only the product with the scale is rounded.
- *Parts of k, if there are few tiles.* 8192 × 16 outputs are 128 tiles of 64 × 16, and one program
  per processor does not keep memory busy. So several programs share a tile, each with its part of
  $k$, and a second kernel adds their fp32 results, always in the same order.
- *Once to scratch, if there are very many columns.* A tile of $W$, once unpacked, serves the columns of
  that tile; with 2048 columns each weight would be unpacked 8 times. So past 256 columns one kernel writes
  $W$ to scratch, and on Hopper a plain matrix multiplication takes it from there through tensor
  descriptors (TMA). That moves $4mk$ bytes more, part of them through L2, against $2mnk$ flops.

**Measured.** One run on an H200 over cold buffers, at 8192 × 16 × 8192 and at 4096 × 2048 × 4096. Unpacking
two nibbles at a time has fewer instructions and lost: it took 7 % longer at the former (and 15 % with more
of $k$ in a step). The former version, which never went through scratch, took 1 % longer and 2.1 times as
long; PyTorch took 26 times and 1.5 times as long as that version. In a later run little or nothing came of
the following: each second kernel launched before the first has ended, 1.7 and 0.4 % less time; past 256
columns, the product in Gluon with warps of their own for loading, 1.2 % less, and one such kernel whose
other warps unpack $W$ straight into the tiles, without scratch, 40 % more.

**What goes wrong in the naive version.** `>>` on an int32 copies the sign bit: without `& 15` every
top nibble from 8 to 15 comes out negative. Scaling weight and shift apart, $aq - az$ in fp16, rounds
twice at the size of up to $15a$, where the difference may be $a$. And with few columns, dequantizing
to memory first writes and reads $4mk$ bytes, where reading the packed form takes $13mk/16$.

**What it misses.** With 16 columns the packed weights take 13.1 µs. Unpacking bounds it: a warp issues
478 instructions for 2048 weights, 7.5 for a thread's weight, which is 17 µs of all that 132
multiprocessors can issue at 1.7 GHz, and the 16 warps that a multiprocessor has here do not fill each
other's waits for loads, shared memory and tensor cores. Then a second kernel adds up four parts of $k$.

**What to try next.** Fewer instructions per weight where there are few columns: they, and not memory,
are then the limit. For the parts of $k$: the last program to finish a tile adds them up, without a
second kernel.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.nn.functional import pad
from triton.tools.tensor_descriptor import TensorDescriptor

CHALLENGE = "quantized_matmul"

PROCESSORS = 132  # of an H100 or H200


@triton.jit
def unpack(words):
    """[rows, words] of int32 to [rows, 8 * words]: column 8c + t is nibble t of word c, as 1024 + nibble."""
    w = tl.interleave(words, words >> 16)
    w = tl.interleave(w, w >> 8)
    w = tl.interleave(w, w >> 4) & 15
    return (w | 0x6400).to(tl.int16).to(tl.float16, bitcast=True)


@triton.jit
def quantized_kernel(
    packed_ptr,
    scale_ptr,
    shift_ptr,
    x_ptr,
    out_ptr,
    m,
    n,
    k8,
    k64,
    row_x_by_8,
    words_per_part,
    ALIGNED_K: tl.constexpr,
    ALIGNED_N: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K8: tl.constexpr,
):
    """out[part, i, j] = sum_l W[i, l] * x[l, j] over one part of k, for a BLOCK_M x BLOCK_N tile.

    W[i, 8c + t] = scale[i, c] * (nibble t of packed[i, c] - nibble c % 8 of shift[i, c // 8])
    """
    row_x = 8 * row_x_by_8  # length of a row of x: n, or n padded to a multiple of 8
    if ALIGNED_N:
        n = row_x  # the same number, but now the compiler knows that 8 divides it
    if ALIGNED_K:
        k8 = 8 * k64
    BLOCK_K: tl.constexpr = 8 * BLOCK_K8
    BLOCK_K64: tl.constexpr = BLOCK_K8 // 8

    tiles_n = tl.cdiv(n, BLOCK_N)
    tiles = tl.cdiv(m, BLOCK_M) * tiles_n
    part = tl.program_id(0) // tiles
    tile = tl.program_id(0) % tiles
    # 64 bits: i * k8, i * n and l * row_x may pass 2**31.
    i = (tile // tiles_n * BLOCK_M + tl.arange(0, BLOCK_M)).to(tl.int64)  # [BLOCK_M]
    j = tile % tiles_n * BLOCK_N + tl.arange(0, BLOCK_N)  # [BLOCK_N]
    mask_i = (i < m)[:, None]
    mask_j = (j < row_x)[None, :]  # the padding of x is there to be read

    first = part * words_per_part  # a multiple of BLOCK_K8, and so of 8
    last = tl.minimum(first + words_per_part, k8)
    c = tl.arange(0, BLOCK_K8)
    g = tl.arange(0, BLOCK_K64)
    inner = tl.arange(0, BLOCK_K)
    words_at = i[:, None] * k8 + first + c[None, :]  # [BLOCK_M, BLOCK_K8]; of scale too
    shifts_at = i[:, None] * k64 + first // 8 + g[None, :]  # [BLOCK_M, BLOCK_K64]
    x_at = (8 * first + inner).to(tl.int64)[:, None] * row_x + j[None, :]  # [BLOCK_K, BLOCK_N]

    acc = tl.zeros([BLOCK_M, BLOCK_N], dtype=tl.float32)
    for start in range(first, last, BLOCK_K8):
        left = last - start  # words; the last step may be short
        mask = mask_i & (c < left)[None, :]
        words = tl.load(packed_ptr + words_at, mask=mask, other=0)
        scale = tl.load(scale_ptr + words_at, mask=mask, other=0.0)  # past the end, W is 0
        shifts = tl.load(shift_ptr + shifts_at, mask=mask_i & (8 * g < left)[None, :], other=0)
        x = tl.load(x_ptr + x_at, mask=(inner < 8 * left)[:, None] & mask_j, other=0.0)

        weight = tl.reshape(unpack(words), [BLOCK_M, BLOCK_K8, 8])
        shift = unpack(shifts)  # [BLOCK_M, BLOCK_K8]
        w = (weight - shift[:, :, None]) * scale[:, :, None]  # [BLOCK_M, BLOCK_K8, 8]
        acc = tl.dot(tl.reshape(w, [BLOCK_M, BLOCK_K]), x, acc)  # fp16 x fp16 -> fp32

        words_at += BLOCK_K8
        shifts_at += BLOCK_K64
        x_at += BLOCK_K * row_x

    out_ptrs = out_ptr + (part * m + i)[:, None] * n + j[None, :]  # [BLOCK_M, BLOCK_N]
    tl.store(out_ptrs, acc.to(out_ptr.dtype.element_ty), mask=mask_i & (j < n)[None, :])


@triton.jit
def sum_parts_kernel(parts_ptr, out_ptr, parts, size, BLOCK: tl.constexpr):
    """out[e] = sum_p parts[p, e], over all elements of out."""
    e = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    mask = e < size
    total = tl.zeros([BLOCK], dtype=tl.float32)
    for _ in range(0, parts):
        total += tl.load(parts_ptr + e, mask=mask, other=0.0)
        parts_ptr += size
    tl.store(out_ptr + e, total.to(tl.float16), mask=mask)


@triton.jit
def dequantize_kernel(packed_ptr, scale_ptr, shift_ptr, w_ptr, k8, k64, BLOCK: tl.constexpr):
    """W[i, 8c + t] = scale[i, c] * (nibble t of packed[i, c] - nibble c % 8 of shift[i, c // 8])"""
    parts = tl.cdiv(k8, BLOCK)
    i = (tl.program_id(0) // parts).to(tl.int64)
    c = tl.program_id(0) % parts * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    mask = c < k8
    words = tl.load(packed_ptr + i * k8 + c, mask=mask, other=0)
    scale = tl.load(scale_ptr + i * k8 + c, mask=mask, other=0.0)
    shifts = tl.load(shift_ptr + i * k64 + c // 8, mask=mask, other=0)
    shift = ((shifts >> (c % 8 * 4)) & 15 | 0x6400).to(tl.int16).to(tl.float16, bitcast=True)
    weight = tl.reshape(unpack(words[None, :]), [BLOCK, 8])
    w = (weight - shift[:, None]) * scale[:, None]  # [BLOCK, 8]
    at = (i * k8 + c)[:, None] * 8 + tl.arange(0, 8)[None, :]
    tl.store(w_ptr + at, w, mask=mask[:, None])


@triton.jit
def tile_at(pid, m, n, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, GROUP_M: tl.constexpr):
    """First row and column of tile `pid` in grouped order: down GROUP_M tiles, then one to the right."""
    tiles_m = tl.cdiv(m, BLOCK_M)
    tiles_n = tl.cdiv(n, BLOCK_N)
    group = pid // (GROUP_M * tiles_n)
    within = pid % (GROUP_M * tiles_n)
    first_m = group * GROUP_M
    height = tl.minimum(tiles_m - first_m, GROUP_M)  # the last group may be lower
    return (first_m + within % height) * BLOCK_M, within // height * BLOCK_N


@triton.jit
def matmul_kernel(
    w_desc,
    x_desc,
    out,
    m,
    n,
    k,
    ALIGNED_N: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    GROUP_M: tl.constexpr,
):
    """out[i, j] = sum_l W[i, l] * x[l, j]; out is a descriptor if ALIGNED_N, else a pointer."""
    row, column = tile_at(tl.program_id(0), m, n, BLOCK_M, BLOCK_N, GROUP_M)
    acc = tl.zeros([BLOCK_M, BLOCK_N], dtype=tl.float32)
    for start in range(0, k, BLOCK_K):
        w = w_desc.load([row, start])  # [BLOCK_M, BLOCK_K]
        x = x_desc.load([start, column])  # [BLOCK_K, BLOCK_N]
        acc = tl.dot(w, x, acc)
    if ALIGNED_N:
        out.store([row, column], acc.to(tl.float16))
    else:
        i = row + tl.arange(0, BLOCK_M)
        j = column + tl.arange(0, BLOCK_N)
        at = i.to(tl.int64)[:, None] * n + j[None, :]
        tl.store(out + at, acc.to(tl.float16), mask=(i < m)[:, None] & (j < n)[None, :])


def tiling(n: int) -> dict[str, int]:
    """A tile as wide as the columns allow, so that a weight is unpacked for as many of them as possible."""
    # Where rows of out are not aligned, each element is stored by itself, and keeping the addresses
    # of a 128 x 256 tile would spill registers.
    if n > 128 and n % 8 == 0:
        return dict(BLOCK_M=128, BLOCK_N=256, BLOCK_K8=8, num_warps=8, num_stages=3)
    if n > 64:
        return dict(BLOCK_M=128, BLOCK_N=128, BLOCK_K8=16, num_warps=8, num_stages=3)
    block_n = max(triton.next_power_of_2(n), 16)
    return dict(BLOCK_M=64, BLOCK_N=block_n, BLOCK_K8=16, num_warps=4, num_stages=4)


def unpacked_once(packed: Tensor, scale: Tensor, shift: Tensor, x: Tensor, out: Tensor) -> None:
    """W in scratch, then a matrix multiplication on Hopper's copy engine."""
    m, k8 = packed.shape
    n = out.shape[1]
    w = torch.empty(m, 8 * k8, dtype=torch.float16, device=x.device)
    block = min(triton.next_power_of_2(k8), 512)
    grid = (m * triton.cdiv(k8, block),)
    dequantize_kernel[grid](packed, scale, shift, w, k8, shift.shape[1], BLOCK=block, num_warps=4)

    # The tile for which the busiest processor has least to do; while one value comes from L2, the tensor
    # cores of a processor add up some 64 products.
    def cost(block_n: int) -> int:
        rounds = triton.cdiv(triton.cdiv(m, 128) * triton.cdiv(n, block_n), PROCESSORS)
        return rounds * (128 * block_n + 64 * (128 + block_n))

    # A tile of 128 x 256 that is not stored whole spills registers.
    block_n = min([256, 128] if n % 8 == 0 else [128], key=cost)
    warps, stages = {256: (8, 4), 128: (4, 3)}[block_n]
    matmul_kernel[(triton.cdiv(m, 128) * triton.cdiv(n, block_n),)](
        TensorDescriptor.from_tensor(w, [128, 64]),
        TensorDescriptor.from_tensor(x, [64, block_n]),
        TensorDescriptor.from_tensor(out, [128, block_n]) if n % 8 == 0 else out,
        m,
        n,
        8 * k8,
        ALIGNED_N=n % 8 == 0,
        BLOCK_M=128,
        BLOCK_N=block_n,
        BLOCK_K=64,
        GROUP_M=8,
        num_warps=warps,
        num_stages=stages,
    )


def solve(packed: Tensor, scale: Tensor, shift: Tensor, x: Tensor, out: Tensor) -> None:
    m, k8 = packed.shape
    n = x.shape[1]
    if n % 8:
        x = pad(x, (0, -n % 8))  # rows of a multiple of 16 bytes
    if n > 256 and x.is_cuda and torch.cuda.get_device_capability(x.device)[0] == 9:
        unpacked_once(packed, scale, shift, x, out)
        return

    tile = tiling(n)
    tiles = triton.cdiv(m, tile["BLOCK_M"]) * triton.cdiv(n, tile["BLOCK_N"])
    steps = triton.cdiv(k8, tile["BLOCK_K8"])
    # Four small programs, or one large, run side by side on one of a GPU's hundred or so processors.
    enough = 512 if tile["num_warps"] == 4 else 128
    # At least 8 steps each, so that a part's pipeline has time to fill.
    parts = max(min(enough // tiles, steps // 8), 1)
    steps_per_part = triton.cdiv(steps, parts)
    parts = triton.cdiv(steps, steps_per_part)  # without those that would find nothing left
    results = out if parts == 1 else torch.empty(parts, m, n, dtype=torch.float32, device=x.device)
    quantized_kernel[(parts * tiles,)](
        packed,
        scale,
        shift,
        x,
        results,
        m,
        n,
        k8,
        shift.shape[1],
        x.shape[1] // 8,
        steps_per_part * tile["BLOCK_K8"],
        ALIGNED_K=k8 % 8 == 0,
        ALIGNED_N=n % 8 == 0,
        **tile,
    )
    if parts > 1:
        grid = (triton.cdiv(m * n, 1024),)
        sum_parts_kernel[grid](results, out, parts, m * n, BLOCK=1024, num_warps=4)
