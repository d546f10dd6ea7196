r"""# GEMM, the epilogue fused into a matrix multiplication

**Idea.** A program owns a `BLOCK_M` by `BLOCK_N` tile of the answer and accumulates its part of
$A B$ in float32, as in a plain matrix multiplication. $\alpha A B + \beta C$ is then formed on the
accumulator, in registers, and rounded as it is stored: $A B$ itself never reaches memory.

**What bounds it.** Arithmetic, once the matrices are large: $2mnk + 3mn$ flops, against
$2(mk + kn + 2mn)$ bytes that must cross memory at least once ($2mn$ fewer where $\beta = 0$). For
$m=n=k$ that is $n/4$ flops per byte. In two steps, a product and then an elementwise kernel, it
would be $4mn$ bytes more, and one rounding more.

**What matters.**

- *The epilogue stays in float32.* The accumulator is multiplied, added to and only then rounded.
- *$\beta = 0$ is another kernel.* `HAS_C` is a compile-time constant, so that `c` is not read: that
  saves its bytes, and $0 \cdot NaN$ would be NaN. A factor of 0 known only at run time would not do.
- *Tile size by shape, grouped order.* Large tiles for reuse, as long as there are enough of them to
  fill the GPU; small problems get small tiles. Walking `GROUP_M` tiles down before moving one to
  the right keeps what the programs in flight share small enough for L2.
- *Alignment.* The widest load is 16 bytes, 8 values of fp16, and all rows of $A$ are aligned to it
  only where $k$ is a multiple of 8 (of $B$ and $C$: where $n$ is). Where that fails, `solve` first
  copies $A$ or $B$ to scratch with rows padded by zeros to a multiple of 8: $O(mk + kn)$ bytes
  moved to speed up $O(mnk)$ work. $C$ is read once, so a copy would not pay. The kernel is given
  $k/8$ and multiplies by 8, as Triton takes no factor but 16 from an argument's value.

**What goes wrong in the naive version.** `(alpha * (a @ b)).half() + beta * c` rounds twice, and
where the two terms nearly cancel nothing but the first rounding is left; a product rounded before it
is scaled may also pass 65504, where the answer does not. `alpha` multiplies the sum, not `beta * c`.

**What to try next.** A persistent grid, whose programs load the first tiles of their next sum
during the epilogue of the last; tensor descriptors (TMA) on Hopper. For few tiles and a long $k$:
split $k$ over several programs, with the epilogue in the one that adds up their parts.
"""

import triton
import triton.language as tl
from torch import Tensor
from torch.nn.functional import pad

CHALLENGE = "gemm"


@triton.jit
def gemm_kernel(
    a_ptr,
    b_ptr,
    c_ptr,
    out_ptr,
    m,
    n,
    k_by_8,
    row_b_by_8,
    alpha,
    beta,
    HAS_C: tl.constexpr,
    ALIGNED_OUT: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    GROUP_M: tl.constexpr,
):
    """out[i, j] = alpha * sum_l A[i, l] * B[l, j] + beta * C[i, j] for one BLOCK_M x BLOCK_N tile."""
    k = 8 * k_by_8  # also the length of a row of A
    row_b = 8 * row_b_by_8  # length of a row of B: n, or n padded to a multiple of 8
    if ALIGNED_OUT:
        n = row_b  # the same number, but now the compiler knows that 8 divides it

    # Grouped order: down GROUP_M tiles, then one tile to the right.
    tiles_m = tl.cdiv(m, BLOCK_M)
    tiles_n = tl.cdiv(n, BLOCK_N)
    pid = tl.program_id(0)
    group = pid // (GROUP_M * tiles_n)
    within = pid % (GROUP_M * tiles_n)
    first_m = group * GROUP_M
    height = tl.minimum(tiles_m - first_m, GROUP_M)  # the last group may be lower
    tile_m = first_m + within % height
    tile_n = within // height

    rows = tile_m * BLOCK_M + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    columns = tile_n * BLOCK_N + tl.arange(0, BLOCK_N)  # [BLOCK_N]
    inner = tl.arange(0, BLOCK_K)  # [BLOCK_K]

    # 64 bits: row * length may pass 2**31.
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

    acc *= alpha
    offsets = rows.to(tl.int64)[:, None] * n + columns[None, :]  # [BLOCK_M, BLOCK_N]
    mask = (rows < m)[:, None] & (columns < n)[None, :]
    if HAS_C:
        acc += beta * tl.load(c_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    tl.store(out_ptr + offsets, acc.to(tl.float16), mask=mask)


def tiling(m: int, n: int) -> dict[str, int]:
    """The largest tile that still leaves enough tiles to fill a GPU."""
    # Where rows of C are not aligned, each element is loaded and stored by itself, and keeping the
    # addresses of a 128 x 256 tile would spill registers.
    if n % 8 == 0 and triton.cdiv(m, 128) * triton.cdiv(n, 256) >= 128:
        return dict(BLOCK_M=128, BLOCK_N=256, BLOCK_K=64, num_warps=8, num_stages=3)
    if triton.cdiv(m, 128) * triton.cdiv(n, 128) >= 128:
        return dict(BLOCK_M=128, BLOCK_N=128, BLOCK_K=64, num_warps=8, num_stages=3)
    return dict(BLOCK_M=64, BLOCK_N=64, BLOCK_K=64, num_warps=4, num_stages=3)


def solve(a: Tensor, b: Tensor, c: Tensor, alpha: float, beta: float, out: Tensor) -> None:
    m, k = a.shape
    n = b.shape[1]
    # -k % 8 is what is missing to the next multiple of 8. Zeros along k add nothing to the sum.
    if k % 8:
        a = pad(a, (0, -k % 8))
    if k % 8 or n % 8:
        b = pad(b, (0, -n % 8, 0, -k % 8))

    tile = tiling(m, n)
    tiles = triton.cdiv(m, tile["BLOCK_M"]) * triton.cdiv(n, tile["BLOCK_N"])
    gemm_kernel[(tiles,)](
        a,
        b,
        c,
        out,
        m,
        n,
        a.shape[1] // 8,
        b.shape[1] // 8,
        alpha,
        beta,
        HAS_C=beta != 0,
        ALIGNED_OUT=n % 8 == 0,
        GROUP_M=8,
        **tile,
    )
