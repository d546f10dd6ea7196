r"""# 1D convolution: directly, or as a product of two matrices that nobody stores

**Idea.** A short filter is applied directly: each thread loads groups of four neighbours of $x$ and
adds what they contribute to its four neighbouring answers. A longer filter is turned into a matrix
product, whose tiles reuse what they load: answers $r \cdot 64 + c$ are the element $(r, c)$ of $X W$ with
$X_{rs} = x_{64 r + s}$ and $W_{sc} = w_{s-c}$ (0 outside of $w$). Both matrices are patterns of addresses;
no memory holds them. A long filter's product is left to the tensor cores, as three products of numbers
that they can read.

**What bounds it.** A short filter: memory, $8n + 4$ bytes. On an H200, 25,000,000 elements and 5 taps take
only a few percent longer than a copy of as many bytes. A long one: arithmetic, $2k(n-k+1)$ flops. 1,500,000
elements and 2047 taps are $6.1 \cdot 10^9$, at least 92 µs in float32 itself. Three times as many on tensor
cores take about 40; the other instructions, most of them for addresses and masks, take about as long to
issue.

**What matters.**

- *Groups of four.* Shifted by one element, a block of $x$ can be loaded 4 bytes at a time only. Shifted
  by four it can be loaded 16 bytes at a time, and four answers of a thread need $k + 3$ neighbours,
  which are at most $\lceil k/4 \rceil + 1$ groups. `tl.split` takes a group apart without any exchange
  between threads. In one run over cold buffers on an H200, 5 taps took 75 % longer in a loop over the taps
  with a shifted block for each.
- *The number of taps at compile time.* Which element of a group meets which tap is then known, the loop
  is unrolled, and its loads are all on their way at once. For this `solve` compiles one kernel for each
  $k$ up to 32. The shifted blocks, unrolled and without masks, took only 0.6 % longer than the groups of
  four, so most of the gain is from here while taps are few.
- *No mask inside.* Only programs at the end of $x$ have one.
- *Three products of tf32.* Tensor cores read 11 bits of a factor. So each is split into its upper 11 bits
  and the rest, $x = x_h + x_l$, and of the four products three count: $x_l w_h + x_h w_l + x_h w_h$. The
  fourth is less than $2^{-20}$ of their sum, and an eighth of that on average.
- *Short sums.* A tensor core cuts off what it cannot hold below its sum, where float32 rounds. Errors of
  one direction add up: in a model of it, 2047 products of numbers from $[0, 1)$ in one accumulator came
  out $4 \cdot 10^{-5}$ too small, 30 times what would be tolerated here. So the sums of each step begin at 0
  and are added in float32, which leaves $5 \cdot 10^{-7}$. The whole numbers of this challenge are exact
  either way: the split loses nothing of their 12 bits, and their sums stay below $2^{24}$.
- *Small tiles for balance.* 1.5 million answers make 366 tiles of 64 x 64, which are all resident at
  once if a multiprocessor has three: with `maxnreg`, as 179 registers would allow two.
- *The price of the zeros.* $W$ is $k + 63$ rows high where $k$ would do: 3 % more work at $k = 2047$,
  but twice the work at $k = 63$. A wider tile would need fewer loads and waste more.
- *Float32's own products in between.* From 33 to 128 taps, `tl.dot` with `input_precision="ieee"` multiplies
  without tensor cores. A thread keeps 8 x 4 sums, and 8 + 4 loaded values feed 32 multiplications, since in
  the time of 128 multiplications L1 gives a multiprocessor 32 elements.
- *Columns from the right*, in that kernel. With $c$ counted from the right, the index into $w$ climbs along
  rows and columns, so that the compiler keeps $W$ in shared memory row by row, as the threads read it.
  The tensor cores want $W$ transposed.

**What was tried** for 2047 taps. Three products of tf32, with short sums in steps of 64, are what is here.
In one accumulator, in tiles of 64 x 64 and steps of 64, they took about as long. Against the latter, steps
of 32 took 9 % longer, with three stages 7 %, and with short sums 15 %; tiles of 128 x 64, of which there
are 183, two for some multiprocessors and one for others, took 3.9 times as long. `"ieee"` took 94 % longer.
`"tf32x3"`, which makes Triton split the numbers itself, needs the fewest lines and took 21 % longer.

**What goes wrong in the naive version.** A flipped filter passes on symmetric ones. A grid for $n$
answers writes $k-1$ too many, and reads past the end of $x$; one for `(n - k + 1) // BLOCK` blocks
drops the tail. tf32, which `tl.dot` uses unless told otherwise, keeps 3 digits.

**What to try next.** Masks of $W$ matter in its first and last steps only, and those of $x$ in the last tile:
loops without them would issue far fewer instructions. The borders between the three kernels were not
measured; blocks of 2048 took 3.6 % longer for 5 taps. For very long filters an FFT, which needs $O(\log n)$
operations per answer instead of $k$, at the price of its rounding.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "conv1d"

LONGEST_DIRECT = 32  # taps
LONGEST_IEEE = 128  # beyond them tensor cores multiply
BLOCK = 1024
ROWS, WIDTH = 64, 64
STEP, TENSOR_STEP = 16, 64


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


@triton.jit
def high(x):
    """The part of x that tf32 holds: its sign, its exponent and the upper 10 bits behind the leading one."""
    return (x.to(tl.int32, bitcast=True) & -(1 << 13)).to(tl.float32, bitcast=True)


@triton.jit
def tensor_kernel(
    x_ptr,
    w_ptr,
    out_ptr,
    n,
    k,
    ROWS: tl.constexpr,
    WIDTH: tl.constexpr,
    STEP: tl.constexpr,
):
    """The same on tensor cores, as three products of tf32.

    W comes as its transpose, for tensor cores read tf32 with the inner dimension contiguous.
    """
    first = tl.program_id(0) * (ROWS * WIDTH)
    row = first + tl.arange(0, ROWS) * WIDTH  # [ROWS]
    c = tl.arange(0, WIDTH)  # [WIDTH]
    step = tl.arange(0, STEP)  # [STEP]

    acc = tl.zeros([ROWS, WIDTH], dtype=tl.float32)
    for start in range(0, k + WIDTH - 1, STEP):
        s = start + step  # [STEP]
        i = row[:, None] + s[None, :]  # [ROWS, STEP]
        j = s[None, :] - c[:, None]  # [WIDTH, STEP], s - c
        x = tl.load(x_ptr + i, mask=i < n, other=0.0)
        w = tl.load(w_ptr + j, mask=(j >= 0) & (j < k), other=0.0)
        x_high, w_high = high(x), high(w)
        x_low, w_low = x - x_high, w - w_high
        part = tl.dot(x_low, tl.trans(w_high), input_precision="tf32")
        part = tl.dot(x_high, tl.trans(w_low), part, input_precision="tf32")
        part = tl.dot(x_high, tl.trans(w_high), part, input_precision="tf32")
        acc += part  # tensor cores cut off what does not fit into a sum: let theirs be short

    i = row[:, None] + c[None, :]  # [ROWS, WIDTH]
    tl.store(out_ptr + i, acc, mask=i < n - k + 1)


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    n, k, length = len(x), len(w), len(out)
    programs = triton.cdiv(length, ROWS * WIDTH)
    tile = dict(ROWS=ROWS, WIDTH=WIDTH, num_warps=4)
    if k <= LONGEST_DIRECT:
        direct_kernel[(triton.cdiv(length, BLOCK),)](x, w, out, n, K=k, BLOCK=BLOCK, num_warps=4)
    elif k <= LONGEST_IEEE:
        matrix_kernel[(programs,)](x, w, out, n, k, STEP=STEP, **tile)
    else:
        # As many registers as leave room for three programs on a multiprocessor.
        tensor_kernel[(programs,)](x, w, out, n, k, STEP=TENSOR_STEP, num_stages=2, maxnreg=168, **tile)
