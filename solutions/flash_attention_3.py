r"""# FlashAttention-3: warps that load, warps that compute, and a softmax that meets the other's products

**Idea.** On Hopper a program is split by roles: one warp does nothing but order tiles of $Q$, $K$
and $V$ from the copy engine (TMA), two or three groups of four warps compute, each for 64 rows of $Q$. Each
group issues the product $q k^\top$ of the next tile and $p v$ of the last one together, without
waiting; while one group takes its exponentials, the tensor cores work for the other (Shah et al.,
2024). It is written in Gluon, Triton's lower-level dialect, where layouts, barriers and roles are
the author's; elsewhere, and in float32, a portable kernel does the same sums without the overlap.

**What bounds it.** Arithmetic of two kinds. A score costs $4 d$ flops in the tensor cores, at 4096
flops per clock of an SM, and one exponential, at 16 per clock. With $d = 64$ both take $1/16$ of a
clock: done one after the other, half of either unit idles. With $d = 128$ the products take twice
as long as the exponentials, and the GPU lowers its clock before either unit is full. Memory hardly
counts as long as the cache holds what is in use: $Q$, $K$, $V$ and `out` move once, $2 \cdot 4
\cdot N d$ bytes for $4 N^2 d$ flops.

**What matters.**

- *Order of issue.* `warpgroup_mma(..., is_async=True)` returns at once. In a round a group issues
  $s_i = q k_i^\top$, then $acc \mathrel{+}= p_{i-1} v_{i-1}$, and waits until at most one product
  is under way: that is $s_i$ done. The old factor $e^{m - m'}$ is applied after $p v$ has arrived,
  as its terms were taken with the old maximum too.
- *Sections of heads.* The keys and values of 64 heads of 4096 are 128 MB, of which programs that
  run at once would touch all. Heads are taken in sections of 32 MB, which the L2 cache holds: that took 6 %
  off the time of (4, 16, 4096, 128), and 6 % off that of the same with a causal mask.
- *A program that stays.* Without a mask all output tiles are alike. One program for each SM then
  takes one after the other, and its loading warp fetches the next $Q$, $K$, $V$ while the last `out` is
  being written: 4 % less time at (4, 16, 4096, 64). With a causal mask tiles differ in length, a fixed
  share of them for each SM is uneven (it took 13 % longer at (1, 16, 16384, 128)), and the hardware deals
  them out better, the longest first.
- *Turns.* Two barriers have the groups issue their products by turns (ping-pong), so that they stay half a
  round apart: 3.5 % less time at (4, 16, 4096, 64), nothing at $d = 128$.
- *A third group.* At $d = 64$ a group needs no more than 160 registers per thread, so three fit. While one
  takes its exponentials there are two others to keep the tensor cores busy: 8 % less time than with two
  groups at (4, 16, 4096, 64), in a run where cuDNN took 4 % less than two groups. The diagonal cuts two
  tiles of keys for the 192 rows of a causal program, but one for each group: a group begins at the last
  tile that its own rows see, and hands back what only later groups need. That is 9 % less time than with
  two groups at (1, 16, 16384, 64), where cuDNN took 1 % more than two groups.
- *Two barriers for each buffer.* `ready` counts bytes: the copy engine arrives when the tile is
  complete. `free` counts the groups: the loading warp waits for all before it overwrites. The
  parity of the round tells one use of a buffer from the next, and the first wait for `free` passes
  because no phase has begun.
- *Registers by role.* A group keeps $s$ ($64 \times 128$ floats, 64 registers per thread), the
  running $p$ and $acc$; the loading warp keeps a few integers. The register file is dealt out so:
  240 for a computing thread, 24 for a loading one.
- *From the diagonal back.* A group's last tile of keys is the only one that is cut, by the diagonal or by
  the end of the sequence. It comes first, outside the loop, and the loop has no mask.

**What was tried and lost.** ptxas moves the wait for $p v$ above the exponentials, whatever order
the source has. A wait for the next tile's barrier between them (a branch) does keep it below, and
then a group's own softmax runs under its own $p v$ as in the paper; but two groups overlap each
other already, and it costs: 7 % more time at (1, 16, 16384, 128), 3 % more at (4, 16, 4096, 64). Handing
the tensor cores over only when a group's products are done: 640 µs there. Three stages instead of two at
$d = 128$ took 1.6 % longer. Tiles of 64 keys instead of 128 took 19 % longer at (1, 16, 16384, 64). Every
fourth exponential as a polynomial of degree 3, on the units that multiply and add, took 1.3 % less time
with two groups at (4, 16, 4096, 64), but 16 % more with three, and 7 % more at $d = 128$, where those units
are the busier ones.

**What goes wrong in the naive version.** Waiting for $s$ right after its product leaves the tensor
cores idle during the softmax, whatever the loads do. Handing a buffer back before the product that
reads it is complete works on most days.

**What to try next.** Causal tiles dealt out by an atomic counter to programs that stay. A third group at
$d = 128$ has no registers: $acc$ and $s$ alone take 128 of the 160 of a thread.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language.nvidia.hopper import (
    fence_async_shared,
    mbarrier,
    tma,
    warpgroup_mma,
    warpgroup_mma_wait,
)
from triton.experimental.gluon.nvidia.hopper import TensorDescriptor

CHALLENGE = "flash_attention"

LOG2E = 1.4426950408889634
GROUP_M = 64  # rows of q for each group of four warps
BLOCK_N = 128  # keys in a tile; a multiple of GROUP_M, so that the diagonal cuts only one for each group
L2_BYTES = 32 << 20  # of keys and values that may be in use at once


# -- Hopper -------------------------------------------------------------------------------------------


@gluon.jit
def place(tile, grid, ROWS: gl.constexpr, BLOCK_N: gl.constexpr, CAUSAL: gl.constexpr):
    """The head of an output tile of ROWS rows, its first row, and the number of key tiles that it sees.

    A section of heads at a time, whose keys and values stay in the L2 cache; of these all heads' last rows
    first, which with a causal mask take longest.
    """
    heads, section, seq = grid
    blocks = gl.cdiv(seq, ROWS)
    first_head = tile // (section * blocks) * section
    width = gl.minimum(section, heads - first_head)
    within = tile - first_head * blocks
    first_row = (blocks - 1 - within // width) * ROWS
    keys = seq
    if CAUSAL:
        keys = gl.minimum(first_row + ROWS, seq)
    return first_head + within % width, first_row, gl.cdiv(keys, BLOCK_N)


@gluon.jit
def load_tiles(descriptors, tiles, barriers, grid, CAUSAL: gl.constexpr):
    """One warp: for each output tile q once, then k and v tile by tile, from the last to the first."""
    q_desc, k_desc, v_desc = descriptors  # of the rows of all heads
    q_tiles, k_tiles, v_tiles = tiles
    q_ready, q_free, k_ready, k_free, v_ready, v_free, _ = barriers
    heads, _, seq = grid
    GROUPS: gl.constexpr = q_tiles.shape[0]
    STAGES: gl.constexpr = k_tiles.shape[0]
    BLOCK_N: gl.constexpr = k_tiles.shape[1]
    GROUP_M: gl.constexpr = q_tiles.shape[1]
    ROW_BYTES: gl.constexpr = q_tiles.shape[2] * 2  # of 16-bit numbers

    done, loaded = 0, 0  # output tiles, and tiles of k and v, since the beginning
    count = heads * gl.cdiv(seq, GROUPS * GROUP_M)
    for tile in range(gl.program_id(0), count, gl.num_programs(0)):
        head, first_row, blocks = place(tile, grid, GROUPS * GROUP_M, BLOCK_N, CAUSAL)
        for g in gl.static_range(GROUPS):
            mbarrier.wait(q_free.index(g), (done & 1) ^ 1)
            mbarrier.expect(q_ready.index(g), GROUP_M * ROW_BYTES)
            row = head * seq + first_row + g * GROUP_M
            tma.async_copy_global_to_shared(q_desc, [row, 0], q_ready.index(g), q_tiles.index(g))
        for i in range(blocks):
            stage, parity = loaded % STAGES, (loaded // STAGES) & 1
            row = head * seq + (blocks - 1 - i) * BLOCK_N
            mbarrier.wait(k_free.index(stage), parity ^ 1)
            mbarrier.expect(k_ready.index(stage), BLOCK_N * ROW_BYTES)
            tma.async_copy_global_to_shared(k_desc, [row, 0], k_ready.index(stage), k_tiles.index(stage))
            mbarrier.wait(v_free.index(stage), parity ^ 1)
            mbarrier.expect(v_ready.index(stage), BLOCK_N * ROW_BYTES)
            tma.async_copy_global_to_shared(v_desc, [row, 0], v_ready.index(stage), v_tiles.index(stage))
            loaded += 1
        done += 1


@gluon.jit
def attend(
    tiles, barriers, outputs, grid, sizes, GROUP: gl.constexpr, CAUSAL: gl.constexpr, TURNS: gl.constexpr
):
    """Four warps: for each output tile GROUP_M rows of out and lse.

    Seeing a tile s = scale log2(e) q k^T:   m'   = max(m, max_j s_j)
                                             p    = 2^(s - m')
                                             l'   = l 2^(m - m') + sum_j p_j
                                             acc' = acc 2^(m - m') + p v
    """
    q_tiles, k_tiles, v_tiles = tiles
    q_ready, q_free, k_ready, k_free, v_ready, v_free, turn = barriers
    out_ptr, lse_ptr = outputs
    heads, _, seq = grid
    dim, scale = sizes
    GROUPS: gl.constexpr = q_tiles.shape[0]
    STAGES: gl.constexpr = k_tiles.shape[0]
    BLOCK_N: gl.constexpr = k_tiles.shape[1]
    GROUP_M: gl.constexpr = q_tiles.shape[1]
    BLOCK_D: gl.constexpr = q_tiles.shape[2]
    # How the four warps hold s, acc, and p as the left operand of p v: 16 rows for each warp.
    S: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, BLOCK_N, 16])
    ACC: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, BLOCK_D, 16])
    P: gl.constexpr = gl.DotOperandLayout(operand_index=0, parent=ACC, k_width=2)
    q = q_tiles.index(GROUP)  # [GROUP_M, BLOCK_D]
    zero = gl.zeros([GROUP_M, BLOCK_N], gl.float32, S)

    done, seen, turns = 0, 0, 0  # output tiles, tiles of k and v, and turns, since the beginning
    count = heads * gl.cdiv(seq, GROUPS * GROUP_M)
    for tile in range(gl.program_id(0), count, gl.num_programs(0)):
        head, first_row, blocks = place(tile, grid, GROUPS * GROUP_M, BLOCK_N, CAUSAL)
        row = first_row + GROUP * GROUP_M + gl.arange(0, GROUP_M, gl.SliceLayout(1, S))  # [GROUP_M]

        # Tiles that only later groups see are handed back; it takes their barriers to stay in step.
        mine = blocks
        if CAUSAL:
            mine = gl.cdiv(gl.minimum(first_row + (GROUP + 1) * GROUP_M, seq), BLOCK_N)
        for _ in range(mine, blocks):
            stage, parity = seen % STAGES, (seen // STAGES) & 1
            mbarrier.wait(k_ready.index(stage), parity)
            mbarrier.arrive(k_free.index(stage), count=1)
            mbarrier.wait(v_ready.index(stage), parity)
            mbarrier.arrive(v_free.index(stage), count=1)
            seen += 1

        # The last tile: the only one that the diagonal or the end of the sequence cuts.
        stage, parity = seen % STAGES, (seen // STAGES) & 1
        mbarrier.wait(q_ready.index(GROUP), done & 1)
        mbarrier.wait(k_ready.index(stage), parity)
        s = warpgroup_mma(q, k_tiles.index(stage).permute((1, 0)), zero, use_acc=False, is_async=True)
        s = warpgroup_mma_wait(0, deps=[s])  # [GROUP_M, BLOCK_N]
        mbarrier.arrive(k_free.index(stage), count=1)
        key = (mine - 1) * BLOCK_N + gl.arange(0, BLOCK_N, gl.SliceLayout(0, S))  # [BLOCK_N]
        visible = (key < seq)[None, :]
        if CAUSAL:
            visible = visible & (key[None, :] <= row[:, None])
        s = gl.where(visible, s, -float("inf"))
        m = gl.max(s, axis=1) * scale  # [GROUP_M], finite: each row sees the first key of this tile
        p_next = gl.exp2(s * scale - m[:, None])
        l = gl.sum(p_next, axis=1)  # [GROUP_M]
        p = gl.convert_layout(p_next.to(k_tiles.dtype), P)  # [GROUP_M, BLOCK_N]
        acc = gl.zeros([GROUP_M, BLOCK_D], gl.float32, ACC)

        for _ in range(1, mine):
            last, last_parity = stage, parity
            seen += 1
            stage, parity = seen % STAGES, (seen // STAGES) & 1
            mbarrier.wait(k_ready.index(stage), parity)
            if TURNS:
                mbarrier.wait(turn.index(GROUP), (turns ^ (1 if GROUP == 0 else 0)) & 1)
            s_mma = warpgroup_mma(q, k_tiles.index(stage).permute((1, 0)), zero, use_acc=False, is_async=True)
            mbarrier.wait(v_ready.index(last), last_parity)
            acc_mma = warpgroup_mma(p, v_tiles.index(last), acc, is_async=True)
            if TURNS:
                mbarrier.arrive(turn.index((GROUP + 1) % GROUPS), count=1)
                turns += 1
            s = warpgroup_mma_wait(1, deps=[s_mma])  # s has arrived; p v may still be under way
            mbarrier.arrive(k_free.index(stage), count=1)

            m_next = gl.maximum(m, gl.max(s, axis=1) * scale)
            alpha = gl.exp2(m - m_next)
            p_next = gl.exp2(s * scale - m_next[:, None])
            l = l * alpha + gl.sum(p_next, axis=1)
            m = m_next

            acc, p = warpgroup_mma_wait(0, deps=[acc_mma, p])
            mbarrier.arrive(v_free.index(last), count=1)
            acc = acc * gl.convert_layout(alpha, gl.SliceLayout(1, ACC))[:, None]
            p = gl.convert_layout(p_next.to(k_tiles.dtype), P)

        mbarrier.arrive(q_free.index(GROUP), count=1)
        mbarrier.wait(v_ready.index(stage), parity)
        acc_mma = warpgroup_mma(p, v_tiles.index(stage), acc, is_async=True)
        acc, p = warpgroup_mma_wait(0, deps=[acc_mma, p])
        mbarrier.arrive(v_free.index(stage), count=1)
        seen += 1
        done += 1

        start = head.to(gl.int64) * seq  # 64 bits: the elements of all heads may pass 2**31
        lse = (m + gl.log2(l)) * 0.6931471805599453  # from base 2 to natural
        gl.store(lse_ptr + start + row, lse, mask=row < seq)
        acc = acc * gl.convert_layout(1.0 / l, gl.SliceLayout(1, ACC))[:, None]
        row = first_row + GROUP * GROUP_M + gl.arange(0, GROUP_M, gl.SliceLayout(1, ACC))
        d = gl.arange(0, BLOCK_D, gl.SliceLayout(0, ACC))  # [BLOCK_D]
        offsets = start * dim + row[:, None] * dim + d[None, :]  # [GROUP_M, BLOCK_D]
        mask = (row < seq)[:, None] & (d < dim)[None, :]
        gl.store(out_ptr + offsets, acc.to(k_tiles.dtype), mask=mask)


@gluon.jit
def hopper_kernel(
    q_desc,
    k_desc,
    v_desc,
    out_ptr,
    lse_ptr,
    heads,
    section,
    seq,
    dim,
    scale,
    CAUSAL: gl.constexpr,
    TURNS: gl.constexpr,
    GROUPS: gl.constexpr,
    STAGES: gl.constexpr,
):
    """out = softmax(q k^T / sqrt(dim)) v for tiles of GROUPS * GROUP_M rows of a head, and the rows' lse."""
    GROUP_M: gl.constexpr = q_desc.block_type.shape[0]
    BLOCK_N: gl.constexpr = k_desc.block_type.shape[0]
    BLOCK_D: gl.constexpr = k_desc.block_type.shape[1]
    BARRIER: gl.constexpr = mbarrier.MBarrierLayout()
    q_tiles = gl.allocate_shared_memory(q_desc.dtype, [GROUPS, GROUP_M, BLOCK_D], q_desc.layout)
    k_tiles = gl.allocate_shared_memory(k_desc.dtype, [STAGES, BLOCK_N, BLOCK_D], k_desc.layout)
    v_tiles = gl.allocate_shared_memory(v_desc.dtype, [STAGES, BLOCK_N, BLOCK_D], v_desc.layout)
    q_ready = gl.allocate_shared_memory(gl.int64, [GROUPS, 1], BARRIER)
    q_free = gl.allocate_shared_memory(gl.int64, [GROUPS, 1], BARRIER)
    turn = gl.allocate_shared_memory(gl.int64, [GROUPS, 1], BARRIER)
    k_ready = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    k_free = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    v_ready = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    v_free = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    for g in gl.static_range(GROUPS):
        mbarrier.init(q_ready.index(g), count=1)  # the copy engine
        mbarrier.init(q_free.index(g), count=1)  # the group
        mbarrier.init(turn.index(g), count=1)  # the group before
    for stage in gl.static_range(STAGES):
        mbarrier.init(k_ready.index(stage), count=1)
        mbarrier.init(v_ready.index(stage), count=1)
        mbarrier.init(k_free.index(stage), count=GROUPS)
        mbarrier.init(v_free.index(stage), count=GROUPS)
    fence_async_shared()

    tiles = (q_tiles, k_tiles, v_tiles)
    barriers = (q_ready, q_free, k_ready, k_free, v_ready, v_free, turn)
    outputs = (out_ptr, lse_ptr)
    grid = (heads, section, seq)
    loads = ((q_desc, k_desc, v_desc), tiles, barriers, grid, CAUSAL)
    if GROUPS == 2:
        gl.warp_specialize(
            [
                (attend, (tiles, barriers, outputs, grid, (dim, scale), 0, CAUSAL, TURNS)),
                (attend, (tiles, barriers, outputs, grid, (dim, scale), 1, CAUSAL, TURNS)),
                (load_tiles, loads),
            ],
            worker_num_warps=[4, 1],
            worker_num_regs=[240, 24],
        )
    else:
        gl.warp_specialize(
            [
                (attend, (tiles, barriers, outputs, grid, (dim, scale), 0, CAUSAL, TURNS)),
                (attend, (tiles, barriers, outputs, grid, (dim, scale), 1, CAUSAL, TURNS)),
                (attend, (tiles, barriers, outputs, grid, (dim, scale), 2, CAUSAL, TURNS)),
                (load_tiles, loads),
            ],
            worker_num_warps=[4, 4, 1],
            worker_num_regs=[160, 160, 24],
        )


