r"""# 1D convolution: directly, or as a product of two matrices that nobody stores

**Idea.** A short filter is applied as it is written: each program keeps a block of answers and walks
along $w$, with the block of $x$ shifted by one more each time. A long filter is turned into a matrix
product, whose tiles reuse in registers what they load: answers $r \cdot 64 + c$ are the element
$(r, c)$ of $X W$ with $X_{rs} = x_{64 r + s}$ and $W_{sc} = w_{s-c}$ (0 outside of $w$). Both matrices
are patterns of addresses; no memory holds them.

**What bounds it.** A short filter: memory, $8n + 4$ bytes. A long one: arithmetic, $2k(n-k+1)$ flops.
They have to run at float32's own rate, as tensor cores would round $x$ to tf32.

**What matters.**

- *Loads per multiplication.* The direct kernel loads one element from L1 for each multiplication,
  and in the time of 128 multiplications L1 gives an SM 32 of them: little enough to be slower than
  memory from some 17 taps on. `tl.dot` with `input_precision="ieee"` multiplies without tensor
  cores; a thread keeps 8 x 4 sums, and 8 + 4 loaded values feed 32 multiplications. By this count
  it pays from about 32 taps on.
- *The price of the zeros.* $W$ is $k + 63$ rows high where $k$ would do: 3 % more work at $k = 2047$,
  but twice the work at $k = 63$. A wider tile would need fewer loads and waste more.
- *Small tiles for balance.* 1.5 million answers make 366 tiles of 64 x 64, which go well into 132
  SMs; of 128 x 64 there would be 183, two for some SMs and one for others.
- *Columns from the right.* With $c$ counted from the right, the index into $w$ climbs along rows
  and columns, so that the compiler keeps $W$ in shared memory row by row, as the threads read it.

**What goes wrong in the naive version.** A flipped filter passes on symmetric ones. A grid for $n$
answers writes $k-1$ too many, and reads past the end of $x$; one for `(n - k + 1) // BLOCK` blocks
drops the tail. tf32, which `tl.dot` uses unless told otherwise, keeps 3 digits.

**What to try next.** The border between the two kernels, and larger tiles for very long signals; an
FFT, which needs $O(\log n)$ operations per answer instead of $k$, at the price of its rounding.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "conv1d"

LONGEST_DIRECT = 32
BLOCK = 1024
ROWS, WIDTH, STEP = 64, 64, 16


@triton.jit
def direct_kernel(x_ptr, w_ptr, out_ptr, length, k, BLOCK: tl.constexpr):
    """out[i] = sum_j x[i + j] * w[j] for the BLOCK values of i that belong to this program."""
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    mask = i < length  # then i + j < length + k - 1 = n, too

    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for j in range(k):
        acc += tl.load(x_ptr + i + j, mask=mask, other=0.0) * tl.load(w_ptr + j)
    tl.store(out_ptr + i, acc, mask=mask)


@triton.jit
def matrix_kernel(
    x_ptr,
    w_ptr,
    out_ptr,
    n,
    k,
    ROWS: tl.constexpr,
    WIDTH: tl.constexpr,
    STEP: tl.constexpr,
):
    """out[r * WIDTH + c] = sum_s X[r, s] * W[s, c] for ROWS values of r and WIDTH of c.

    X[r, s] = x[r * WIDTH + s] and W[s, c] = w[s - c], which is 0 outside of w.
    """
    first = tl.program_id(0).to(tl.int64) * (ROWS * WIDTH)
    row = first + tl.arange(0, ROWS) * WIDTH  # [ROWS]
    from_right = tl.arange(0, WIDTH)  # [WIDTH], WIDTH - 1 - c
    step = tl.arange(0, STEP)  # [STEP]

    acc = tl.zeros([ROWS, WIDTH], dtype=tl.float32)
    for start in range(0, k + WIDTH - 1, STEP):
        s = start + step  # [STEP]
        i = row[:, None] + s[None, :]  # [ROWS, STEP]
        j = s[:, None] + from_right[None, :] - (WIDTH - 1)  # [STEP, WIDTH], s - c
        x = tl.load(x_ptr + i, mask=i < n, other=0.0)
        w = tl.load(w_ptr + j, mask=(j >= 0) & (j < k), other=0.0)
        acc = tl.dot(x, w, acc, input_precision="ieee")

    i = row[:, None] + (WIDTH - 1 - from_right)[None, :]  # [ROWS, WIDTH]
    tl.store(out_ptr + i, acc, mask=i < n - k + 1)


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    n, k, length = len(x), len(w), len(out)
    if k <= LONGEST_DIRECT:
        direct_kernel[(triton.cdiv(length, BLOCK),)](x, w, out, length, k, BLOCK=BLOCK, num_warps=4)
    else:
        programs = triton.cdiv(length, ROWS * WIDTH)
        matrix_kernel[(programs,)](x, w, out, n, k, ROWS=ROWS, WIDTH=WIDTH, STEP=STEP, num_warps=4)
