r"""# Sparse matrix times vector, short rows through shared memory

**Idea.** Where rows are short, a program takes some neighbouring rows. Their entries are neighbours
too: it walks along them without a look at the rows, and puts each product into shared memory. Then a
few threads for each row add up the row's part ("CSR-Stream", Greathouse and Daga). Where rows are long,
a program takes one of them.

**What bounds it.** Memory. Every entry is read once, a value and a column: $8 \cdot nnz$ bytes, for two
flops each. On top come $8 \cdot rows$ bytes of `row_starts` and `out`, and the gathers from `x`. They
read 4 bytes each, but memory is fetched in sectors of 32 bytes: with columns at random, up to $32 \cdot
nnz$ bytes come from L2, or from memory if `x` does not fit there. With $16 \cdot 10^6$ entries in
$10^6$ rows that is 512 MB from L2 beside the 140 MB from memory, and the gathers are the bound. There this
is a few percent faster than PyTorch (cuSPARSE) on an H200. Rows of 1000 entries, of which `x` has 20,000,
come mostly from memory, and PyTorch takes about a tenth longer for them.

**What matters.**

- *No thread idles while it loads.* A tile of rows goes on until the longest of them ends, which of 8
  random rows is nearly three times the mean. Here only the sums in shared memory wait for the longest
  row.
- *Room to spare.* Rows of the mean length would fill half of the room for products, so that few programs
  meet more entries than fit. Those that do, take their rows one by one.
- *Rows by mean length.* `nnz / rows` is known without a look at the matrix. Up to 64 it decides how many
  rows a program takes, and so how many threads add up each; beyond, how many entries of a row are taken
  at a time, 4 for each thread.
- *Past L1.* Each entry is used once, elements of `x` again and again: these are to stay in the caches.
  For long rows it was best to load entries with `.cg`, which leaves them out of L1, and for short ones with
  `evict_first`: with `.cg` they took 2 % longer, in one run over cold buffers.
- *Sums stay apart.* Adding up along a long row in each step would cross threads each time; one sum per
  place in the block needs that only once. It also keeps float32 partial sums short.

**Shared memory.** Triton has no words for it: a few lines of PTX reserve it, store and load. The compiler
does not know what they do, so the barrier between storing and loading is written out. `histogram.py`
says why that is safe, and what its limits are. On the interpreter a slice of a tensor takes its place.

**What was tried.** A tile of 8 rows by 16 entries for each warp, without shared memory, took 139.6 µs for
the million rows, and larger tiles more: 24 % more for 1024 entries over 4 warps. With shared memory, sizes
matter little: 128 threads with 512 entries a step took 2 % longer than what is here, with 1024 entries 1 %,
64 threads with 256 entries and half of the room 3 %. Cutting the entries into equal parts, with a segmented
scan in each, took 55 % longer at best than the tile of 8 rows.

Rows of 1000: one step of 2048 over 4 warps took 6 % longer than what is here; 1024 over 4 warps, 6 %; 512
over two, 12 %; 256 over one, 23 %. The first 12,032 elements of `x` in shared memory, and the others
gathered, took 2.2 times as long.

**What goes wrong in the naive version.** One thread or one program per row takes every row to be
about the same length. A block that stops after `BLOCK` entries loses the rest of a long row, one without
a mask at the row's end adds the first entries of the next row. Skipping empty rows leaves garbage in
`out`: they are 0, and have to be written.

**What it misses.** The roofline counts each byte once. Of the $16 \cdot 10^6$ gathers with columns at
random in $x$, 4 MB, hardly any two neighbours share a sector of 32 bytes: 512 MB from L2, beside the
140 MB from memory (33 µs). Together that is some 5 TB/s out of L2, and the bound. Rows of 1000 entries
find their 80 KB of $x$ in L1, but a warp's gather touches up to 32 lines there, where a load of
neighbours touches one; the bytes alone take 38 µs.

**What to try next.** A row with most of the entries still keeps one program busy long after the others
are done. Cutting the *entries* into equal parts instead of the rows, with sums of cut rows added in a
second pass (merge-based SpMV), makes the time independent of the rows' lengths. Short rows need fewer
sectors from L2 if columns come in an order in which neighbouring entries share them.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "spmv"

SHORT = 64  # entries of a row on average, up to which products go through shared memory
ROOM = 2048  # products there
STEP = 1024  # entries per step of short rows
THREADS = 256  # for short rows
WIDEST = 1024  # entries per step of a long row


@triton.jit
def row_sum(values_ptr, columns_ptr, row_starts_ptr, x_ptr, row, BLOCK: tl.constexpr):
    """The formula below for one row, BLOCK entries at a time."""
    start = tl.load(row_starts_ptr + row)
    length = tl.load(row_starts_ptr + row + 1) - start
    sums = tl.zeros([BLOCK], dtype=tl.float32)
    for done in range(0, length, BLOCK):
        j = done + tl.arange(0, BLOCK)  # [BLOCK]
        mask = j < length
        column = tl.load(columns_ptr + start + j, mask=mask, other=0, cache_modifier=".cg")
        value = tl.load(values_ptr + start + j, mask=mask, other=0.0, cache_modifier=".cg")
        sums += value * tl.load(x_ptr + column, mask=mask, other=0.0, eviction_policy="evict_last")
    return tl.sum(sums, axis=0)


@triton.jit
def rows_kernel(values_ptr, columns_ptr, row_starts_ptr, x_ptr, out_ptr, BLOCK: tl.constexpr):
    """out[r] = sum of values[k] * x[columns[k]] over row_starts[r] <= k < row_starts[r + 1]."""
    row = tl.program_id(0)
    tl.store(out_ptr + row, row_sum(values_ptr, columns_ptr, row_starts_ptr, x_ptr, row, BLOCK))


@triton.jit
def shared_words(scratch_ptr, WORDS: tl.constexpr, ON_GPU: tl.constexpr):
    """Where WORDS words of 4 bytes of the program's own begin: an address in shared memory, or in scratch."""
    if ON_GPU:
        return tl.inline_asm_elementwise(
            f"{{ .shared .align 16 .b32 words[{WORDS}]; mov.u32 $0, words; }}",
            "=r,r",  # one register is the answer; one is an operand, of which there has to be one
            [0],
            dtype=tl.int32,
            is_pure=False,  # it stays where it stands
            pack=1,  # elements at a time
        )
    else:
        return scratch_ptr + tl.program_id(0) * WORDS


