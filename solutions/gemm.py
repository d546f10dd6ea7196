r"""# GEMM, the epilogue fused into a matrix multiplication

**Idea.** A program owns a `BLOCK_M` by `BLOCK_N` tile of the answer and accumulates its part of
$A B$ in float32, as in a plain matrix multiplication. $\alpha A B + \beta C$ is then formed on the
accumulator, in registers, and rounded as it is stored: $A B$ itself never reaches memory. On Hopper
the copy engine (TMA) fetches whole tiles by their descriptors, and fills up with zeros beyond the edges.
Where tiles of 192 × 256 need one round only, a program multiplies 128 and 64 rows with the same tile of $B$.

**What bounds it.** Arithmetic, once the matrices are large: $2mnk + 3mn$ flops, against
$2(mk + kn + 2mn)$ bytes that must cross memory at least once ($2mn$ fewer where $\beta = 0$). For
$m=n=k$ that is $n/4$ flops per byte. In two steps, a product and then an elementwise kernel, it
would be $4mn$ bytes more, and one rounding more.

**What matters.**

- *The epilogue stays in float32.* The accumulator is multiplied, added to and only then rounded.
- *$\beta = 0$ is another kernel.* `HAS_C` is a compile-time constant, so that `c` is not read: that
  saves its bytes, and $0 \cdot NaN$ would be NaN. A factor of 0 known only at run time would not do.
- *Whole rounds.* The last programs to start leave processors idle: 2000 × 3000 in tiles of 128 × 256
  is 192 tiles, and 132 processors take two rounds for them, as for 264. In tiles of 128 × 128 it is 384,
  or three rounds of half the work. In tiles of 192 × 256 it is 11 · 12 = 132, one for each processor.
  `tiling` counts rounds, as a plain function of the shape.
- *192 is no power of 2,* as Triton wants of a block, but the sum of two. `tall_kernel` has two accumulators,
  of 128 and of 64 rows, and two dots in a step. They share the tile of $B$, so that at 2000 × 3000 ×
  1000 all programs together load 114 MB through L2, against 192 MB in tiles of 128 × 128.
- *Registers.* With 8 warps the two accumulators take 192 of the 255 registers that a thread can have, so
  that $C$ has to wait for the end, and comes in two parts: the upper 128 rows leave before the 64 below.
- *Two programs on a processor.* With tiles of 128 × 128 one of them computes while the other fetches
  its part of $C$ or stores its answers.
- *Grouped order.* Walking `GROUP_M` tiles down before moving one to the right keeps what the programs
  in flight share small enough for L2.
- *Alignment.* A descriptor wants rows of whole 16 bytes, 8 values of fp16. Where $k$ (for $B$: $n$) is
  not a multiple of 8, `solve` first copies the matrix to scratch with rows padded by zeros: $O(mk + kn)$
  bytes moved to speed up $O(mnk)$ work. $C$ is read once, so a copy would not pay: where its rows are
  not aligned, it and the answers pass value by value.

**Measured.** On an H200 over cold buffers, two programs on a processor, of 128 × 128, take 37 % longer for
2000 × 3000 × 1000 than tiles of 192 × 256, and cuBLAS with PyTorch's epilogue takes 12 % less than those.
The tensor cores account for 14 µs of the tall kernel's time (16 steps of 1536 clocks), about half of it,
the bytes from and to memory for 8. At 4096³, in tiles of 128 × 256, this is a few percent faster than
cuBLAS.

**What was tried and lost.** In the tall kernel: three stages in place of four took 0.7 % longer; a prefetch
of $C$ to L2 at the beginning, 2.8 %: perhaps its lines delay the first tiles. At 4096³ none of these
kernels differs from another. With tiles of 128 × 128, in a run of their own, three stages and 8 warps took
1.8 % longer; addresses for each value, 7.6 % (and 2.5 % at 4096³). What would not lose is a kernel in Gluon
with a warp that loads, groups that multiply, and $C$ behind the tiles of $B$ in the same ring of buffers:
12 % less time than the tall kernel, with two groups or with three. It is some 130 lines more, and the
solution of `matmul` shows how it is done.

**What goes wrong in the naive version.** `(alpha * (a @ b)).half() + beta * c` rounds twice, and
where the two terms nearly cancel nothing but the first rounding is left; a product rounded before it
is scaled may also pass 65504, where the answer does not. `alpha` multiplies the sum, not `beta * c`.

**What to try next.** That kernel. Tiles shared by two neighbouring processors (clusters, with multicast),
which halves what each fetches from L2. For few tiles and a long $k$: split $k$ over several programs, with
the epilogue in the one that adds up their parts.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.nn.functional import pad
from triton.tools.tensor_descriptor import TensorDescriptor

CHALLENGE = "gemm"

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
def finish(c_ptr, out_ptr, acc, row, column, m, n, alpha, beta, HAS_C: tl.constexpr):
    """alpha * acc + beta * C for the part of a tile that lies within the answer, through pointers."""
    i = row + tl.arange(0, acc.shape[0])
    j = column + tl.arange(0, acc.shape[1])
    at = i.to(tl.int64)[:, None] * n + j[None, :]  # 64 bits: i * n may pass 2**31
    mask = (i < m)[:, None] & (j < n)[None, :]
    acc *= alpha
    if HAS_C:
        acc += beta * tl.load(c_ptr + at, mask=mask, other=0.0).to(tl.float32)
    tl.store(out_ptr + at, acc.to(tl.float16), mask=mask)


@triton.jit
def descriptor_kernel(
    a_desc,
    b_desc,
    c,
    out,
    m,
    n,
    k,
    alpha,
    beta,
    HAS_C: tl.constexpr,
    ALIGNED_OUT: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    GROUP_M: tl.constexpr,
):
    """out[i, j] = alpha * sum_l A[i, l] * B[l, j] + beta * C[i, j]

    c and out are descriptors if ALIGNED_OUT, else pointers.
    """
    row, column = tile_at(tl.program_id(0), m, n, BLOCK_M, BLOCK_N, GROUP_M)
    acc = tl.zeros([BLOCK_M, BLOCK_N], dtype=tl.float32)
    for start in range(0, k, BLOCK_K):
        a = a_desc.load([row, start])  # [BLOCK_M, BLOCK_K]
        b = b_desc.load([start, column])  # [BLOCK_K, BLOCK_N]
        acc = tl.dot(a, b, acc)  # fp16 x fp16 -> fp32
    if ALIGNED_OUT:
        acc *= alpha
        if HAS_C:
            acc += beta * c.load([row, column]).to(tl.float32)
        out.store([row, column], acc.to(tl.float16))
    else:
        finish(c, out, acc, row, column, m, n, alpha, beta, HAS_C)


@triton.jit
def tall_kernel(
    a_desc,  # of BLOCK_M rows
    a_rest_desc,  # of REST_M rows, of the same matrix
    b_desc,
    c_desc,
    c_rest_desc,
    out_desc,
    out_rest_desc,
    m,
    n,
    k,
    alpha,
    beta,
    HAS_C: tl.constexpr,
    BLOCK_M: tl.constexpr,
    REST_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    GROUP_M: tl.constexpr,
):
    """The same for a tile of BLOCK_M + REST_M rows: 192 is no power of 2, but the sum of two."""
    row, column = tile_at(tl.program_id(0), m, n, BLOCK_M + REST_M, BLOCK_N, GROUP_M)
    acc = tl.zeros([BLOCK_M, BLOCK_N], dtype=tl.float32)
    acc_rest = tl.zeros([REST_M, BLOCK_N], dtype=tl.float32)
    for start in range(0, k, BLOCK_K):
        a = a_desc.load([row, start])  # [BLOCK_M, BLOCK_K]
        a_rest = a_rest_desc.load([row + BLOCK_M, start])  # [REST_M, BLOCK_K]
        b = b_desc.load([start, column])  # [BLOCK_K, BLOCK_N]
        acc = tl.dot(a, b, acc)  # fp16 x fp16 -> fp32
        acc_rest = tl.dot(a_rest, b, acc_rest)
    acc *= alpha
    acc_rest *= alpha
    if HAS_C:
        acc += beta * c_desc.load([row, column]).to(tl.float32)
    out_desc.store([row, column], acc.to(tl.float16))
    if HAS_C:
        acc_rest += beta * c_rest_desc.load([row + BLOCK_M, column]).to(tl.float32)
    out_rest_desc.store([row + BLOCK_M, column], acc_rest.to(tl.float16))


@triton.jit
def pointer_kernel(
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
    """The same for one tile, with an address for each value."""
    # Of an integer argument Triton sees only whether 16 divides it. Here the factor 8 is in plain sight.
    k = 8 * k_by_8  # also the length of a row of A
    row_b = 8 * row_b_by_8  # length of a row of B: n, or n padded to a multiple of 8
    if ALIGNED_OUT:
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
    finish(c_ptr, out_ptr, acc, row, column, m, n, alpha, beta, HAS_C)


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


def solve(a: Tensor, b: Tensor, c: Tensor, alpha: float, beta: float, out: Tensor) -> None:
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
    aligned = n % 8 == 0
    tiles = triton.cdiv(m, block_m) * triton.cdiv(n, block_n)
    if block_m == 192:
        tall_kernel[(tiles,)](
            TensorDescriptor.from_tensor(a, [128, 64]),
            TensorDescriptor.from_tensor(a, [64, 64]),
            TensorDescriptor.from_tensor(b, [64, 256]),
            TensorDescriptor.from_tensor(c, [128, 256]),
            TensorDescriptor.from_tensor(c, [64, 256]),
            TensorDescriptor.from_tensor(out, [128, 256]),
            TensorDescriptor.from_tensor(out, [64, 256]),
            m,
            n,
            k,
            alpha,
            beta,
            HAS_C=beta != 0,
            BLOCK_M=128,
            REST_M=64,
            BLOCK_N=256,
            BLOCK_K=64,
            GROUP_M=16,
            num_warps=8,
            num_stages=4,
        )
        return
    tile = dict(HAS_C=beta != 0, ALIGNED_OUT=aligned, BLOCK_M=block_m, BLOCK_N=block_n, BLOCK_K=64, GROUP_M=8)
    if hopper:
        warps, stages = {256: (8, 4), 128: (4, 3), 64: (4, 4)}[block_n]
        descriptor_kernel[(tiles,)](
            TensorDescriptor.from_tensor(a, [block_m, 64]),
            TensorDescriptor.from_tensor(b, [64, block_n]),
            TensorDescriptor.from_tensor(c, [block_m, block_n]) if aligned else c,
            TensorDescriptor.from_tensor(out, [block_m, block_n]) if aligned else out,
            m,
            n,
            k,
            alpha,
            beta,
            **tile,
            num_warps=warps,
            num_stages=stages,
        )
    else:
        warps = 4 if block_n == 64 else 8
        pointer_kernel[(tiles,)](
            a,
            b,
            c,
            out,
            m,
            n,
            k // 8,
            row_b // 8,
            alpha,
            beta,
            **tile,
            num_warps=warps,
            num_stages=3,
        )
