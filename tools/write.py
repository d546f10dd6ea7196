"""Writes every generated page and part of a page, or says which of them are not up to date.

python tools/write.py
python tools/write.py --check        exit code 1 if one is not up to date
"""

import argparse
import os
import sys
from pathlib import Path

import clock
import performance
import readme

import challenges

ROOT = Path(__file__).resolve().parents[1]


def generated() -> dict[Path, str]:
    """The text that each generated file should have."""
    record, whole = (performance.read_record(p) for p in (performance.RECORD, performance.CATALOGUE))
    found = {performance.DOCS / name: text for name, text in performance.pages(record, whole).items()}
    found[ROOT / "README.md"] = readme.readme()
    found[ROOT / "docs" / "catalogue.md"] = challenges.page()
    found[ROOT / "docs" / "clock.md"] = clock.page()
    return found


def stale() -> list[Path]:
    """The generated files that have another text."""
    return [path for path, text in generated().items() if not path.exists() or path.read_text() != text]


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the generated pages.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if one is stale")
    check = parser.parse_args().check
    os.chdir(ROOT)
    found = stale()
    if check:
        for path in found:
            print(f"{path.relative_to(ROOT)} is not up to date: python tools/write.py writes it")
        sys.exit(1 if found else 0)
    for path, text in generated().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
