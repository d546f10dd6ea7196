r"""# Matrix multiplication, tiles brought by the copy engine

**Idea.** Each program owns a `BLOCK_M` by `BLOCK_N` tile of $C$ and walks along $k$, adding the
product of a tile of $A$ and a tile of $B$ to a float32 accumulator at each step. Programs are
numbered so that those running at the same time share rows of $A$ and columns of $B$ in L2. Tiles
come through tensor descriptors: on Hopper one instruction has the copy engine (TMA) fetch a whole
tile and fill it up with zeros beyond the edges. Where tiles of 192 × 256 need one round only, a
kernel in Gluon, Triton's lower-level dialect, takes them: one warp orders tiles, twelve multiply.

**What bounds it.** Arithmetic, once the matrices are large: $2mnk$ flops, against
$2(mk + kn + mn)$ bytes that must cross memory at least once. For $m=n=k$ that is $n/3$ flops per
byte. One step of a program loads `2 * BLOCK_K * (BLOCK_M + BLOCK_N)` bytes for
`2 * BLOCK_M * BLOCK_N * BLOCK_K` flops, so flops per loaded byte grow with the tile: tiles are as
large as registers and shared memory allow. The tensor cores of a processor do 4096 flops per clock,
so that 64 along $k$ of a tile of 192 × 256 take them 1536 clocks.

**What matters.**

- *Whole rounds.* The last programs to start leave processors idle: 2000 × 3000 in tiles of 128 × 256
  is 192 tiles, and 132 processors take two rounds for them, as for 264. In tiles of 128 × 128 it is 384,
  or three rounds of half the work. In tiles of 192 × 256 it is 11 · 12 = 132, one for each processor.
  `tiling` counts rounds, as a plain function of the shape: an autotuner would spend seconds on each new
  shape and could choose differently on another day.
- *192 is no power of 2.* Three groups of four warps take 64 rows each, and share the tile of $B$. At
  2000 × 3000 × 1000 all programs together load 114 MB through L2, against 192 MB in tiles of 128 × 128,
  and wait for their first tiles once, not three times.
- *Two barriers for each buffer.* `ready` counts bytes: the copy engine arrives when the tiles are
  complete. `free` counts the groups: each hands a buffer back once the next product is under way and the
  one that read it is done. The parity of the round tells one use of a buffer from the next.
- *No room for $C$.* Four stages of tiles fill the shared memory. Each group has its part of $C$ leave
  from where a tile of $B$ has been, as soon as all groups have read that one for the last time.
- *One loop over all tiles and steps,* where there are several rounds. The loads of the next tile are
  under way while the last one is stored. A tile of 128 × 256 loads a quarter fewer bytes than two of
  128 × 128 for the same flops, and that counts where $k$ is long.
- *Grouped order.* Row-major order over the tiles of $C$ touches all of $B$ before it returns to
  the same columns. Walking `GROUP_M` tiles down before moving one tile to the right keeps the
  working set of the programs in flight small enough for L2.
- *Alignment.* A descriptor wants rows of whole 16 bytes, 8 values of fp16. Where $k$ (for $B$: $n$) is
  not a multiple of 8, `solve` first copies the matrix to scratch with its rows padded by zeros: that
  moves $O(mk + kn)$ bytes to speed up $O(mnk)$ work. Only $C$ is then stored value by value.

**Measured.** On an H200 over cold buffers, tiles of 128 × 128 and one loop over them take 38 % longer for
2000 × 3000 × 1000 than tiles of 192 × 256, and cuBLAS takes 30 % less than that loop. Of the tall tiles'
time the tensor cores account for 14 µs (16 steps of 1536 clocks), more than half of it, the bytes from
memory for 5. At 4096³ the loop over tiles of 128 × 256 is level with cuBLAS, but for 1 % or less; there the
GPU lowers its clock under the load.

**What was tried and lost.** For tiles of 192 × 256: two groups, each with 64 rows and half the columns of
the other 64, are as fast (1.2 % less time) and longer to tell. Plain Triton, with two dots of 128 and of 64
rows in a step, takes 2.5 % longer, and 3.7 % with three stages. Roles at 4096³ too, two groups for
128 × 256 and a buffer for $C$, so that one group stores while the other multiplies: no difference beyond
the noise of 14 % (in one run they were within the spread of the loop's own times). Before there were tall
tiles, in one run, against one loop, at 4096³ and at 2000 × 3000 × 1000: a program for each tile took 5 and
9 % longer; two smaller programs on each processor, as long and 16 % longer; addresses for each value, 3 and
12 % longer.

**What goes wrong in the naive version.** Accumulating in fp16 loses a bit at nearly every step and
overflows past 65504, even where the answer itself is small. With pointers in place of descriptors, a
missing mask along $k$ is worse than one along $m$ or $n$: it adds values of the next row to every
element of the tile. And Triton takes no factor but 16 from the value of an integer argument, so that
with $k = 1000$ such loads would be narrow unless told otherwise. With roles, a buffer handed back before
the product that reads it is complete is right on most days.

**What to try next.** Tiles shared by two neighbouring processors (clusters, with multicast), which
halves what each fetches from L2. For few tiles and a long $k$: split $k$ over several programs. One round
takes 10 µs beyond its products; what they go to (the launch, the first tiles, waits for L2, the answers)
is yet to be measured.
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


# -- one round of tall tiles, on Hopper ---------------------------------------------------------------


@gluon.jit
def load_tiles(a_desc, b_desc, buffers, sizes, GROUP_M: gl.constexpr):
    """One warp: the tiles of A and B, step by step."""
    a_tiles, b_tiles, ready, free = buffers
    m, n, k = sizes
    STAGES: gl.constexpr = b_tiles.shape[0]
    GROUPS: gl.constexpr = a_tiles.shape[0] // STAGES
    ROWS: gl.constexpr = a_tiles.shape[1]  # of one group
    BLOCK_K: gl.constexpr = b_tiles.shape[1]
    BLOCK_N: gl.constexpr = b_tiles.shape[2]

    row, column = tile_at(gl.program_id(0), m, n, GROUPS * ROWS, BLOCK_N, GROUP_M)
    for step in range(gl.cdiv(k, BLOCK_K)):
        start = step * BLOCK_K
        stage = step % STAGES
        bar = ready.index(stage)
        mbarrier.wait(free.index(stage), (step // STAGES & 1) ^ 1)
        mbarrier.expect(bar, 2 * BLOCK_K * (GROUPS * ROWS + BLOCK_N))
        for g in gl.static_range(GROUPS):
            a_tile = a_tiles.index(stage * GROUPS + g)
            tma.async_copy_global_to_shared(a_desc, [row + g * ROWS, start], bar, a_tile)
        tma.async_copy_global_to_shared(b_desc, [start, column], bar, b_tiles.index(stage))


@gluon.jit
def multiply(out_desc, buffers, sizes, GROUP: gl.constexpr, GROUP_M: gl.constexpr):
    """Four warps: ROWS rows of the tile of C."""
    a_tiles, b_tiles, ready, free = buffers
    m, n, k = sizes
    STAGES: gl.constexpr = b_tiles.shape[0]
    GROUPS: gl.constexpr = a_tiles.shape[0] // STAGES
    ROWS: gl.constexpr = a_tiles.shape[1]
    BLOCK_K: gl.constexpr = b_tiles.shape[1]
    BLOCK_N: gl.constexpr = b_tiles.shape[2]
    # With 16 warps each thread starts with 128 registers, too few for one instruction of 256 columns.
    ACC: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, 128, 16])

    row, column = tile_at(gl.program_id(0), m, n, GROUPS * ROWS, BLOCK_N, GROUP_M)
    acc = gl.zeros([ROWS, BLOCK_N], gl.float32, ACC)
    steps = gl.cdiv(k, BLOCK_K)
    for step in range(steps):
        stage = step % STAGES
        a_tile = a_tiles.index(stage * GROUPS + GROUP)
        mbarrier.wait(ready.index(stage), step // STAGES & 1)
        acc = warpgroup_mma(a_tile, b_tiles.index(stage), acc, is_async=True)
        acc = warpgroup_mma_wait(1, deps=[acc])  # the last step's product is done, this one under way
        mbarrier.arrive(free.index((step + STAGES - 1) % STAGES), count=1, pred=step > 0)
    acc = warpgroup_mma_wait(0, deps=[acc])

    # C leaves from where the three tiles of B before the last have been, one for each group (STAGES > 3).
    use = steps + GROUP
    out_tile = b_tiles.index(use % STAGES)
    mbarrier.wait(free.index(use % STAGES), (use // STAGES & 1) ^ 1)  # read by all groups
    out_tile.store(acc.to(gl.float16))
    fence_async_shared()
    tma.async_copy_shared_to_global(out_desc, [row + GROUP * ROWS, column], out_tile)
    tma.store_wait(0)


@gluon.jit
def roles_kernel(a_desc, b_desc, out_desc, m, n, k, STAGES: gl.constexpr, GROUP_M: gl.constexpr):
    """The same for one tile of 3 * 64 rows: one warp loads, three groups of four multiply, 64 rows each."""
    BARRIER: gl.constexpr = mbarrier.MBarrierLayout()
    ROWS: gl.constexpr = a_desc.block_type.shape[0]
    BLOCK_K: gl.constexpr = b_desc.block_type.shape[0]
    BLOCK_N: gl.constexpr = b_desc.block_type.shape[1]
    a_tiles = gl.allocate_shared_memory(gl.float16, [STAGES * 3, ROWS, BLOCK_K], a_desc.layout)
    b_tiles = gl.allocate_shared_memory(gl.float16, [STAGES, BLOCK_K, BLOCK_N], b_desc.layout)
    ready = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    free = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    for stage in gl.static_range(STAGES):
        mbarrier.init(ready.index(stage), count=1)  # the copy engine
        mbarrier.init(free.index(stage), count=3)  # the groups
    fence_async_shared()

    buffers = (a_tiles, b_tiles, ready, free)
    sizes = (m, n, k)
    gl.warp_specialize(
        [
            (multiply, (out_desc, buffers, sizes, 0, GROUP_M)),
            (multiply, (out_desc, buffers, sizes, 1, GROUP_M)),
            (multiply, (out_desc, buffers, sizes, 2, GROUP_M)),
            (load_tiles, (a_desc, b_desc, buffers, sizes, GROUP_M)),
        ],
        worker_num_warps=[4, 4, 1],
        worker_num_regs=[160, 160, 24],
    )


# -- the choice ---------------------------------------------------------------------------------------


def tiling(m: int, n: int, hopper: bool) -> tuple[int, int]:
    """The tile for which the busiest processor has least to do."""
    if n % 8 == 0:
        tiles = [(128, 256), (128, 128), (64, 64)]
        if hopper and triton.cdiv(m, 192) * triton.cdiv(n, 256) <= PROCESSORS:
            tiles.append((192, 256))
    else:
        # Each element is stored by itself, and keeping the addresses of 128 x 256 would spill registers.
        tiles = [(128, 128), (64, 64)]

    def cost(block_m: int, block_n: int) -> int:
        rounds = triton.cdiv(triton.cdiv(m, block_m) * triton.cdiv(n, block_n), PROCESSORS)
        # While one value comes from L2, the tensor cores of a processor add up some 64 products.
        return rounds * (block_m * block_n + 64 * (block_m + block_n))

    return min(tiles, key=lambda tile: cost(*tile))


def in_tall_tiles(a: Tensor, b: Tensor, out: Tensor) -> None:
    """In tiles of 192 x 256."""

    def descriptor(x: Tensor, *block: int) -> GluonDescriptor:
        layout = gl.NVMMASharedLayout.get_default_for(list(block), gl.float16)
        return GluonDescriptor(x, list(x.shape), list(x.stride()), list(block), layout)

    m, n = out.shape
    roles_kernel[(triton.cdiv(m, 192) * triton.cdiv(n, 256),)](
        descriptor(a, 64, 64),
        descriptor(b, 64, 256),
        descriptor(out, 64, 256),
        m,
        n,
        a.shape[1],
        STAGES=4,
        GROUP_M=16,
        num_warps=4,
    )


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    m, k = a.shape
    n = b.shape[1]
    # -k % 8 is what is missing to the next multiple of 8. Zeros along k add nothing to the sum.
    if k % 8:
        a = pad(a, (0, -k % 8))
    if k % 8 or n % 8:
        b = pad(b, (0, -n % 8, 0, -k % 8))
    k, row_b = b.shape

    hopper = a.is_cuda and torch.cuda.get_device_capability(a.device)[0] == 9
    block_m, block_n = tiling(m, n, hopper)
    if block_m == 192:
        in_tall_tiles(a, b, out)
        return
    aligned = n % 8 == 0
    tile = dict(ALIGNED_C=aligned, BLOCK_M=block_m, BLOCK_N=block_n, BLOCK_K=64, GROUP_M=8)
    tiles = triton.cdiv(m, block_m) * triton.cdiv(n, block_n)
    if hopper:
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
