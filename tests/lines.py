"""Lines of exported leaderboards, changed so that they still make sense."""

from typing import Any


def timed(line: dict[str, Any], score_us: float, **changes: Any) -> dict[str, Any]:
    """A line with another score, and times that give it. A method is also that of each time."""
    method = {"method": changes["method"]} if "method" in changes else {}
    factor = score_us / line["score_us"]
    benchmarks = [
        each
        | {"median_us": each["median_us"] * factor, "ci95_us": [end * factor for end in each["ci95_us"]]}
        | {"roofline": each["roofline"] and each["roofline"] / factor}
        | method
        for each in line["benchmarks"]
    ]
    return line | dict(score_us=score_us, benchmarks=benchmarks) | changes
