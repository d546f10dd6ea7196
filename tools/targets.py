"""The targets of the solutions, and how far the solutions reach them in the recorded comparisons.

If a solution misses a target, its note says why in the paragraph that begins with `**What it misses.**`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import flex
from catalogue import Line, best, every, latest, lines, mean

from judge.comparing.results import Results, Speedup
from judge.show.comparison import remark
from judge.solutions.finding import read_solution
from judge.solutions.notes import read_note

ROOT = Path(__file__).resolve().parents[1]
MISSES = "**What it misses.**"

# Each text names shapes: the challenge, then words that the shape's name in `judge compare` must have.
# By their notes and rooflines, these are bound by memory: by the bytes that a call must read and write.
MEMORY = (
    "batched_matmul",  # with matrices this small
    "constant_add_blocks",
    "conv1d k=5",
    "conv2d kh=3 kw=3",
    "conv2d_padded kh=3 kw=3",
    "cross_entropy",
    "dot_product",
    "histogram",
    "invert_colors",
    "layer_norm",
    "layer_norm_backward",
    "leaky_relu",
    "long_softmax",
    "long_sum",
    "matrix_add",
    "matrix_copy",
    "matrix_transpose",
    "monte_carlo",
    "outer_add_blocks",
    "outer_multiply_relu",
    "outer_multiply_relu_backward",
    "prefix_sum",
    "quantized_matmul n=16",
    "reduction",
    "relu",
    "reverse_array",
    "rms_norm",
    "softmax",
    "softmax_vector",
    "sort",
    "spmv",
    "vector_add",
)
MATMUL = ("gemm", "matmul")  # bound by the tensor cores, and PyTorch's time is that of cuBLAS
OTHER = (  # bound by arithmetic of other kinds, or, with few elements, by the launch
    "constant_add",
    "conv1d k=2047",
    "conv2d kh=15 kw=15",
    "conv2d_padded kh=7 kw=7",
    "flash_attention",
    "flash_attention_backward",
    "flash_attention_training",
    "outer_add",
    "quantized_matmul n=2048",
    "rainbow_table",
    "simple_attention",
    "softmax_attention",
)
FORWARD, BACKWARD = "flash_attention dtype=bf16", "flash_attention_backward dtype=bf16"
SMALL = "batch=1 heads=1 dtype=fp32"


@dataclass(frozen=True)
class Target:
    """A target: at least `least` times the speed of `over` (a baseline or the roofline) on each shape."""

    title: str
    least: float
    over: str
    shapes: tuple[str, ...]
    solution: str = ""  # "" is the best of each challenge in the catalogue


TARGETS = (
    Target("FlashAttention-2 forward", 1.45, "sdpa-flash", (FORWARD,), "flash_attention_2"),
    Target("FlashAttention-2 backward", 1.2, "sdpa-flash", (BACKWARD,), "flash_attention_backward"),
    Target("FlashAttention-2 forward", 1.0, "flex", (FORWARD,), "flash_attention_2"),
    Target("FlashAttention-2 backward", 1.0, "flex", (BACKWARD,), "flash_attention_backward"),
    Target(
        "FlashAttention-2 forward and backward",
        1.0,
        "flex",
        ("flash_attention_training dtype=bf16",),
        "flash_attention_training",
    ),
    Target("FlashAttention-3 forward", 1.0, "sdpa-cudnn", (FORWARD,), "flash_attention_3"),
    Target("FlashAttention-3 backward", 1.0, "sdpa-cudnn", (BACKWARD,), "flash_attention_3_backward"),
    Target("small float32 forward", 1.5, "torch", (f"flash_attention {SMALL}",), "flash_attention_2"),
    Target("small float32 forward", 1.0, "sdpa", (f"flash_attention {SMALL}",), "flash_attention_2"),
    Target(
        "small float32 backward",
        1.0,
        "torch",
        (f"flash_attention_backward {SMALL}",),
        "flash_attention_backward",
    ),
    Target(
        "small float32 backward",
        1.0,
        "sdpa-efficient",
        (f"flash_attention_backward {SMALL}",),
        "flash_attention_backward",
    ),
    Target("what is bound by memory", 0.9, "roofline", MEMORY),
    Target("products of matrices", 0.95, "torch", MATMUL),
    Target("no other slower than PyTorch", 1.0, "torch", (*MEMORY, *OTHER)),
)
TIE = 0.95  # the least share of a target that can be a tie
MEAN = Target("geometric mean of the catalogue", 1.0, "compile", ())


@dataclass(frozen=True)
class Outcome:
    """The outcome of a target for a solution on one shape. `measured` is None if it has no time there."""

    target: Target
    line: Line
    measured: Speedup | None

    @property
    def missed(self) -> bool:
        """Whether the target is missed by more than the intervals of both times allow, or by more than a tie
        may be, however wide they are.
        """
        if not self.measured:
            return True
        return self.measured.high < self.target.least or self.measured.value < TIE * self.target.least

    @property
    def tie(self) -> bool:
        """Whether only the intervals let it reach the target."""
        return not self.missed and bool(self.measured and self.measured.value < self.target.least)


def outcomes(target: Target, comparisons: list[Results], record: list[Results]) -> list[Outcome]:
    """The outcomes of one target on each shape for which the baseline or the roofline was recorded."""
    if target.solution:
        known = [*comparisons, *flex.backward(comparisons)]
        found = [line for line in every(known) if line.cell.program == target.solution]
    else:
        found = [line for of_challenge in best(lines(record)).values() for line in of_challenge]
    able = [line for line in found if covers(target, line) and measurable(line, target.over)]
    return [Outcome(target, line, measured(line, target.over)) for line in latest(able)]


def covers(target: Target, line: Line) -> bool:
    """Whether a line is of one of the target's shapes."""
    here = {*line.row.name.split()}
    told = [shape.split() for shape in target.shapes]
    return any(challenge == line.challenge and {*words} <= here for challenge, *words in told)