def on_hopper(q: Tensor, k: Tensor, v: Tensor, causal: bool, out: Tensor, lse: Tensor) -> None:
    batch, heads, seq, dim = q.shape
    pairs = batch * heads
    rows = pairs * seq
    block_d = triton.next_power_of_2(dim)  # beyond dim the copy engine fills in zeros
    dtype = gl.float16 if q.dtype == torch.float16 else gl.bfloat16

    def descriptor(x: Tensor, block: int) -> TensorDescriptor:
        layout = gl.NVMMASharedLayout.get_default_for([block, block_d], dtype)
        return TensorDescriptor(x, [rows, dim], [dim, 1], [block, block_d], layout)

    # A third group where registers allow it.
    groups = 3 if block_d <= 64 else 2
    programs = pairs * triton.cdiv(seq, groups * GROUP_M)
    if not causal:  # all tiles are alike: a program for each SM, that takes one after the other
        programs = min(programs, torch.cuda.get_device_properties(q.device).multi_processor_count)
    hopper_kernel[(programs,)](
        descriptor(q, GROUP_M),
        descriptor(k, BLOCK_N),
        descriptor(v, BLOCK_N),
        out,
        lse,
        pairs,
        max(1, min(pairs, L2_BYTES // (2 * k.element_size() * seq * dim))),
        seq,
        dim,
        LOG2E / dim**0.5,
        CAUSAL=causal,
        TURNS=not causal,
        GROUPS=groups,
        STAGES=4 if block_d <= 64 else 2,
        num_warps=4,
    )


# -- other devices, and float32 -----------------------------------------------------------------------


@triton.jit
def portable_kernel(
    q_ptr,
    k_ptr,
    v_ptr,
    out_ptr,
    lse_ptr,
    seq,
    dim,
    scale,
    CAUSAL: tl.constexpr,
    PRECISION: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_D: tl.constexpr,
):
    """The same recurrence for BLOCK_M rows of one head, one step after the other."""
    tiles = tl.cdiv(seq, BLOCK_M)
    head = (tl.program_id(0) // tiles).to(tl.int64)
    first_row = (tiles - 1 - tl.program_id(0) % tiles) * BLOCK_M
    row = first_row + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    d = tl.arange(0, BLOCK_D)  # [BLOCK_D]
    start = head * seq * dim
    mask_q = (row < seq)[:, None] & (d < dim)[None, :]
    q = tl.load(q_ptr + start + row[:, None] * dim + d[None, :], mask=mask_q, other=0.0)

    m = tl.full([BLOCK_M], -float("inf"), dtype=tl.float32)
    l = tl.zeros([BLOCK_M], dtype=tl.float32)
    acc = tl.zeros([BLOCK_M, BLOCK_D], dtype=tl.float32)
    keys = tl.minimum(first_row + BLOCK_M, seq) if CAUSAL else seq
    for first_key in range(0, keys, BLOCK_N):
        key = first_key + tl.arange(0, BLOCK_N)  # [BLOCK_N]
        mask_k = (key < seq)[:, None] & (d < dim)[None, :]
        offsets = start + key[:, None] * dim + d[None, :]
        k = tl.load(k_ptr + offsets, mask=mask_k, other=0.0)  # [BLOCK_N, BLOCK_D]
        v = tl.load(v_ptr + offsets, mask=mask_k, other=0.0)
        s = tl.dot(q, tl.trans(k), input_precision=PRECISION) * scale  # [BLOCK_M, BLOCK_N]
        visible = (key < seq)[None, :]
        if CAUSAL:
            visible = visible & (key[None, :] <= row[:, None])
        s = tl.where(visible, s, -float("inf"))
        m_next = tl.maximum(m, tl.max(s, axis=1))  # finite: every row sees key 0, in the first tile
        alpha = tl.exp2(m - m_next)
        p = tl.exp2(s - m_next[:, None])
        l = l * alpha + tl.sum(p, axis=1)
        acc = tl.dot(p.to(v.dtype), v, acc * alpha[:, None], input_precision=PRECISION)
        m = m_next

    tl.store(lse_ptr + head * seq + row, (m + tl.log2(l)) * 0.6931471805599453, mask=row < seq)
    out = (acc / l[:, None]).to(q.dtype)
    tl.store(out_ptr + start + row[:, None] * dim + d[None, :], out, mask=mask_q)


def anywhere(q: Tensor, k: Tensor, v: Tensor, causal: bool, out: Tensor, lse: Tensor) -> None:
    batch, heads, seq, dim = q.shape
    block_m, block_n = (64, 32) if q.dtype == torch.float32 else (128, 64)
    portable_kernel[(batch * heads * triton.cdiv(seq, block_m),)](
        q,
        k,
        v,
        out,
        lse,
        seq,
        dim,
        LOG2E / dim**0.5,
        CAUSAL=causal,
        PRECISION="tf32x3",  # three products of tensor cores for one of float32
        BLOCK_M=block_m,
        BLOCK_N=block_n,
        BLOCK_D=triton.next_power_of_2(dim),
        num_warps=4 if dim <= 64 else 8,
    )


def solve(q: Tensor, k: Tensor, v: Tensor, causal: bool, out: Tensor, lse: Tensor) -> None:
    hopper = q.is_cuda and torch.cuda.get_device_capability(q.device)[0] == 9
    # The copy engine wants rows of whole 16 bytes, the tensor cores 16-bit numbers.
    if hopper and q.dtype != torch.float32 and q.shape[-1] % 8 == 0:
        on_hopper(q, k, v, causal, out, lse)
    else:
        anywhere(q, k, v, causal, out, lse)
