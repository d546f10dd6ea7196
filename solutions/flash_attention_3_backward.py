r"""# FlashAttention-3, backward: five products, warps by role, and dq added up in the order of registers

**Idea.** A program owns 128 keys of one head, and goes through the queries that see them. One warp
orders tiles of $Q$ and $\mathrm{d\_out}$ from the copy engine (TMA). Two groups of four warps compute,
each for 64 of the keys: $s^\top = k q^\top$ and $dp^\top = v \, \mathrm{d\_out}^\top$, then $dv$ and $dk$,
which stay in registers to the end. Both groups' $ds$ meet in shared memory, each group multiplies a half
of $dq = ds \, k$ from it, and adds it to sums in memory. So a score costs five products; two separate
kernels, as in FlashAttention-2, form $s$ and $dp$ twice and need seven (Shah et al., 2024). It is written
in Gluon; elsewhere, and in float32, a portable kernel does the same sums without the overlap.

**What bounds it.** A score costs $10 d$ flops in the tensor cores, at 4096 per clock of an SM, and one
exponential, at 16 per clock: $0.16$ and $0.06$ clocks at $d = 64$, $0.31$ and $0.06$ at $d = 128$. With 64
queries in a tile (all that registers allow at $d = 128$) every $64 \times 64$ product reads both its
operands from shared memory, 128 bytes per clock, which is all that it delivers. The sums of $dq$ are added
to $N / 128$ times: 4.3 GB at (4, 16, 4096, 128), all in the L2 cache.

**What matters.**

- *dq one round later.* If a group waits for the other's $ds$ of the same round, both groups run in step:
  they take their exponentials at the same time, and the tensor cores idle. So $dq$ of a round is formed in
  the next, when both parts of $ds$ have long been there, and one group can be half a round ahead.
- *s one round earlier.* $s$ of the next round is ordered behind $dk$ and $dq$, and is under way while $dq$
  goes out to memory. Without either, with the first, and with both, in one run on an H200 in bf16, where
  the time without either is 1:

  | time | neither | first | both | cuDNN |
  |---|---|---|---|---|
  | (1, 16, 16384, 64) causal | 1 | 0.93 | 0.84 | 1.01 |
  | (4, 16, 4096, 128) causal | 1 | 1.03 | 0.95 | 0.96 |
  | (4, 16, 4096, 128) | 1 | 0.97 | 0.99 | 0.90 |
  | (1, 16, 16384, 128) causal | 1 | 1.02 | 0.92 | 0.91 |
  | (4, 16, 4096, 64) | 1 | 0.91 | 0.89 | 1.03 |

- *Sums in the order of registers.* Nobody reads the sums of $dq$ before all are there, so they need not lie
  in rows. A thread's four neighbours lie side by side, then those of the next lane: one instruction of a
  warp adds 512 bytes in a row, and a last kernel puts rows together as it rounds to 16 bits. That saves the
  shared memory and the barrier that rows by the copy engine would take.
- *Left operands in registers.* Keys are the rows of $s^\top$, so $p^\top$ and $ds^\top$ leave one product as
  the left operand of the next. Only $dq$ needs $ds$ the other way round, and from both groups.
- *One barrier for all that is free.* When a group is done with a round, it is done with the round's $q$ and
  $\mathrm{d\_out}$ and with $ds$ of the round before. So one arrival hands back all three.
- *Infinite lse.* Rows past the end belong to the next head, and the copy engine brings them. Their lse is
  set to infinity beforehand: $p = 2^{-\infty} = 0$, without a mask. Keys past the end and the diagonal are
  masked, in the tiles that have them.
- *Shapes of tiles.* With $d \le 64$ a tile has 128 queries, else 64: either way $dq$ of a tile is two parts
  of $64 \times 64$, one for each group. Of 240 registers, $dk$, $dv$, $s$, $dp$ and the part of $dq$ take 224
  at their peak.

**What was tried and lost.** Three stages of $q$ and $\mathrm{d\_out}$ instead of two, or three buffers for
$ds$: the same within noise, or worse. Without a mask, to begin at the program's own diagonal and go around,
so that no two programs add to the same rows at once: 3.4 % longer at (4, 16, 4096, 128). Waiting for $s$ of
the next round together with $dq$: 0.8 and 1.1 % longer, at (1, 16, 16384, 128) and (1, 16, 16384, 64),
causal. A program that stays, and loads the next keys while the last `dk` and `dv` are being written: 11 %
longer at (4, 16, 4096, 128), in a run where cuDNN took 18 % less than that program, and 2.7 % longer at
$d = 64$. Heads from the last to the first, as the cache still holds the last sums' zeros: 0.4 % less, which
is noise.

**What goes wrong in the naive version.** Handing $ds$ to the other group needs a fence between the stores
and the barrier, as the tensor cores read shared memory by another way than threads write it. `dk` and `dq`
get the scale at the end, `dv` does not. Sums that differ in the order of additions differ in the last bits
from run to run.

**What it misses.** At (4, 16, 4096, 128) without a mask cuDNN is ahead by 6 %. With 64 queries in a
tile, three of the five products take all that shared memory delivers, and the tensor cores wait for it;
a tile of 80 would take a tenth less. Another 4 % is clearing the sums of $dq$ and putting them into rows.
With a mask each program is shorter on the average, and both kernels lose more at its ends.

**What to try next.** Tiles of 80 queries at $d = 128$, as in the paper's own code, which Gluon's powers of 2
do not allow. The zeroing and the last kernel move 0.4 GB at (4, 16, 4096, 128), 4 % of the time.
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

CHALLENGE = "flash_attention_backward"

LOG2E = 1.4426950408889634
GROUP_N = 64  # keys for each of two groups of four warps


# -- Hopper -------------------------------------------------------------------------------------------


@gluon.jit
def load_tiles(descriptors, tiles, barriers, place):
    """One warp: k and v once, then q, d_out and their rows' lse and delta tile by tile."""
    q_desc, k_desc, v_desc, d_out_desc, lse_desc, delta_desc = descriptors
    q_tiles, k_tiles, v_tiles, d_out_tiles, lse_tiles, delta_tiles, _ = tiles
    kv_ready, q_ready, d_out_ready, free, _ = barriers
    pair, first_key, begin, blocks, seq = place
    STAGES: gl.constexpr = q_tiles.shape[0]
    BLOCK_M: gl.constexpr = q_tiles.shape[1]
    BLOCK_D: gl.constexpr = q_tiles.shape[2]
    GROUP_N: gl.constexpr = k_tiles.shape[1]
    TILE_BYTES: gl.constexpr = BLOCK_M * (2 * BLOCK_D + 4)  # 16-bit numbers, and a float32 for each row

    mbarrier.expect(kv_ready, 2 * 2 * GROUP_N * BLOCK_D * 2)
    for g in gl.static_range(2):
        row = pair * seq + first_key + g * GROUP_N
        tma.async_copy_global_to_shared(k_desc, [row, 0], kv_ready, k_tiles.index(g))
        tma.async_copy_global_to_shared(v_desc, [row, 0], kv_ready, v_tiles.index(g))
    for n in range(blocks - begin):
        stage, parity = n % STAGES, (n // STAGES) & 1
        row, tile = pair * seq + (begin + n) * BLOCK_M, pair * blocks + begin + n
        mbarrier.wait(free.index(stage), parity ^ 1)
        ready = q_ready.index(stage)
        mbarrier.expect(ready, TILE_BYTES)
        tma.async_copy_global_to_shared(q_desc, [row, 0], ready, q_tiles.index(stage))
        tma.async_copy_global_to_shared(lse_desc, [tile, 0], ready, lse_tiles.index(stage))
        ready = d_out_ready.index(stage)
        mbarrier.expect(ready, TILE_BYTES)
        tma.async_copy_global_to_shared(d_out_desc, [row, 0], ready, d_out_tiles.index(stage))
        tma.async_copy_global_to_shared(delta_desc, [tile, 0], ready, delta_tiles.index(stage))


@gluon.jit
def dq_product(ds_tiles, k_tiles, stage, zero, GROUP: gl.constexpr):
    """This group's 64 x 64 part of ds k, a sum over both groups' keys: half of its columns, or its rows."""
    dq = zero
    for g in gl.static_range(2):
        ds = ds_tiles.index(2 * stage + g)  # [GROUP_N, BLOCK_M]
        k = k_tiles.index(g)  # [GROUP_N, BLOCK_D]
        if k_tiles.shape[2] == 128:
            k = k.slice(GROUP * 64, 64, dim=1)
        else:
            ds = ds.slice(GROUP * 64, 64, dim=1)
        dq = warpgroup_mma(ds.permute((1, 0)), k, dq, use_acc=g > 0, is_async=True)
    return dq


@gluon.jit
def add_part(ptr, dq):
    """Add 64 x 64 sums to those in memory, in an order in which a thread's four are neighbours.

    A thread of the tensor cores' layout holds two columns side by side, and the same 8 rows below and 8,
    16, ... columns on. So, of the bits of row and column, the lowest two of an address are c0 and c3, and the
    next five those that tell the lanes apart: a warp adds 512 bytes in a row.
    """
    FLAT: gl.constexpr = gl.DistributedLinearLayout(
        reg_bases=[[1], [2], [128], [256], [512]],
        lane_bases=[[4], [8], [16], [32], [64]],
        warp_bases=[[1024], [2048]],
        block_bases=[],
        shape=[4096],
    )
    dq = dq.reshape([4, 2, 8, 4, 2, 4, 2])  # r54, r3, r210, c54, c3, c21, c0
    dq = dq.permute((0, 3, 1, 2, 5, 4, 6)).reshape([4096])  # r54, c54, r3, r210, c21, c3, c0
    gl.atomic_add(ptr + gl.arange(0, 4096, FLAT), gl.convert_layout(dq, FLAT), sem="relaxed")


@gluon.jit
def gradients(tiles, barriers, outputs, place, sizes, GROUP: gl.constexpr, CAUSAL: gl.constexpr):
    """Four warps: dk and dv of GROUP_N keys, and this group's part of what they and the other's add to dq.

    In transposed tiles:   p^T  = 2^(scale log2(e) k q^T - log2(e) lse)
                           dv  += p^T d_out
                           ds^T = p^T (v d_out^T - delta)
                           dk  += ds^T q,   dq += ds k
    """
    q_tiles, k_tiles, v_tiles, d_out_tiles, lse_tiles, delta_tiles, ds_tiles = tiles
    kv_ready, q_ready, d_out_ready, free, ds_ready = barriers
    dq_ptr, dk_ptr, dv_ptr = outputs
    pair, first_key, begin, blocks, seq = place
    dim, scale = sizes
    STAGES: gl.constexpr = q_tiles.shape[0]
    BLOCK_M: gl.constexpr = q_tiles.shape[1]
    BLOCK_D: gl.constexpr = q_tiles.shape[2]
    GROUP_N: gl.constexpr = k_tiles.shape[1]
    # How four warps hold s^T, dk and dv, a part of dq, and p^T and ds^T as left operands: 16 rows each.
    S: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, BLOCK_M, 16])
    ACC: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, BLOCK_D, 16])
    DQ: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, 64, 16])
    P: gl.constexpr = gl.DotOperandLayout(operand_index=0, parent=ACC, k_width=2)
    k = k_tiles.index(GROUP)  # [GROUP_N, BLOCK_D]
    v = v_tiles.index(GROUP)  # [GROUP_N, BLOCK_D]
    zero = gl.zeros([GROUP_N, BLOCK_M], gl.float32, S)
    zero_dq = gl.zeros([64, 64], gl.float32, DQ)
    dk = gl.zeros([GROUP_N, BLOCK_D], gl.float32, ACC)
    dv = gl.zeros([GROUP_N, BLOCK_D], gl.float32, ACC)
    key = first_key + GROUP * GROUP_N + gl.arange(0, GROUP_N, gl.SliceLayout(1, S))  # [GROUP_N]
    query = gl.arange(0, BLOCK_M, gl.SliceLayout(0, S))  # [BLOCK_M], in a tile
    tail = first_key + 2 * GROUP_N > seq
    dq_ptr += (pair.to(gl.int64) * blocks + begin) * (BLOCK_M * BLOCK_D) + GROUP * 4096

    mbarrier.wait(kv_ready, 0)
    mbarrier.wait(q_ready.index(0), 0)
    s_mma = warpgroup_mma(k, q_tiles.index(0).permute((1, 0)), zero, use_acc=False, is_async=True)
    s = warpgroup_mma_wait(0, deps=[s_mma])  # [GROUP_N, BLOCK_M]
    rounds = blocks - begin
    for n in range(rounds):
        first_row = (begin + n) * BLOCK_M
        stage, parity = n % STAGES, (n // STAGES) & 1
        # Of the round before. Before the first it is a new barrier's phase -1, which counts as complete.
        last, last_parity = (n + STAGES - 1) % STAGES, ((n + STAGES - 1) // STAGES - 1) & 1
        q = q_tiles.index(stage)  # [BLOCK_M, BLOCK_D]
        d_out = d_out_tiles.index(stage)  # [BLOCK_M, BLOCK_D]
        mbarrier.wait(d_out_ready.index(stage), parity)
        dp_mma = warpgroup_mma(v, d_out.permute((1, 0)), zero, use_acc=False, is_async=True)
        masked = tail
        if CAUSAL:
            masked = tail | (first_row < first_key + 2 * GROUP_N)
        if masked:
            visible = (key < seq)[:, None]
            if CAUSAL:
                visible = visible & (key[:, None] <= first_row + query[None, :])
            s = gl.where(visible, s, -float("inf"))
        lse = lse_tiles.index(stage).load(S)  # [1, BLOCK_M], times log2(e)
        p = gl.exp2(s * scale - lse)
        p_left = gl.convert_layout(p.to(k_tiles.dtype), P)
        dv_mma = warpgroup_mma(p_left, d_out, dv, is_async=True)
        dp = warpgroup_mma_wait(1, deps=[dp_mma])  # dv may still be under way
        delta = delta_tiles.index(stage).load(S)  # [1, BLOCK_M]
        ds = (p * (dp - delta)).to(k_tiles.dtype)
        dv, p_left = warpgroup_mma_wait(0, deps=[dv_mma, p_left])

        mbarrier.wait(free.index(last), last_parity)  # so the other group is done with what is in ds's place
        ds_tiles.index(2 * stage + GROUP).store(ds)
        fence_async_shared()
        mbarrier.arrive(ds_ready.index(stage), count=1)
        ds_left = gl.convert_layout(ds, P)
        dk_mma = warpgroup_mma(ds_left, q, dk, is_async=True)
        mbarrier.wait(ds_ready.index(last), last_parity)
        dq_mma = dq_product(ds_tiles, k_tiles, last, zero_dq, GROUP)
        # s of the next round; in the last, which has none, once more this one's.
        after = gl.minimum(n + 1, rounds - 1)
        mbarrier.wait(q_ready.index(after % STAGES), (after // STAGES) & 1)
        q_after = q_tiles.index(after % STAGES)
        s_mma = warpgroup_mma(k, q_after.permute((1, 0)), zero, use_acc=False, is_async=True)
        dq, dk, ds_left = warpgroup_mma_wait(1, deps=[dq_mma, dk_mma, ds_left])
        mbarrier.arrive(free.index(stage), count=1)
        if n > 0:
            add_part(dq_ptr, dq)
            dq_ptr += BLOCK_M * BLOCK_D
        s = warpgroup_mma_wait(0, deps=[s_mma])

    last, last_parity = (rounds - 1) % STAGES, ((rounds - 1) // STAGES) & 1
    mbarrier.wait(ds_ready.index(last), last_parity)
    dq_mma = dq_product(ds_tiles, k_tiles, last, zero_dq, GROUP)
    dq = warpgroup_mma_wait(0, deps=[dq_mma])
    add_part(dq_ptr, dq)

    row = first_key + GROUP * GROUP_N + gl.arange(0, GROUP_N, gl.SliceLayout(1, ACC))
    d = gl.arange(0, BLOCK_D, gl.SliceLayout(0, ACC))
    keys = pair.to(gl.int64) * seq * dim + row[:, None] * dim + d[None, :]  # [GROUP_N, BLOCK_D]
    mask = (row < seq)[:, None] & (d < dim)[None, :]
    gl.store(dk_ptr + keys, (dk * (scale / 1.4426950408889634)).to(k_tiles.dtype), mask=mask)
    gl.store(dv_ptr + keys, dv.to(k_tiles.dtype), mask=mask)


@gluon.jit
def hopper_kernel(
    q_desc,
    k_desc,
    v_desc,
    d_out_desc,
    lse_desc,
    delta_desc,
    dq_ptr,
    dk_ptr,
    dv_ptr,
    seq,
    dim,
    scale,  # times log2(e)
    CAUSAL: gl.constexpr,
    STAGES: gl.constexpr,
):
    """dk and dv of 2 * GROUP_N keys of one head, and what they add to dq."""
    BLOCK_M: gl.constexpr = q_desc.block_type.shape[0]
    GROUP_N: gl.constexpr = k_desc.block_type.shape[0]
    BLOCK_D: gl.constexpr = k_desc.block_type.shape[1]
    BARRIER: gl.constexpr = mbarrier.MBarrierLayout()
    DS: gl.constexpr = gl.NVMMASharedLayout.get_default_for([GROUP_N, BLOCK_M], q_desc.dtype)
    q_tiles = gl.allocate_shared_memory(q_desc.dtype, [STAGES, BLOCK_M, BLOCK_D], q_desc.layout)
    k_tiles = gl.allocate_shared_memory(k_desc.dtype, [2, GROUP_N, BLOCK_D], k_desc.layout)
    v_tiles = gl.allocate_shared_memory(v_desc.dtype, [2, GROUP_N, BLOCK_D], v_desc.layout)
    d_out_tiles = gl.allocate_shared_memory(q_desc.dtype, [STAGES, BLOCK_M, BLOCK_D], d_out_desc.layout)
    lse_tiles = gl.allocate_shared_memory(gl.float32, [STAGES, 1, BLOCK_M], lse_desc.layout)
    delta_tiles = gl.allocate_shared_memory(gl.float32, [STAGES, 1, BLOCK_M], delta_desc.layout)
    ds_tiles = gl.allocate_shared_memory(q_desc.dtype, [2 * STAGES, GROUP_N, BLOCK_M], DS)
    kv_ready = gl.allocate_shared_memory(gl.int64, [1], BARRIER)
    q_ready = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    d_out_ready = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    free = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    ds_ready = gl.allocate_shared_memory(gl.int64, [STAGES, 1], BARRIER)
    mbarrier.init(kv_ready, count=1)
    for stage in gl.static_range(STAGES):
        mbarrier.init(q_ready.index(stage), count=1)  # the copy engine
        mbarrier.init(d_out_ready.index(stage), count=1)
        mbarrier.init(free.index(stage), count=2)  # both groups
        mbarrier.init(ds_ready.index(stage), count=2)
    fence_async_shared()

    key_blocks = gl.cdiv(seq, 2 * GROUP_N)
    pair = gl.program_id(0) // key_blocks
    first_key = gl.program_id(0) % key_blocks * (2 * GROUP_N)  # the first keys, seen by most, first
    begin = 0
    if CAUSAL:
        begin = first_key // BLOCK_M
    place = (pair, first_key, begin, gl.cdiv(seq, BLOCK_M), seq)
    tiles = (q_tiles, k_tiles, v_tiles, d_out_tiles, lse_tiles, delta_tiles, ds_tiles)
    barriers = (kv_ready, q_ready, d_out_ready, free, ds_ready)
    outputs = (dq_ptr, dk_ptr, dv_ptr)
    descriptors = (q_desc, k_desc, v_desc, d_out_desc, lse_desc, delta_desc)
    gl.warp_specialize(
        [
            (gradients, (tiles, barriers, outputs, place, (dim, scale), 0, CAUSAL)),
            (gradients, (tiles, barriers, outputs, place, (dim, scale), 1, CAUSAL)),
            (load_tiles, (descriptors, tiles, barriers, place)),
        ],
        worker_num_warps=[4, 1],
        worker_num_regs=[240, 24],
    )


@triton.jit
def before_kernel(
    out_ptr,
    d_out_ptr,
    lse_ptr,
    lse_tiles_ptr,
    delta_ptr,
    seq,
    dim,
    factor,
    BLOCK_M: tl.constexpr,
    BLOCK_D: tl.constexpr,
):
    """delta_i = sum_d out_id d_out_id, and lse times factor, in tiles of BLOCK_M rows.

    Past seq lse is infinite: p and ds are 0 there, whatever the copy engine finds.
    """
    tile = tl.program_id(0).to(tl.int64)
    blocks = tl.cdiv(seq, BLOCK_M)
    m = tl.arange(0, BLOCK_M)  # [BLOCK_M]
    d = tl.arange(0, BLOCK_D)  # [BLOCK_D]
    row = tile % blocks * BLOCK_M + m  # [BLOCK_M]
    rows = tile // blocks * seq + row  # [BLOCK_M], of all heads
    mask = (row < seq)[:, None] & (d < dim)[None, :]
    out = tl.load(out_ptr + rows[:, None] * dim + d[None, :], mask=mask, other=0.0).to(tl.float32)
    d_out = tl.load(d_out_ptr + rows[:, None] * dim + d[None, :], mask=mask, other=0.0).to(tl.float32)
    lse = tl.load(lse_ptr + rows, mask=row < seq, other=float("inf"))
    tl.store(lse_tiles_ptr + tile * BLOCK_M + m, lse * factor)
    tl.store(delta_ptr + tile * BLOCK_M + m, tl.sum(out * d_out, axis=1))


@triton.jit
def after_kernel(acc_ptr, dq_ptr, seq, dim, scale, BLOCK_M: tl.constexpr, BLOCK_D: tl.constexpr):
    """A 64 x 64 part of dq from its sums, which lie in the order of add_part."""
    PARTS: tl.constexpr = BLOCK_M * BLOCK_D // 4096
    tile, part = tl.program_id(0) // PARTS, tl.program_id(0) % PARTS
    blocks = tl.cdiv(seq, BLOCK_M)
    row = tile % blocks * BLOCK_M + tl.arange(0, 64)  # [64]
    d = tl.arange(0, 64)  # [64]
    if BLOCK_D == 128:
        d += part * 64
    else:
        row += part * 64
    acc = tl.load(acc_ptr + tl.program_id(0).to(tl.int64) * 4096 + tl.arange(0, 4096))
    acc = acc.reshape(4, 4, 2, 8, 4, 2, 2).permute(0, 2, 3, 1, 5, 4, 6).reshape(64, 64)
    queries = (tile // blocks).to(tl.int64) * seq * dim + row[:, None] * dim + d[None, :]  # [64, 64]
    mask = (row < seq)[:, None] & (d < dim)[None, :]
    tl.store(dq_ptr + queries, (acc * scale).to(dq_ptr.dtype.element_ty), mask=mask)


def on_hopper(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    out: Tensor,
    lse: Tensor,
    d_out: Tensor,
    causal: bool,
    dq: Tensor,
    dk: Tensor,
    dv: Tensor,
) -> None:
    batch, heads, seq, dim = q.shape
    pairs = batch * heads
    # Either way a tile is two 64 x 64 parts of dq, one for each group. Beyond dim there are zeros.
    block_m, block_d = (128, 64) if dim <= 64 else (64, 128)
    tiles = pairs * triton.cdiv(seq, block_m)
    dtype = gl.float16 if q.dtype == torch.float16 else gl.bfloat16
    lse_tiles, delta = torch.empty(2, tiles, block_m, dtype=torch.float32, device=q.device).unbind()
    acc = torch.zeros(tiles, block_m * block_d, dtype=torch.float32, device=q.device)
    widths = dict(BLOCK_M=block_m, BLOCK_D=block_d)

    def descriptor(x: Tensor, block: int) -> TensorDescriptor:
        layout = gl.NVMMASharedLayout.get_default_for([block, block_d], dtype)
        return TensorDescriptor(x, [pairs * seq, dim], [dim, 1], [block, block_d], layout)

    def rows(x: Tensor) -> TensorDescriptor:
        layout = gl.NVMMASharedLayout(swizzle_byte_width=0, element_bitwidth=32, rank=2)
        return TensorDescriptor(x, [tiles, block_m], [block_m, 1], [1, block_m], layout)

    before_kernel[(tiles,)](out, d_out, lse, lse_tiles, delta, seq, dim, LOG2E, **widths, num_warps=4)
    hopper_kernel[(pairs * triton.cdiv(seq, 2 * GROUP_N),)](
        descriptor(q, block_m),
        descriptor(k, GROUP_N),
        descriptor(v, GROUP_N),
        descriptor(d_out, block_m),
        rows(lse_tiles),
        rows(delta),
        acc,
        dk,
        dv,
        seq,
        dim,
        LOG2E / dim**0.5,
        CAUSAL=causal,
        STAGES=2,
        num_warps=4,
    )
    after_kernel[(tiles * 2,)](acc, dq, seq, dim, dim**-0.5, **widths, num_warps=4)


# -- other devices, and float32 -----------------------------------------------------------------------


@triton.jit
def portable_kernel(
    q_ptr,
    k_ptr,
    v_ptr,
    d_out_ptr,
    lse_ptr,
    delta_ptr,
    dq_ptr,
    dk_ptr,
    dv_ptr,
    seq,
    dim,
    scale,
    CAUSAL: tl.constexpr,
    PRECISION: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_D: tl.constexpr,
):
    """The same sums for BLOCK_N keys of one head, one product after the other."""
    blocks = tl.cdiv(seq, BLOCK_M)
    key_blocks = tl.cdiv(seq, BLOCK_N)
    pair = (tl.program_id(0) // key_blocks).to(tl.int64)
    first_key = tl.program_id(0) % key_blocks * BLOCK_N
    key = first_key + tl.arange(0, BLOCK_N)  # [BLOCK_N]
    m = tl.arange(0, BLOCK_M)  # [BLOCK_M]
    d = tl.arange(0, BLOCK_D)  # [BLOCK_D]
    keys = pair * seq * dim + key[:, None] * dim + d[None, :]  # [BLOCK_N, BLOCK_D]
    mask_k = (key < seq)[:, None] & (d < dim)[None, :]
    k = tl.load(k_ptr + keys, mask=mask_k, other=0.0)
    v = tl.load(v_ptr + keys, mask=mask_k, other=0.0)
    dk = tl.zeros([BLOCK_N, BLOCK_D], dtype=tl.float32)
    dv = tl.zeros([BLOCK_N, BLOCK_D], dtype=tl.float32)
    for i in range(first_key // BLOCK_M if CAUSAL else 0, blocks):
        row = i * BLOCK_M + m  # [BLOCK_M]
        tile = pair * blocks + i
        queries = pair * seq * dim + row[:, None] * dim + d[None, :]  # [BLOCK_M, BLOCK_D]
        mask_q = (row < seq)[:, None] & (d < dim)[None, :]
        q = tl.load(q_ptr + queries, mask=mask_q, other=0.0)
        d_out = tl.load(d_out_ptr + queries, mask=mask_q, other=0.0)
        lse = tl.load(lse_ptr + tile * BLOCK_M + m)  # [BLOCK_M], of base e here
        delta = tl.load(delta_ptr + tile * BLOCK_M + m)  # [BLOCK_M]
        s = tl.dot(k, q.T, input_precision=PRECISION) * scale  # [BLOCK_N, BLOCK_M]
        visible = (key < seq)[:, None]
        if CAUSAL:
            visible = visible & (key[:, None] <= row[None, :])
        p = tl.where(visible, tl.exp(s - lse[None, :]), 0.0)
        dv = tl.dot(p.to(d_out.dtype), d_out, dv, input_precision=PRECISION)
        dp = tl.dot(v, d_out.T, input_precision=PRECISION)
        ds = (p * (dp - delta[None, :])).to(q.dtype)
        dk = tl.dot(ds, q, dk, input_precision=PRECISION)
        dq = tl.dot(ds.T, k, input_precision=PRECISION)  # [BLOCK_M, BLOCK_D]
        tl.atomic_add(dq_ptr + queries, dq, mask=mask_q, sem="relaxed")
    tl.store(dk_ptr + keys, (dk * scale).to(k.dtype), mask=mask_k)
    tl.store(dv_ptr + keys, dv.to(v.dtype), mask=mask_k)


def anywhere(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    out: Tensor,
    lse: Tensor,
    d_out: Tensor,
    causal: bool,
    dq: Tensor,
    dk: Tensor,
    dv: Tensor,
) -> None:
    batch, heads, seq, dim = q.shape
    pairs = batch * heads
    whole = q.dtype == torch.float32
    tile = dict(BLOCK_M=32, BLOCK_N=32) if whole else dict(BLOCK_M=64, BLOCK_N=64)
    block_d = triton.next_power_of_2(dim)
    tiles = pairs * triton.cdiv(seq, tile["BLOCK_M"])
    lse_tiles, delta = torch.empty(2, tiles, tile["BLOCK_M"], dtype=torch.float32, device=q.device).unbind()
    acc = dq.zero_() if whole else torch.zeros_like(q, dtype=torch.float32)
    before_kernel[(tiles,)](
        out, d_out, lse, lse_tiles, delta, seq, dim, 1.0, BLOCK_M=tile["BLOCK_M"], BLOCK_D=block_d
    )
    portable_kernel[(pairs * triton.cdiv(seq, tile["BLOCK_N"]),)](
        q,
        k,
        v,
        d_out,
        lse_tiles,
        delta,
        acc,
        dk,
        dv,
        seq,
        dim,
        dim**-0.5,
        CAUSAL=causal,
        PRECISION="bf16x6" if q.is_cuda else "ieee",
        **tile,
        BLOCK_D=block_d,
        num_warps=4,
        num_stages=2,
    )
    torch.mul(acc, dim**-0.5, out=dq)


def solve(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    out: Tensor,
    lse: Tensor,
    d_out: Tensor,
    causal: bool,
    dq: Tensor,
    dk: Tensor,
    dv: Tensor,
) -> None:
    hopper = q.is_cuda and torch.cuda.get_device_capability(q.device)[0] == 9
    # The copy engine wants rows of whole 16 bytes, the tensor cores 16-bit numbers.
    if hopper and q.dtype != torch.float32 and q.shape[-1] % 8 == 0:
        on_hopper(q, k, v, out, lse, d_out, causal, dq, dk, dv)
    else:
        anywhere(q, k, v, out, lse, d_out, causal, dq, dk, dv)