@triton.jit
def put(words, i, value, mask, ON_GPU: tl.constexpr):
    """words[i] = value where the mask is set."""
    if ON_GPU:
        tl.inline_asm_elementwise(
            "{ .reg .pred p; setp.ne.u32 p, $3, 0; @p st.shared.f32 [$1], $2; mov.u32 $0, 0; }",
            "=r,r,f,r",
            [words + 4 * i, value, mask.to(tl.int32)],
            tl.int32,
            False,
            1,
        )
    else:
        tl.store(words + i, value, mask=mask)


@triton.jit
def get(words, i, mask, ON_GPU: tl.constexpr):
    """words[i] where the mask is set, otherwise 0."""
    if ON_GPU:
        return tl.inline_asm_elementwise(
            "{ .reg .pred p; setp.ne.u32 p, $2, 0; mov.f32 $0, 0f00000000; @p ld.shared.f32 $0, [$1]; }",
            "=&f,r,r",
            [words + 4 * i, mask.to(tl.int32)],
            tl.float32,
            False,
            1,
        )
    else:
        return tl.load(words + i, mask=mask, other=0.0)


@triton.jit
def stream_kernel(
    values_ptr,
    columns_ptr,
    row_starts_ptr,
    x_ptr,
    out_ptr,
    scratch_ptr,
    rows,
    ROWS: tl.constexpr,
    EACH: tl.constexpr,
    ROOM: tl.constexpr,
    STEP: tl.constexpr,
    ON_GPU: tl.constexpr,
):
    """The formula of rows_kernel for ROWS rows, each summed by EACH threads."""
    words = shared_words(scratch_ptr, ROOM, ON_GPU)
    first_row = tl.program_id(0) * ROWS
    last_row = tl.minimum(first_row + ROWS, rows)
    first = tl.load(row_starts_ptr + first_row)
    entries = tl.load(row_starts_ptr + last_row) - first
    if entries <= ROOM:
        for start in range(0, entries, STEP):
            k = start + tl.arange(0, STEP)  # [STEP]
            mask = k < entries
            column = tl.load(columns_ptr + first + k, mask=mask, other=0, eviction_policy="evict_first")
            value = tl.load(values_ptr + first + k, mask=mask, other=0.0, eviction_policy="evict_first")
            product = value * tl.load(x_ptr + column, mask=mask, other=0.0, eviction_policy="evict_last")
            put(words, k, product, mask, ON_GPU)
        r = first_row + tl.arange(0, ROWS)  # [ROWS]
        begin = tl.load(row_starts_ptr + r, mask=r < rows, other=0)  # [ROWS]
        length = tl.load(row_starts_ptr + r + 1, mask=r < rows, other=0) - begin  # [ROWS]
        longest = tl.max(length, axis=0)
        tl.debug_barrier()
        sums = tl.zeros([ROWS, EACH], dtype=tl.float32)
        each = tl.arange(0, EACH)  # [EACH]
        at = (begin - first)[:, None] + each[None, :]  # [ROWS, EACH]
        left = length[:, None] - each[None, :]  # [ROWS, EACH]
        for done in range(0, longest, 2 * EACH):
            sums += get(words, at + done, left > done, ON_GPU)
            sums += get(words, at + done + EACH, left > done + EACH, ON_GPU)
        tl.store(out_ptr + r, tl.sum(sums, axis=1), mask=r < rows)
    else:
        for row in range(first_row, last_row):
            tl.store(out_ptr + row, row_sum(values_ptr, columns_ptr, row_starts_ptr, x_ptr, row, STEP))


def solve(values: Tensor, columns: Tensor, row_starts: Tensor, x: Tensor, rows: int, out: Tensor) -> None:
    mean = triton.next_power_of_2(triton.cdiv(values.numel(), rows))
    if mean <= SHORT:
        # Half of the room for rows of the mean length: rows differ.
        of_program = min(ROOM // (2 * mean), THREADS)
        programs = triton.cdiv(rows, of_program)
        # What shared memory holds on a GPU.
        scratch = None if x.is_cuda else torch.empty(programs, ROOM)
        stream_kernel[(programs,)](
            values,
            columns,
            row_starts,
            x,
            out,
            scratch,
            rows,
            ROWS=of_program,
            EACH=THREADS // of_program,
            ROOM=ROOM,
            STEP=STEP,
            ON_GPU=x.is_cuda,
            num_warps=THREADS // 32,
        )
    else:
        block = min(mean, WIDEST)
        rows_kernel[(rows,)](values, columns, row_starts, x, out, BLOCK=block, num_warps=block // 128)