def measurable(line: Line, over: str) -> bool:
    """Whether the baseline or the roofline `over` has a time on the line's shape."""
    if over == "roofline":
        return bool(line.row.roofline_us)
    base = line.beside(over)
    return bool(base and base.status == "timed")


def measured(line: Line, over: str) -> Speedup | None:
    """The speedup of a line's solution over a baseline or the roofline, None unless both have times."""
    if over != "roofline":
        return line.over(over)
    median, interval, least = line.cell.median_us, line.cell.ci95_us, line.row.roofline_us
    if not (median and interval and least):
        return None
    low, high = interval
    return Speedup(least / median, least / high, least / low if low > 0 else float("inf"))


def reason(path: str) -> str:
    """The text in a solution's note that says why it misses its targets; "" if there is none."""
    file = ROOT / path
    body = read_note(read_solution(file)).body if file.exists() else ""
    paragraphs = [p for p in re.split(r"\n\s*\n", body) if p.startswith(MISSES)]
    return " ".join(" ".join(p.removeprefix(MISSES).split()) for p in paragraphs)


def section(comparisons: list[Results], record: list[Results]) -> str:
    """The whole section, in Markdown."""
    found = [(target, outcomes(target, comparisons, record)) for target in TARGETS]
    top = best(lines(record))
    summary = [_summary(target, of_target) for target, of_target in found]
    missed = _missed([outcome for _, of_target in found for outcome in of_target if outcome.missed])
    if of_all := mean(top, MEAN.over):
        value, some, shapes = of_all
        over = f"{some} of {shapes} shapes of {len(top)} challenges"
        outcome = "reached" if value >= MEAN.least else "missed"
        summary.append([MEAN.title, _least(MEAN), f"{value:.2f}×", f"{outcome} over {over}"])
        if value < MEAN.least:
            slower = [name for name, mine in top.items() if _slower({name: mine})]
            short = f"{100 * (1 - value / MEAN.least):.1f} %"
            where = f"{over}; slower: {', '.join(slower)}"
            missed.append(["all of the best", where, _least(MEAN), f"{value:.2f}×", short])
    else:
        summary.append([MEAN.title, _least(MEAN), "", "not recorded yet"])
    parts = [
        "## Targets",
        "A target is so many times the speed of something else, on each shape. If the interval of the "
        "solution's time overlaps with that of the target, the target is reached by a tie, unless the "
        f"medians are more than {100 * (1 - TIE):.0f} % apart. FlexAttention's backward pass cannot be "
        "called alone: its time is that of its training less that of its forward pass, from two runs.",
        _markdown(summary, ["target", "at least", "least measured", "outcome"]),
    ]
    if missed:
        parts += [
            f"Missed targets, and how far they are short. The solutions' notes say why under {MISSES}",
            _markdown(missed, ["solution", "shape", "target", "measured", "short by"]),
        ]
    return "\n\n".join(parts) + "\n"


def _slower(top: dict[str, list[Line]]) -> bool:
    found = mean(top, MEAN.over)
    return bool(found and found[0] < MEAN.least)


def _summary(target: Target, found: list[Outcome]) -> list[str]:
    missed, ties = sum(outcome.missed for outcome in found), sum(outcome.tie for outcome in found)
    told = f"missed on {missed}" if missed else f"reached on {len(found)}"
    told += f" of {len(found)} shapes" + (f", {ties} by a tie" if ties and not missed else "")
    values = [outcome.measured.value for outcome in found if outcome.measured]
    least = _value(min(values), target) if values else ""
    return [target.title, _least(target), least, told if found else "not recorded yet"]


def _missed(found: list[Outcome]) -> list[list[str]]:
    """A row for each outcome, grouped by solution. The first row of a group has a link to the solution, whose
    note says why.
    """
    table = []
    for path in dict.fromkeys(outcome.line.path for outcome in found):
        name = f"[{Path(path).stem}](../{path})"
        for outcome in found:
            if outcome.line.path == path:
                target, value = outcome.target, outcome.measured and outcome.measured.value
                told = _value(value, target) if value else remark(outcome.line.cell)
                short = f"{100 * (1 - value / target.least):.1f} %" if value else "–"
                table.append([name, outcome.line.row.name, _least(target), told, short])
                name = ""
    return table


def _least(target: Target) -> str:
    return f"{_value(target.least, target)} {'of the roofline' if target.over == 'roofline' else target.over}"


def _value(value: float, target: Target) -> str:
    return f"{100 * value:.3g} %" if target.over == "roofline" else f"{value:.2f}×"


def _markdown(table: list[list[str]], headers: list[str]) -> str:
    rows = [headers, ["---"] * len(headers), *([cell.replace("|", "\\|") for cell in row] for row in table)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
