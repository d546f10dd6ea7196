"""The length of a pass: how many calls a long one has, and whether a submission made it short."""

import math
from dataclasses import dataclass

PASS_US, LONGEST_US = 1500.0, 50_000.0  # a long pass takes at least, and at most if it has calls to spare
FEWEST_CALLS, USUAL_CALLS, MOST_CALLS = 4, 16, 512
MOST_NODES, MOST_EDGES = 1 << 14, 1 << 17  # of a chain
_SLOWER_BEFORE = 0.7  # of what a call took while the number of calls was chosen


@dataclass(frozen=True)
class Length:
    """The calls of a long pass. `takes_room` says whether there would be more without the program's own
    memory.
    """

    calls: int
    takes_room: bool = False


FIRST_LENGTH = Length(2 * FEWEST_CALLS)  # before anything is known of a call


def length_of(
    call_us: float,
    rough_us: float,
    nodes: int,
    edges: int,
    call_bytes: float,
    free_bytes: int,
    own_bytes: int,
) -> Length:
    """The length of a long pass, which shall be long compared with what varies.

    `call_us` is the time of a call of a program of ours, if there is one, because a submission shall not
    choose; `rough_us` is the side's own. A call has `nodes` and `edges` and needs `call_bytes` of memory, of
    which `free_bytes` are free. The program itself took `own_bytes`.
    """
    wanted = max(USUAL_CALLS, math.ceil(PASS_US / max(call_us, 0.5)))
    if rough_us * wanted > LONGEST_US:  # calls of many milliseconds need no long chain
        wanted = min(wanted, int(LONGEST_US / rough_us))
    wanted = min(wanted, MOST_CALLS, MOST_NODES // nodes, MOST_EDGES // (nodes + edges))
    calls = max(FEWEST_CALLS, min(wanted, int(free_bytes / call_bytes)))
    otherwise = min(wanted, int((free_bytes + own_bytes) / call_bytes))
    return Length(calls, own_bytes > call_bytes and calls < otherwise)


def made_short(length: Length, median_us: float, rough_us: float) -> str:
    """The reason not to believe passes that a submission made so short that they tell little: it was much
    slower while their length was chosen, or its own memory leaves no room for more. "" if there is none.
    """
    short = length.calls * median_us < PASS_US / 2 and length.calls < MOST_CALLS // 2
    if short and length.takes_room:
        return f"its own memory leaves room for passes of {length.calls} calls only"
    if (short or length.calls < USUAL_CALLS) and median_us < _SLOWER_BEFORE * rough_us:
        times = f"{rough_us:.3g} µs while the number of calls was chosen, {median_us:.3g} µs later"
        return f"a call took {times}"
    return ""
