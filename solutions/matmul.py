r"""# Matrix multiplication, tiles brought by the copy engine

**Idea.** Each program owns a `BLOCK_M` by `BLOCK_N` tile of $C$ and walks along $k$, adding the
product of a tile of $A$ and a tile of $B$ to a float32 accumulator at each step. Programs are
numbered so that those running at the same time share rows of $A$ and columns of $B$ in L2. Tiles
come through tensor descriptors: on Hopper one instruction has the copy engine (TMA) fetch a whole
tile and fill it up with zeros beyond the edges.

**What bounds it.** Arithmetic, once the matrices are large: $2mnk$ flops, against
$2(mk + kn + mn)$ bytes that must cross memory at least once. For $m=n=k$ that is $n/3$ flops per
byte. One step of a program loads `2 * BLOCK_K * (BLOCK_M + BLOCK_N)` bytes for
`2 * BLOCK_M * BLOCK_N * BLOCK_K` flops, so flops per loaded byte grow with the tile: tiles are as
large as registers and shared memory allow.

**What matters.**

- *Whole waves.* The last programs to start leave processors idle: 2000 × 3000 in tiles of 128 × 256
  is 192 tiles, and 132 processors take two rounds for them, as for 264. In tiles of 128 × 128 it is 384,
  or three rounds of half the work. `tiling` counts rounds, as a plain function of the shape: an
  autotuner would spend seconds on each new shape and could choose differently on another day.
- *One program for each processor, and one loop over all its tiles and steps.* The loads of the next
  tile are under way while the last one is stored. A tile of 128 × 256 loads a quarter fewer bytes than
  two of 128 × 128 for the same flops, and that counts where $k$ is long.
- *Grouped order.* Row-major order over the tiles of $C$ touches all of $B$ before it returns to
  the same columns. Walking `GROUP_M` tiles down before moving one tile to the right keeps the
  working set of the programs in flight small enough for L2.
- *Alignment.* A descriptor wants rows of whole 16 bytes, 8 values of fp16. Where $k$ (for $B$: $n$) is
  not a multiple of 8, `solve` first copies the matrix to scratch with its rows padded by zeros: that
  moves $O(mk + kn)$ bytes to speed up $O(mnk)$ work. Only $C$ is then stored value by value.

**Measured.** One run on an H200 over cold buffers, in µs, at 4096³ and at 2000 × 3000 × 1000: 204 and
33.6; a program for each tile, 215 and 36.5; two smaller programs on each processor, 204 and 38.9; the
former version, by addresses, 210 and 37.7; cuBLAS 208 and 22.9. What is
left may be L2, through which tiles of 128 × 128 load 187 MB there.

**What goes wrong in the naive version.** Accumulating in fp16 loses a bit at nearly every step and
overflows past 65504, even where the answer itself is small. With pointers in place of descriptors, a
missing mask along $k$ is worse than one along $m$ or $n$: it adds values of the next row to every
element of the tile. And Triton takes no factor but 16 from the value of an integer argument, so that
with $k = 1000$ such loads would be narrow unless told otherwise.

**What to try next.** Tiles shared by two neighbouring processors (clusters, with multicast), which
halves what each fetches from L2. For few tiles and a long $k$: split $k$ over several programs.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.nn.functional import pad
from triton.tools.tensor_descriptor import TensorDescriptor

CHALLENGE = "matmul"

PROCESSORS = 132  # of an H100 or H200


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
def store_masked(c_ptr, acc, row, column, m, n):
    """The part of a tile that lies within C, through pointers."""
    i = row + tl.arange(0, acc.shape[0])
    j = column + tl.arange(0, acc.shape[1])
    at = i.to(tl.int64)[:, None] * n + j[None, :]  # 64 bits: i * n may pass 2**31
    tl.store(c_ptr + at, acc.to(tl.float16), mask=(i < m)[:, None] & (j < n)[None, :])


@triton.jit
def descriptor_kernel(
    a_desc,
    b_desc,
    c,
    m,
    n,
    k,
    ALIGNED_C: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    GROUP_M: tl.constexpr,
):
    """C[i, j] = sum_l A[i, l] * B[l, j]; c is a descriptor if ALIGNED_C, else a pointer."""
    tiles = tl.cdiv(m, BLOCK_M) * tl.cdiv(n, BLOCK_N)
    # Flattened into one loop over the steps of all tiles: the first of a tile are fetched during the last
    # of another and while that is being stored.
    for pid in tl.range(tl.program_id(0), tiles, tl.num_programs(0), flatten=True):
        row, column = tile_at(pid, m, n, BLOCK_M, BLOCK_N, GROUP_M)
        acc = tl.zeros([BLOCK_M, BLOCK_N], dtype=tl.float32)
        for start in range(0, k, BLOCK_K):
            a = a_desc.load([row, start])  # [BLOCK_M, BLOCK_K]
            b = b_desc.load([start, column])  # [BLOCK_K, BLOCK_N]
            acc = tl.dot(a, b, acc)  # fp16 x fp16 -> fp32
        if ALIGNED_C:
            c.store([row, column], acc.to(tl.float16))
        else:
            store_masked(c, acc, row, column, m, n)


@triton.jit
def pointer_kernel(
    a_ptr,
    b_ptr,
    c_ptr,
    m,
    n,
    k_by_8,
    row_b_by_8,
    ALIGNED_C: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    GROUP_M: tl.constexpr,
):
    """The same for one tile, with an address for each value."""
    # Of an integer argument Triton sees only whether 16 divides it. Here the factor 8 is in plain sight.
    k = 8 * k_by_8  # also the length of a row of A
    row_b = 8 * row_b_by_8  # length of a row of B: n, or n padded to a multiple of 8
    if ALIGNED_C:
        n = row_b  # the same number, but now the compiler knows that 8 divides it
    row, column = tile_at(tl.program_id(0), m, n, BLOCK_M, BLOCK_N, GROUP_M)
    i = row + tl.arange(0, BLOCK_M)
    j = column + tl.arange(0, BLOCK_N)
    inner = tl.arange(0, BLOCK_K)
    # 64 bits: i * k may pass 2**31.
    a_ptrs = a_ptr + i.to(tl.int64)[:, None] * k + inner[None, :]  # [BLOCK_M, BLOCK_K]
    b_ptrs = b_ptr + inner.to(tl.int64)[:, None] * row_b + j[None, :]  # [BLOCK_K, BLOCK_N]
    mask_a = (i < m)[:, None]
    mask_b = (j < row_b)[None, :]  # the padding of B is there to be read; it holds zeros

    acc = tl.zeros([BLOCK_M, BLOCK_N], dtype=tl.float32)
    for start in range(0, k, BLOCK_K):
        left = k - start  # the last step may be short
        a = tl.load(a_ptrs, mask=mask_a & (inner < left)[None, :], other=0.0)
        b = tl.load(b_ptrs, mask=(inner < left)[:, None] & mask_b, other=0.0)
        acc = tl.dot(a, b, acc)
        a_ptrs += BLOCK_K
        b_ptrs += BLOCK_K * row_b
    store_masked(c_ptr, acc, row, column, m, n)


def tiling(m: int, n: int) -> tuple[int, int]:
    """The tile for which the busiest processor has least to do."""
    # Where rows of C are not aligned, each element is stored by itself, and keeping the addresses
    # of a 128 x 256 tile would spill registers.
    tiles = [(128, 256), (128, 128), (64, 64)] if n % 8 == 0 else [(128, 128), (64, 64)]

    def cost(block_m: int, block_n: int) -> int:
        rounds = triton.cdiv(triton.cdiv(m, block_m) * triton.cdiv(n, block_n), PROCESSORS)
        # While one value comes from L2, the tensor cores of a processor add up some 64 products.
        return rounds * (block_m * block_n + 64 * (block_m + block_n))

    return min(tiles, key=lambda tile: cost(*tile))


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    m, k = a.shape
    n = b.shape[1]
    # -k % 8 is what is missing to the next multiple of 8. Zeros along k add nothing to the sum.
    if k % 8:
        a = pad(a, (0, -k % 8))
    if k % 8 or n % 8:
        b = pad(b, (0, -n % 8, 0, -k % 8))
    k, row_b = b.shape

    block_m, block_n = tiling(m, n)
    aligned = n % 8 == 0
    tile = dict(ALIGNED_C=aligned, BLOCK_M=block_m, BLOCK_N=block_n, BLOCK_K=64, GROUP_M=8)
    tiles = triton.cdiv(m, block_m) * triton.cdiv(n, block_n)
    if a.is_cuda and torch.cuda.get_device_capability(a.device)[0] == 9:
        warps, stages = {256: (8, 3), 128: (8, 4), 64: (4, 4)}[block_n]
        descriptor_kernel[(min(tiles, PROCESSORS),)](
            TensorDescriptor.from_tensor(a, [block_m, 64]),
            TensorDescriptor.from_tensor(b, [64, block_n]),
            TensorDescriptor.from_tensor(out, [block_m, block_n]) if aligned else out,
            m,
            n,
            k,
            **tile,
            num_warps=warps,
            num_stages=stages,
        )
    else:
        warps = 4 if block_n == 64 else 8
        pointer_kernel[(tiles,)](a, b, out, m, n, k // 8, row_b // 8, **tile, num_warps=warps, num_stages=3)
