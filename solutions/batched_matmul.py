r"""# Batched matrix multiplication, one tile of one product per program

**Idea.** One grid axis counts the tiles of all products together; a division tells a program which
matrix it works on and which tile of it. From there on it is a matrix multiplication: walk along $k$,
adding products of tiles of $A$ and $B$ to a float32 accumulator.

**What bounds it.** It depends on the size of one matrix, not on their number:
$2 \cdot batch \cdot mnk$ flops against $2 \cdot batch \cdot (mk + kn + mn)$ bytes are
$mnk / (mk + kn + mn)$ flops per byte, or $n/3$ for square matrices. An H100 does some 250 of fp16 in
the time of a byte, so that below about $n = 750$ memory is the limit, and above it arithmetic.

**What matters.**

- *Tiles that fit.* A large tile loads fewer bytes per flop, but a matrix of 200 × 136 in tiles of
  128 × 128 is mostly padding, and with a thousand matrices that happens a thousand times. The
  largest tile is taken that wastes at most half as much as it computes and fills the GPU.
- *Neighbours share.* The tiles of one matrix have consecutive numbers and run at the same time, so
  that its $A$ and $B$ come from memory once and then from L2.
- *Alignment.* Rows can be loaded 16 bytes at a time only if they begin on multiples of 16 bytes:
  $k$ and $n$ must be multiples of 8. If not, `solve` copies the inputs to scratch with rows padded
  by zeros, and the kernel is given $k/8$, from which the compiler sees the factor. (Of an integer
  argument itself it sees only whether 16 divides it.)

**What goes wrong in the naive version.** A batch on the second grid axis ends at 65535 matrices.
Without a mask along $k$, a tile adds the next row of $A$ times the first rows of the next matrix $B$:
there is memory to read, so nothing crashes. And $p \cdot mk$ in 32 bits wraps once all of $A$ has
$2^{31}$ elements, however small a single matrix is.

**What to try next.** For tiny matrices: several of them per program. For large ones: a grouped order
of the tiles, as for a single product, and on Hopper tensor descriptors (TMA), which zero-fill each
matrix's edges by themselves if given three dimensions.
"""

import triton
import triton.language as tl
from torch import Tensor
from torch.nn.functional import pad

CHALLENGE = "batched_matmul"


@triton.jit
def batched_kernel(
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
    """C[p, i, j] = sum_l A[p, i, l] * B[p, l, j] for one BLOCK_M x BLOCK_N tile of one C[p]."""
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

    rows = tile // tiles_n * BLOCK_M + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    columns = tile % tiles_n * BLOCK_N + tl.arange(0, BLOCK_N)  # [BLOCK_N]
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

    c_ptrs = c_ptr + rows.to(tl.int64)[:, None] * n + columns[None, :]  # [BLOCK_M, BLOCK_N]
    tl.store(c_ptrs, acc.to(tl.float16), mask=(rows < m)[:, None] & (columns < n)[None, :])


def tiling(batch: int, m: int, n: int, k: int) -> dict[str, int]:
    """The largest tile that fills a GPU and is not mostly padding."""
    # Only one program of 128 x 256 fits on a processor, where of 128 x 128 one computes while the other
    # loads its first tiles or stores its last: with few steps along k, that counts for more. And where
    # rows of C are not aligned, each element is stored by itself, and the addresses would spill.
    for block_n in (256, 128) if n % 8 == 0 and k > 1024 else (128,):
        tiles = batch * triton.cdiv(m, 128) * triton.cdiv(n, block_n)
        if tiles >= 128 and tiles * 128 * block_n <= 1.5 * batch * m * n:
            return dict(BLOCK_M=128, BLOCK_N=block_n, BLOCK_K=64, num_warps=8, num_stages=3)
    return dict(BLOCK_M=64, BLOCK_N=64, BLOCK_K=32, num_warps=4, num_stages=4)


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    batch, m, k = a.shape
    n = b.shape[2]
    # -k % 8 is what is missing to the next multiple of 8. Zeros along k add nothing to the sum.
    if k % 8:
        a = pad(a, (0, -k % 8))
    if k % 8 or n % 8:
        b = pad(b, (0, -n % 8, 0, -k % 8))

    tile = tiling(batch, m, n, k)
    tiles = batch * triton.cdiv(m, tile["BLOCK_M"]) * triton.cdiv(n, tile["BLOCK_N"])
    batched_kernel[(tiles,)](
        a,
        b,
        out,
        m,
        n,
        a.shape[2] // 8,
        b.shape[2] // 8,
        ALIGNED_C=n % 8 == 0,
        **tile,
    )
