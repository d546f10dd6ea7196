"""The time of FlexAttention's backward pass. It cannot be called alone, so this is training less forward."""

from collections.abc import Iterable
from dataclasses import replace

from judge.comparing.results import Cell, Results

NAME = "flex"


def backward(comparisons: Iterable[Results]) -> list[Results]:
    """The comparisons of backward passes, with this difference as one more program, on its shapes."""
    recorded = [*comparisons]
    forward, both = (times(recorded, f"flash_attention{of}") for of in ("", "_training"))
    found = []
    for results in recorded:
        if results.challenge == "flash_attention_backward":
            rows = [
                replace(row, entries=[*row.entries, difference(both[row.name], forward[row.name])])
                for row in results.rows
                if row.name in both and row.name in forward
            ]
            found.append(replace(results, against=[*results.against, NAME], rows=rows))
    return found


def times(recorded: list[Results], challenge: str) -> dict[str, Cell]:
    """FlexAttention's own times on a challenge, by shape. If there are several, the last one counts."""
    return {
        row.name: entry
        for results in recorded
        if results.challenge == challenge
        for row in results.rows
        for entry in row.entries
        if entry.program == NAME and entry.median_us and entry.ci95_us
    }


def difference(both: Cell, forward: Cell) -> Cell:
    """The difference of two times, with the widest interval that their intervals allow."""
    assert both.median_us and both.ci95_us and forward.median_us and forward.ci95_us
    low, high = both.ci95_us[0] - forward.ci95_us[1], both.ci95_us[1] - forward.ci95_us[0]
    return Cell(
        NAME,
        median_us=both.median_us - forward.median_us,
        ci95_us=(low, high),
        samples=min(both.samples, forward.samples),
        method=both.method,
        noisy=both.noisy or forward.noisy,
    )
