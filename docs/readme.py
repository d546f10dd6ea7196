"""Writes the generated parts of README.md: transcripts from docs/transcripts, the table from the challenges.

python docs/readme.py
"""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"


def parts() -> dict[str, str]:
    """The text between each pair of marks."""
    from judge.catalogue import listings

    found = {}
    for name in ("accepted", "refused"):
        lines = (HERE / "transcripts" / f"{name}.txt").read_text().rstrip().splitlines()
        found[name] = "\n".join(f"    {line}".rstrip() for line in lines)
    rows = [f"| `{c.name}` | {c.title} | {c.difficulty} | {c.origin} |" for c in listings(None)]
    found["catalogue"] = "\n".join(["| challenge | | difficulty | origin |", "|---|---|---|---|", *rows])
    found["times"] = times()
    return found


def times() -> str:
    """The solutions with the times that judge brings: a line for each benchmark of each."""
    from judge.catalogue import listings
    from judge.leaderboard import Leaderboard
    from judge.workspace import challenge_folders, challenge_hash

    lines = ["| solution | benchmark | time | vs PyTorch | roofline |", "|---|---|---|---|---|"]
    where = set()
    folders = challenge_folders()
    for challenge in listings(None):
        digest = challenge_hash(folders[challenge.name])
        entries = Leaderboard().entries(challenge.name, None, digest)
        recorded = {e["solution"]: e for e in entries if e["author"] == "reference"}
        for solution in challenge.solutions:
            name = f"[{Path(solution).stem}]({solution})"
            if solution in recorded:
                lines += _lines(name, recorded[solution])
                where.add(tuple(recorded[solution][key] for key in ("device", "driver", "torch", "triton")))
            else:
                lines.append(f"| {name} | not timed yet | | | |")
    places = [f"{d}, driver {driver}, torch {t}, triton {tr}" for d, driver, t, tr in sorted(where)]
    return "\n".join([*places, "", *lines])


def _lines(name: str, entry: dict[str, Any]) -> list[str]:
    from judge.notes import program
    from judge.render import duration

    changed = program(entry["source"]) != program((HERE.parent / entry["solution"]).read_text())
    mark = " †" if changed else ""
    lines = []
    for result in json.loads(entry["verdict"])["benchmarks"]:
        half = (result["ci95_us"][1] - result["ci95_us"][0]) / 2 / result["median_us"]
        speedup = f"{result['speedup']:.2f}×" if result["speedup"] else ""
        roofline = f"{100 * result['roofline']:.0f} %" if result["roofline"] else ""
        time = f"{duration(result['median_us'])} ± {100 * half:.1f} %{mark}"
        lines.append(f"| {name} | {result['name']} | {time} | {speedup} | {roofline} |")
        name = ""
    return lines


def written(text: str) -> str:
    """README.md's text with its generated parts as they should be."""
    for name, part in parts().items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        text = f"{text.split(begin)[0]}{begin}\n{part}\n{end}{text.split(end)[1]}"
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
