r"""# 1D convolution: directly, or as a product of two matrices that nobody stores

**Idea.** A short filter is applied directly: each thread loads groups of four neighbours of $x$ and adds what
they contribute to its four neighbouring answers. A long filter is turned into a matrix
product, whose tiles reuse in registers what they load: answers $r \cdot 64 + c$ are the element
$(r, c)$ of $X W$ with $X_{rs} = x_{64 r + s}$ and $W_{sc} = w_{s-c}$ (0 outside of $w$). Both matrices
are patterns of addresses; no memory holds them.

**What bounds it.** A short filter: memory, $8n + 4$ bytes. A long one: arithmetic, $2k(n-k+1)$ flops.
They have to run at float32's own rate, as tensor cores would round $x$ to tf32.

**What matters.**

- *Groups of four.* Shifted by one element, a block of $x$ can be loaded 4 bytes at a time only. Shifted by
  four it can be loaded 16 bytes at a time, and four answers of a thread need $k + 3$ neighbours, which are
  at most $\lceil k/4 \rceil + 1$ groups. `tl.split` takes a group apart without any exchange between threads.
  In one run over cold buffers on an H200, 25,000,000 elements and 5 taps took 49.8 µs, where a loop over
  the taps with a shifted block for each took 87.0.
- *The number of taps at compile time.* Which element of a group meets which tap is then known, the loop
  is unrolled, and its loads are all on their way at once. For this `solve` compiles one kernel for each
  $k$ up to 32. The shifted blocks, unrolled and without masks, took 50.1 µs, so most of the gain is
  from here while taps are few.
- *No mask inside.* Only programs at the end of $x$ have one.
- *Loads per multiplication.* In the time of 128 multiplications L1 gives an SM 32 elements. `tl.dot` with
  `input_precision="ieee"` multiplies without tensor cores; a thread keeps 8 x 4 sums, and 8 + 4 loaded
  values feed 32 multiplications. From 33 taps on it is used. 1,500,000 elements and 2047 taps took 211 µs.
- *The price of the zeros.* $W$ is $k + 63$ rows high where $k$ would do: 3 % more work at $k = 2047$,
  but twice the work at $k = 63$. A wider tile would need fewer loads and waste more.
- *Small tiles for balance.* 1.5 million answers make 366 tiles of 64 x 64, which go well into 132
  SMs; of 128 x 64 there would be 183, two for some SMs and one for others.
- *Columns from the right.* With $c$ counted from the right, the index into $w$ climbs along rows
  and columns, so that the compiler keeps $W$ in shared memory row by row, as the threads read it.

**What goes wrong in the naive version.** A flipped filter passes on symmetric ones. A grid for $n$
answers writes $k-1$ too many, and reads past the end of $x$; one for `(n - k + 1) // BLOCK` blocks
drops the tail. tf32, which `tl.dot` uses unless told otherwise, keeps 3 digits.

**What to try next.** The border between the two kernels, which was set for the direct kernel with shifted
blocks; blocks of 2048 took 51.6 µs for 5 taps. Larger tiles for very long signals; an FFT,
which needs $O(\log n)$ operations per answer instead of $k$, at the price of its rounding.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "conv1d"

LONGEST_DIRECT = 32
BLOCK = 1024
ROWS, WIDTH, STEP = 64, 64, 16


@triton.jit
def term(acc, x, w_ptr, j: tl.constexpr, K: tl.constexpr):
    """acc + x * w[j], if there is such an element of w."""
    return acc + x * tl.load(w_ptr + j) if j >= 0 and j < K else acc


@triton.jit
def terms(acc, x0, x1, x2, x3, w_ptr, j: tl.constexpr, K: tl.constexpr):
    """acc + x0 * w[j] + x1 * w[j + 1] + x2 * w[j + 2] + x3 * w[j + 3], as far as there are such elements."""
    acc = term(acc, x0, w_ptr, j, K)
    acc = term(acc, x1, w_ptr, j + 1, K)
    acc = term(acc, x2, w_ptr, j + 2, K)
    return term(acc, x3, w_ptr, j + 3, K)


@triton.jit
def direct_kernel(x_ptr, w_ptr, out_ptr, n, K: tl.constexpr, BLOCK: tl.constexpr):
    """out[i] = sum_j x[i + j] * w[j] for the BLOCK values of i that belong to this program.

    Of the answers 4q, ..., 4q + 3 of a thread, y_r is number 4q + r. Group g of x holds x_s = x[4q + 4g + s]:
        y_r += x_s * w[4g + s - r]
    """
    start = tl.program_id(0).to(tl.int64) * BLOCK
    k = tl.arange(0, BLOCK)  # [BLOCK]
    y0 = tl.zeros([BLOCK // 4], dtype=tl.float32)
    y1, y2, y3 = y0, y0, y0
    inside = start + BLOCK + K + 3 <= n  # all that this program touches
    for g in tl.static_range((K + 6) // 4):
        if inside:
            x = tl.load(x_ptr + start + 4 * g + k)  # [BLOCK]
        else:
            x = tl.load(x_ptr + start + 4 * g + k, mask=start + 4 * g + k < n, other=0.0)
        even, odd = tl.split(tl.reshape(x, [BLOCK // 4, 2, 2]))  # [BLOCK / 4, 2]
        x0, x2 = tl.split(even)  # [BLOCK / 4]
        x1, x3 = tl.split(odd)  # [BLOCK / 4]
        y0 = terms(y0, x0, x1, x2, x3, w_ptr, 4 * g, K)
        y1 = terms(y1, x0, x1, x2, x3, w_ptr, 4 * g - 1, K)
        y2 = terms(y2, x0, x1, x2, x3, w_ptr, 4 * g - 2, K)
        y3 = terms(y3, x0, x1, x2, x3, w_ptr, 4 * g - 3, K)

    y = tl.reshape(tl.join(tl.join(y0, y2), tl.join(y1, y3)), [BLOCK])
    if inside:
        tl.store(out_ptr + start + k, y)
    else:
        tl.store(out_ptr + start + k, y, mask=start + k < n - K + 1)


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
        direct_kernel[(triton.cdiv(length, BLOCK),)](x, w, out, n, K=k, BLOCK=BLOCK, num_warps=4)
    else:
        programs = triton.cdiv(length, ROWS * WIDTH)
        matrix_kernel[(programs,)](x, w, out, n, k, ROWS=ROWS, WIDTH=WIDTH, STEP=STEP, num_warps=4)
