r"""# Matrix multiplication, one tile of C per program

**Idea.** Each program owns a `BLOCK_M` by `BLOCK_N` tile of $C$ and walks along $k$, adding the
product of a tile of $A$ and a tile of $B$ to a float32 accumulator at each step. Programs are
numbered so that those running at the same time share rows of $A$ and columns of $B$ in L2.

**What bounds it.** Arithmetic, once the matrices are large: $2mnk$ flops, against
$2(mk + kn + mn)$ bytes that must cross memory at least once. For $m=n=k$ that is $n/3$ flops per
byte. One step of a program loads `2 * BLOCK_K * (BLOCK_M + BLOCK_N)` bytes for
`2 * BLOCK_M * BLOCK_N * BLOCK_K` flops, so flops per loaded byte grow with the tile: tiles are as
large as registers and shared memory allow.

**What matters.**

- *Tile size by shape.* Large tiles for reuse, as long as there are enough of them to fill the GPU;
  small problems get small tiles. A plain function of the shape chooses: an autotuner would spend
  seconds on each new shape and could choose differently on another day.
- *Grouped order.* Row-major order over the tiles of $C$ touches all of $B$ before it returns to
  the same columns. Walking `GROUP_M` tiles down before moving one tile to the right keeps the
  working set of the programs in flight small enough for L2.
- *Alignment.* The widest load is 16 bytes, 8 values of fp16, and it must begin on a multiple of 16
  bytes. Row $i$ of $A$ begins at byte $2ik$, so all rows are aligned only where $k$ is a multiple
  of 8 (for $B$: where $n$ is). With an odd $k$ every second row begins in the middle of a 4-byte
  word, and the compiler has to load value by value, without asynchronous copies. So `solve` first
  copies such a matrix to scratch with its rows padded by zeros to a multiple of 8: that moves
  $O(mk + kn)$ bytes to speed up $O(mnk)$ work.
- *Saying so.* Triton assumes that an integer argument has a factor only if it divides by 16; about
  $k=1000$ it assumes nothing. The kernel is given $k/8$ and multiplies by 8, and the factor is in
  plain sight. (Triton 3.6 and 3.7 ignore `tl.multiple_of` on an argument.)

**What goes wrong in the naive version.** Accumulating in fp16 loses a bit at nearly every step and
overflows past 65504, even where the answer itself is small. A missing mask along $k$ is worse than
one along $m$ or $n$: it adds values of the next row to every element of the tile.

**What to try next.** On Hopper: tensor descriptors (TMA), which need aligned rows, and a persistent
grid. For few tiles and a long $k$: split $k$ over several programs.
"""

import triton
import triton.language as tl
from torch import Tensor
from torch.nn.functional import pad

CHALLENGE = "matmul"


@triton.jit
def matmul_kernel(
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
    """C[i, j] = sum_l A[i, l] * B[l, j] for one BLOCK_M x BLOCK_N tile of C."""
    k = 8 * k_by_8  # also the length of a row of A
    row_b = 8 * row_b_by_8  # length of a row of B: n, or n padded to a multiple of 8
    if ALIGNED_C:
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

    c_ptrs = c_ptr + rows.to(tl.int64)[:, None] * n + columns[None, :]  # [BLOCK_M, BLOCK_N]
    tl.store(c_ptrs, acc.to(tl.float16), mask=(rows < m)[:, None] & (columns < n)[None, :])


def tiling(m: int, n: int) -> dict[str, int]:
    """The largest tile that still leaves enough tiles to fill a GPU."""
    # Where rows of C are not aligned, each element is stored by itself, and keeping the addresses
    # of a 128 x 256 tile would spill registers.
    if n % 8 == 0 and triton.cdiv(m, 128) * triton.cdiv(n, 256) >= 128:
        return dict(BLOCK_M=128, BLOCK_N=256, BLOCK_K=64, num_warps=8, num_stages=3)
    if triton.cdiv(m, 128) * triton.cdiv(n, 128) >= 128:
        return dict(BLOCK_M=128, BLOCK_N=128, BLOCK_K=64, num_warps=8, num_stages=3)
    return dict(BLOCK_M=64, BLOCK_N=64, BLOCK_K=64, num_warps=4, num_stages=3)


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    m, k = a.shape
    n = b.shape[1]
    # -k % 8 is what is missing to the next multiple of 8. Zeros along k add nothing to the sum.
    if k % 8:
        a = pad(a, (0, -k % 8))
    if k % 8 or n % 8:
        b = pad(b, (0, -n % 8, 0, -k % 8))

    tile = tiling(m, n)
    tiles = triton.cdiv(m, tile["BLOCK_M"]) * triton.cdiv(n, tile["BLOCK_N"])
    matmul_kernel[(tiles,)](
        a,
        b,
        out,
        m,
        n,
        a.shape[1] // 8,
        b.shape[1] // 8,
        ALIGNED_C=n % 8 == 0,
        GROUP_M=8,
        **tile,
    )
