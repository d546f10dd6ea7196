r"""# Batched matrix multiplication, one loop over the tiles of all products

**Idea.** One number counts the tiles of all products together; a division tells which matrix a tile
belongs to and where in it. From there on it is a matrix multiplication: walk along $k$, adding products
of tiles of $A$ and $B$ to a float32 accumulator. On Hopper only as many programs start as run at the same
time. Each takes one tile after the other, and its loads run ahead of the tile that it is at.

**What bounds it.** It depends on the size of one matrix, not on their number:
$2 \cdot batch \cdot mnk$ flops against $2 \cdot batch \cdot (mk + kn + mn)$ bytes are
$mnk / (mk + kn + mn)$ flops per byte, or $n/3$ for square matrices. An H100 does some 250 of fp16 in
the time of a byte, so that below about $n = 750$ memory is the limit, and above it arithmetic.

**What matters.**

- *No gaps between tiles.* With a short $k$ a tile is a few steps long, and a program that starts for it
  waits for memory, computes briefly, and stores. Flattening the two loops, over tiles and along $k$,
  has the pipeline fetch the first steps of the next tile meanwhile.
- *Descriptors.* One instruction has the copy engine (TMA) fetch a tile. The matrices are the first of
  three dimensions, so that beyond the edges of each come zeros, and not the next row or the next matrix.
- *Tiles that fit.* A large tile loads fewer bytes per flop, but a matrix of 200 × 136 in tiles of
  128 × 256 is mostly padding. `tiling` weighs the two, and the processors that the last round leaves
  idle.
- *Neighbours share.* The tiles of one matrix have consecutive numbers and run at the same time, so
  that its $A$ and $B$ come from memory once and then from L2.
- *Alignment.* A descriptor, and a load 16 bytes wide, want rows that begin on multiples of 16 bytes:
  $k$ and $n$ must be multiples of 8. If not, `solve` copies the inputs to scratch with rows padded
  by zeros. (Of an integer argument Triton sees only whether 16 divides it; hence $k/8$.)

**Measured.** One run on an H200 over cold buffers, in µs, at 64 products of 512³ and at 500 of 200 ×
136 × 72: 35.9 and 28.0; 16 along $k$ in a step instead of 64, 35.9 and 33.4; small tiles, two or three
programs on a processor, 43.9 and 34.2; a program for each tile, 39.1 and 30.1; the former version, by
addresses, 42.7 and 31.7. cuBLAS takes 34.0 and 24.2: the small matrices fill their padded tiles to two
thirds, and what is left is latency.

**What goes wrong in the naive version.** A batch on the second grid axis ends at 65535 matrices.
Without a mask along $k$, a tile adds the next row of $A$ times the first rows of the next matrix $B$:
there is memory to read, so nothing crashes. And $p \cdot mk$ in 32 bits wraps once all of $A$ has
$2^{31}$ elements, however small a single matrix is.

**What to try next.** For tiny matrices: several of them per program. For large ones: a grouped order
of the tiles, as for a single product.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.nn.functional import pad
from triton.tools.tensor_descriptor import TensorDescriptor

CHALLENGE = "batched_matmul"

PROCESSORS = 132  # of an H100 or H200


@triton.jit
def store_masked(c_ptr, acc, row, column, m, n):
    """The part of a tile that lies within one C, through pointers."""
    i = row + tl.arange(0, acc.shape[0])
    j = column + tl.arange(0, acc.shape[1])
    at = i.to(tl.int64)[:, None] * n + j[None, :]
    tl.store(c_ptr + at, acc.to(tl.float16), mask=(i < m)[:, None] & (j < n)[None, :])


@triton.jit
def descriptor_kernel(
    a_desc,
    b_desc,
    c,
    batch,
    m,
    n,
    k,
    ALIGNED_C: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """C[p, i, j] = sum_l A[p, i, l] * B[p, l, j]; c is a descriptor if ALIGNED_C, else a pointer."""
    tiles_n = tl.cdiv(n, BLOCK_N)
    tiles = tl.cdiv(m, BLOCK_M) * tiles_n  # of one product
    # Flattened into one loop over the steps of all tiles: the first of a tile are fetched during the last
    # of another and while that is being stored.
    for pid in tl.range(tl.program_id(0), batch * tiles, tl.num_programs(0), flatten=True):
        p = pid // tiles
        row = pid % tiles // tiles_n * BLOCK_M
        column = pid % tiles_n * BLOCK_N
        acc = tl.zeros([BLOCK_M, BLOCK_N], dtype=tl.float32)
        for start in range(0, k, BLOCK_K):
            a = a_desc.load([p, row, start]).reshape(BLOCK_M, BLOCK_K)
            b = b_desc.load([p, start, column]).reshape(BLOCK_K, BLOCK_N)
            acc = tl.dot(a, b, acc)  # fp16 x fp16 -> fp32
        if ALIGNED_C:
            c.store([p, row, column], acc.to(tl.float16).reshape(1, BLOCK_M, BLOCK_N))
        else:
            # 64 bits: p * m * n may pass 2**31.
            store_masked(c + p.to(tl.int64) * m * n, acc, row, column, m, n)


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
):
    """The same for one tile, with an address for each value."""
    # Of an integer argument Triton sees only whether 16 divides it. Here the factor 8 is in plain sight.
    k = 8 * k_by_8  # also the length of a row of A
    row_b = 8 * row_b_by_8  # length of a row of B: n, or n padded to a multiple of 8
    if ALIGNED_C:
        n = row_b  # the same number, but now the compiler knows that 8 divides it

    tiles_m = tl.cdiv(m, BLOCK_M)
    tiles_n = tl.cdiv(n, BLOCK_N)
    pid = tl.program_id(0)
    p = (pid // (tiles_m * tiles_n)).to(tl.int64)  # 64 bits: p * m * k may pass 2**31
    tile = pid % (tiles_m * tiles_n)
    a_ptr += p * m * k
    b_ptr += p * k * row_b
    c_ptr += p * m * n

    row = tile // tiles_n * BLOCK_M
    column = tile % tiles_n * BLOCK_N
    rows = row + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    columns = column + tl.arange(0, BLOCK_N)  # [BLOCK_N]
    inner = tl.arange(0, BLOCK_K)  # [BLOCK_K]

    a_ptrs = a_ptr + rows.to(tl.int64)[:, None] * k + inner[None, :]  # [BLOCK_M, BLOCK_K]
    b_ptrs = b_ptr + inner.to(tl.int64)[:, None] * row_b + columns[None, :]  # [BLOCK_K, BLOCK_N]
    mask_a = (rows < m)[:, None]
    mask_b = (columns < row_b)[None, :]  # the padding of B is there to be read; it holds zeros

    acc = tl.zeros([BLOCK_M, BLOCK_N], dtype=tl.float32)
    for start in range(0, k, BLOCK_K):
        left = k - start  # the last step may be short
        a = tl.load(a_ptrs, mask=mask_a & (inner < left)[None, :], other=0.0)
        b = tl.load(b_ptrs, mask=(inner < left)[:, None] & mask_b, other=0.0)
        acc = tl.dot(a, b, acc)  # fp16 x fp16 -> fp32
        a_ptrs += BLOCK_K
        b_ptrs += BLOCK_K * row_b
    store_masked(c_ptr, acc, row, column, m, n)


def tiling(batch: int, m: int, n: int) -> tuple[int, int]:
    """The tile for which the busiest processor has least to do."""
    # Where rows of C are not aligned, each element is stored by itself, and keeping the addresses
    # of a 128 x 256 tile would spill registers.
    tiles = [(128, 256), (128, 128), (256, 64), (128, 64), (64, 64)] if n % 8 == 0 else [(128, 128), (64, 64)]

    def cost(block_m: int, block_n: int) -> int:
        rounds = triton.cdiv(batch * triton.cdiv(m, block_m) * triton.cdiv(n, block_n), PROCESSORS)
        # While one value comes from L2, the tensor cores of a processor add up some 64 products.
        return rounds * (block_m * block_n + 64 * (block_m + block_n))

    return min(tiles, key=lambda tile: cost(*tile))


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    batch, m, k = a.shape
    n = b.shape[2]
    # -k % 8 is what is missing to the next multiple of 8. Zeros along k add nothing to the sum.
    if k % 8:
        a = pad(a, (0, -k % 8))
    if k % 8 or n % 8:
        b = pad(b, (0, -n % 8, 0, -k % 8))
    k, row_b = b.shape[1:]

    block_m, block_n = tiling(batch, m, n)
    aligned = n % 8 == 0
    tiles = batch * triton.cdiv(m, block_m) * triton.cdiv(n, block_n)
    if a.is_cuda and torch.cuda.get_device_capability(a.device)[0] == 9:
        block_k, warps, stages, together = {
            (128, 256): (64, 8, 3, 1),
            (128, 128): (64, 8, 4, 1),
            (256, 64): (64, 8, 2, 2),
            (128, 64): (64, 4, 3, 3),
            (64, 64): (64, 4, 3, 4),
        }[block_m, block_n]
        descriptor_kernel[(min(tiles, PROCESSORS * together),)](
            TensorDescriptor.from_tensor(a, [1, block_m, block_k]),
            TensorDescriptor.from_tensor(b, [1, block_k, block_n]),
            TensorDescriptor.from_tensor(out, [1, block_m, block_n]) if aligned else out,
            batch,
            m,
            n,
            k,
            ALIGNED_C=aligned,
            BLOCK_M=block_m,
            BLOCK_N=block_n,
            BLOCK_K=block_k,
            num_warps=warps,
            num_stages=stages,
        )
    else:
        pointer_kernel[(tiles,)](
            a,
            b,
            out,
            m,
            n,
            k // 8,
            row_b // 8,
            ALIGNED_C=aligned,
            BLOCK_M=block_m,
            BLOCK_N=block_n,
            BLOCK_K=32 if block_n == 64 else 64,
            num_warps=8 if block_m * block_n >= 16384 else 4,
            num_stages=3,
        )
