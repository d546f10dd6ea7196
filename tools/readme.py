"""The generated parts of README.md: transcripts, and ten of the times in docs/catalogue.jsonl."""

from pathlib import Path

import catalogue
import performance

from judge.show.comparison import remark
from judge.show.units import duration, percent

ROOT = Path(__file__).resolve().parents[1]
# Solutions and the beginnings of the shapes that the README shows.
SHOWN = {
    "vector_add": "n=25000000",
    "softmax": "rows=4096",
    "layer_norm": "rows=4096",
    "cross_entropy": "rows=2048",
    "reduction": "n=100000000",
    "prefix_sum_rounds": "n=50000000",
    "sort": "n=10000000",
    "matmul": "m=4096",
    "conv2d": "height=4096",
    "flash_attention_3": "batch=4",
}


def parts() -> dict[str, str]:
    """The text between each pair of marks."""
    found = {}
    for name in ("accepted", "refused"):
        lines = (ROOT / "docs" / "transcripts" / f"{name}.txt").read_text().rstrip().splitlines()
        found[name] = "\n".join(f"    {line}".rstrip() for line in lines)
    found["times"] = times()
    return found


def times() -> str:
    """Ten lines of the catalogue."""
    record = performance.read_record(performance.CATALOGUE)
    lines = ["|solution|shape|time|vs PyTorch|roofline|", "|---|---|---|---|---|"]
    for line in catalogue.lines(record):
        if line.row.name.startswith(SHOWN.get(line.cell.program, " ")):
            over = line.over("torch")
            ratio = f"{over.value:.2f}×" if over else ""
            median = duration(line.cell.median_us) if line.cell.median_us else remark(line.cell)
            cells = [line.row.name, median, ratio, percent(line.cell.roofline)]
            lines.append(f"|[{line.cell.program}]({line.path})|{'|'.join(cells)}|")
    return "\n".join([f"{catalogue.places(record)}:", "", *lines])


def readme() -> str:
    """The text of README.md, with its generated parts up to date."""
    text = (ROOT / "README.md").read_text()
    for name, part in parts().items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        text = f"{text.split(begin)[0]}{begin}\n{part}\n{end}{text.split(end)[1]}"
    return text
