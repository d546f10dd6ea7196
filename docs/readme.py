"""Writes the generated parts of README.md: transcripts from docs/transcripts, the table from the challenges.

python docs/readme.py
"""

from pathlib import Path

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
    return found


def written(text: str) -> str:
    """README.md's text with its generated parts as they should be."""
    for name, part in parts().items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        text = f"{text.split(begin)[0]}{begin}\n{part}\n{end}{text.split(end)[1]}"
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
