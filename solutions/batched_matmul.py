r"""# Batched matrix multiplication, one loop over the tiles of all products

**Idea.** One number counts the tiles of all products together; a division tells which matrix a tile
belongs to and where in it. From there on it is a matrix multiplication: walk along $k$, adding products
of tiles of $A$ and $B$ to a float32 accumulator. On Hopper only as many programs start as run at the same
time. Each takes one tile after the other, and is split by roles: one warp does nothing but order tiles of
$A$ and $B$ from the copy engine (TMA), two groups of four warps multiply, each 64 rows of a tile of 128 ×
256. That kernel is in Gluon, Triton's lower-level dialect, where barriers and roles are the author's.

**What bounds it.** It depends on the size of one matrix, not on their number:
$2 \cdot batch \cdot mnk$ flops against $2 \cdot batch \cdot (mk + kn + mn)$ bytes are
$mnk / (mk + kn + mn)$ flops per byte, or $n/3$ for square matrices. An H100 does some 250 of fp16 in
the time of a byte, so that below about $n = 750$ memory is the limit, and above it arithmetic. 64 products
of 512³ are 19 µs of an H200's tensor cores, and move 101 MB, for which its memory needs a quarter more
time.

**What matters.**

- *No gaps between tiles.* With a short $k$ a tile is a few steps long, and a program that starts for it
  waits for memory, computes briefly, and stores. Here the loading warp does not know of tiles that end: it
  runs ahead as far as there are buffers, into the next tile, whatever the groups are at.
- *$C$ has a buffer of its own,* half of it for each group. While one group stores, the other multiplies,
  and neither keeps the tiles that were ordered from coming.
- *Two barriers for each buffer.* `ready` counts bytes: the copy engine arrives when the tiles are
  complete. `free` counts the groups: each hands a buffer back once the product that read it is done.
  Steps are counted since the beginning, and the parity of the round tells one use of a buffer from the
  next.
- *The rest of $k$.* The last step of $k = 72$ holds 8 values and 56 zeros. One instruction multiplies 16
  along $k$, and where no more are left a group issues one of them in place of four.
- *Descriptors.* One instruction has the copy engine fetch a tile. The matrices are the first of
  three dimensions, so that beyond the edges of each come zeros, and not the next row or the next matrix.
- *Tiles that fit.* A large tile loads fewer bytes per flop, but a small matrix in tiles of 128 × 256 is
  mostly padding. With up to 64 rows or 128 columns, a kernel without roles takes smaller tiles. There
  `tiling` weighs the two, and the processors that the last round leaves idle.
- *Neighbours share.* The tiles of one matrix have consecutive numbers and run at the same time, so
  that its $A$ and $B$ come from memory once and then from L2.
- *Alignment.* A descriptor, and a load 16 bytes wide, want rows that begin on multiples of 16 bytes:
  $k$ and $n$ must be multiples of 8. If not, `solve` copies the inputs to scratch with rows padded
  by zeros. (Of an integer argument Triton sees only whether 16 divides it; hence $k/8$.)

**Measured.** On an H200 over cold buffers, the kernel without roles, one flattened loop over tiles and
steps, takes 5 % longer for 64 products of 512³, and 14 % longer for 500 of 200 × 136 × 72. cuBLAS takes 1
to 2 % less time than the kernel with roles.

**What was tried and lost.** For the 512³ and the 200 × 136 × 72. With roles: no short step for the rest of
$k$ took 0.6 and 2 % longer; steps of 32 along $k$ where 64 would be mostly padding, 0.9 % longer and 0.8 %
less, the same within the noise; tiles of 256 × 64, which are less padding for 136 columns, 12 % longer
there, as three tiles and not one load each $A$. Without roles, in a run of their own, against the flattened
loop: 16 along $k$ in a step took as long and 19 % longer; small tiles, two or three programs on a
processor, 22 % longer with both; a program for each tile, 9 and 8 %; addresses for each value, 19 and 13 %.

**What goes wrong in the naive version.** A batch on the second grid axis ends at 65535 matrices.
Without a mask along $k$, a tile adds the next row of $A$ times the first rows of the next matrix $B$:
there is memory to read, so nothing crashes. And $p \cdot mk$ in 32 bits wraps once all of $A$ has
$2^{31}$ elements, however small a single matrix is. With roles, a buffer handed back before the product
that reads it is complete is right on most days.

**What it misses.** cuBLAS is ahead by 1 to 2 %. The 512³ take the tensor cores nearly 19 µs, in 3.9 rounds
of tiles of 128 × 256 over 132 processors, and the 101 MB take a quarter longer; but a tile is eight steps
of 64 along $k$, so that a good part of it is the wait for its first loads and the store of its answers. The
200 × 136 × 72 are 12.3 µs of bytes, and tiles of 128 × 256 fill little more than a third of what they
multiply, at the best; each has but two steps along $k$, and a processor takes 7 or 8 of them one after the
other, some 3 µs for each: latency, of which three buffers hide only a part.

**What to try next.** At 200 × 136 × 72 bytes alone take 12 µs: more of them in flight, by more stages of
narrower tiles, of 128 and 16 columns. For tiny matrices: several of them per program. For large ones: a
grouped order of the tiles, as for a single product.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.nn.functional import pad
from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language.nvidia.hopper import (
    fence_async_shared,
    mbarrier,
    tma,
    warpgroup_mma,
    warpgroup_mma_wait,
)
from triton.experimental.gluon.nvidia.hopper import TensorDescriptor as GluonDescriptor
from triton.tools.tensor_descriptor import TensorDescriptor

CHALLENGE = "batched_matmul"

PROCESSORS = 132  # of an H100 or H200


# -- Hopper, a warp that loads and groups of warps that multiply --------------------------------------


@gluon.jit
def place(tile, m, n, ROWS: gl.constexpr, BLOCK_N: gl.constexpr):
    """The product that a tile belongs to, and its first row and column there."""
    tiles_n = gl.cdiv(n, BLOCK_N)
    tiles = gl.cdiv(m, ROWS) * tiles_n  # of one product
    return tile // tiles, tile % tiles // tiles_n * ROWS, tile % tiles_n * BLOCK_N


@gluon.jit
def load_tiles(a_desc, b_desc, buffers, sizes):
    """One warp: the tiles of A and B, step by step, as far ahead as there are buffers."""
    a_tiles, b_tiles, ready, free = buffers
    batch, m, n, k = sizes
    STAGES: gl.constexpr = b_tiles.shape[0]
    GROUPS: gl.constexpr = a_tiles.shape[0] // STAGES
    ROWS: gl.constexpr = a_tiles.shape[2]  # of one group
    BLOCK_K: gl.constexpr = b_tiles.shape[2]
    BLOCK_N: gl.constexpr = b_tiles.shape[3]

    step = 0  # since the beginning
    tiles = batch * gl.cdiv(m, GROUPS * ROWS) * gl.cdiv(n, BLOCK_N)
    for tile in range(gl.program_id(0), tiles, gl.num_programs(0)):
        p, row, column = place(tile, m, n, GROUPS * ROWS, BLOCK_N)
        for start in range(0, k, BLOCK_K):
            stage = step % STAGES
            bar = ready.index(stage)
            mbarrier.wait(free.index(stage), (step // STAGES & 1) ^ 1)
            mbarrier.expect(bar, 2 * BLOCK_K * (GROUPS * ROWS + BLOCK_N))
            for g in gl.static_range(GROUPS):
                a_tile = a_tiles.index(stage * GROUPS + g)
                tma.async_copy_global_to_shared(a_desc, [p, row + g * ROWS, start], bar, a_tile)
            tma.async_copy_global_to_shared(b_desc, [p, start, column], bar, b_tiles.index(stage))
            step += 1


@gluon.jit
def multiply(out_desc, out_tiles, buffers, sizes, GROUP: gl.constexpr):
    """Four warps: ROWS rows of each tile of the answer. While they store, the others multiply."""
    a_tiles, b_tiles, ready, free = buffers
    batch, m, n, k = sizes
    STAGES: gl.constexpr = b_tiles.shape[0]
    GROUPS: gl.constexpr = a_tiles.shape[0] // STAGES
    ROWS: gl.constexpr = a_tiles.shape[2]
    BLOCK_K: gl.constexpr = b_tiles.shape[2]
    BLOCK_N: gl.constexpr = b_tiles.shape[3]
    ACC: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, BLOCK_N, 16])
    out_tile = out_tiles.index(GROUP)

    step = 0  # since the beginning
    tiles = batch * gl.cdiv(m, GROUPS * ROWS) * gl.cdiv(n, BLOCK_N)
    for tile in range(gl.program_id(0), tiles, gl.num_programs(0)):
        p, row, column = place(tile, m, n, GROUPS * ROWS, BLOCK_N)
        acc = gl.zeros([ROWS, BLOCK_N], gl.float32, ACC)
        for start in range(0, k, BLOCK_K):
            stage = step % STAGES
            a_tile = a_tiles.index(stage * GROUPS + GROUP).reshape([ROWS, BLOCK_K])
            b_tile = b_tiles.index(stage).reshape([BLOCK_K, BLOCK_N])
            mbarrier.wait(ready.index(stage), step // STAGES & 1)
            if k - start <= 16:  # one instruction and not four: beyond it there are only zeros
                a_rest = a_tile.slice(0, 16, dim=1)
                b_rest = b_tile.slice(0, 16, dim=0)
                acc = warpgroup_mma(a_rest, b_rest, acc, is_async=True)
                acc = warpgroup_mma_wait(1, deps=[acc])
            else:
                acc = warpgroup_mma(a_tile, b_tile, acc, is_async=True)
                acc = warpgroup_mma_wait(1, deps=[acc])  # the last step's product is done, this one under way
            mbarrier.arrive(free.index((step + STAGES - 1) % STAGES), count=1, pred=start > 0)
            step += 1
        acc = warpgroup_mma_wait(0, deps=[acc])
        mbarrier.arrive(free.index((step + STAGES - 1) % STAGES), count=1)
        tma.store_wait(0)  # the last answers have left the buffer
        out_tile.reshape([ROWS, BLOCK_N]).store(acc.to(gl.float16))
        fence_async_shared()
        tma.async_copy_shared_to_global(out_desc, [p, row + GROUP * ROWS, column], out_tile)
    tma.store_wait(0)


@gluon.jit
def roles_kernel(a_desc, b_desc, out_desc, batch, m, n, k, STAGES: gl.constexpr):
    """C[p, i, j] = sum_l A[p, i, l] * B[p, l, j], in tiles of 2 * ROWS rows.

    One warp loads, two groups of four multiply, ROWS rows each.
    """
    BARRIER: gl.constexpr = mbarrier.MBarrierLayout()
    ROWS: gl.constexpr = a_desc.block_type.shape[1]
    BLOCK_K: gl.constexpr = b_desc.block_type.shape[1]
    BLOCK_N: gl.constexpr = b_desc.block_type.shape[2]
    a_tiles = gl.allocate_shared_memory(gl.float16, [STAGES * 2, 1, ROWS, BLOCK_K], a_desc.layout)
    b_tiles = gl.allocate_shared_memory(gl.float16, [STAGES, 1, BLOCK_K, BLOCK_N], b_desc.layout)
    out_tiles = gl.allocate_shared_memory(gl.float16, [2, 1, ROWS, BLOCK_N], out_desc.layout)
    ready = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    free = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    for stage in gl.static_range(STAGES):
        mbarrier.init(ready.index(stage), count=1)  # the copy engine
        mbarrier.init(free.index(stage), count=2)  # the groups
    fence_async_shared()

    buffers = (a_tiles, b_tiles, ready, free)
    sizes = (batch, m, n, k)
    gl.warp_specialize(
        [
            (multiply, (out_desc, out_tiles, buffers, sizes, 0)),
            (multiply, (out_desc, out_tiles, buffers, sizes, 1)),
            (load_tiles, (a_desc, b_desc, buffers, sizes)),
        ],
        worker_num_warps=[4, 1],
        worker_num_regs=[232, 24],
    )


# -- elsewhere, small matrices, and rows that are not aligned -----------------------------------------


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
    """The same without roles, in tiles that fit; c is a descriptor if ALIGNED_C, else a pointer."""
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


def in_roles(a: Tensor, b: Tensor, out: Tensor) -> None:
    """In tiles of 128 x 256."""

    def descriptor(x: Tensor, *block: int) -> GluonDescriptor:
        layout = gl.NVMMASharedLayout.get_default_for([1, *block], gl.float16)
        return GluonDescriptor(x, list(x.shape), list(x.stride()), [1, *block], layout)

    batch, m, n = out.shape
    tiles = batch * triton.cdiv(m, 128) * triton.cdiv(n, 256)
    roles_kernel[(min(tiles, PROCESSORS),)](
        descriptor(a, 64, 64),
        descriptor(b, 64, 256),
        descriptor(out, 64, 256),
        batch,
        m,
        n,
        a.shape[2],
        STAGES=3,
        num_warps=4,
    )


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    batch, m, k = a.shape
    n = b.shape[2]
    # -k % 8 is what is missing to the next multiple of 8. Zeros along k add nothing to the sum.
    if k % 8:
        a = pad(a, (0, -k % 8))
    if k % 8 or n % 8:
        b = pad(b, (0, -n % 8, 0, -k % 8))
    k, row_b = b.shape[1:]

    aligned = n % 8 == 0
    hopper = a.is_cuda and torch.cuda.get_device_capability(a.device)[0] == 9
    if hopper and aligned and m > 64 and n > 128:  # else half of a tile or more is padding
        in_roles(a, b, out)
        return
    block_m, block_n = tiling(batch, m, n)
    tiles = batch * triton.cdiv(m, block_m) * triton.cdiv(n, block_n)
    if hopper:
        warps, stages, together = {
            (128, 256): (8, 3, 1),
            (128, 128): (8, 4, 1),
            (256, 64): (8, 2, 2),
            (128, 64): (4, 3, 3),
            (64, 64): (4, 3, 4),
        }[block_m, block_n]
        descriptor_kernel[(min(tiles, PROCESSORS * together),)](
            TensorDescriptor.from_tensor(a, [1, block_m, 64]),
            TensorDescriptor.from_tensor(b, [1, 64, block_n]),
            TensorDescriptor.from_tensor(out, [1, block_m, block_n]) if aligned else out,
            batch,
            m,
            n,
            k,
            ALIGNED_C=aligned,
            BLOCK_M=block_m,
            BLOCK_N=block_n,
            BLOCK_K=64,
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
