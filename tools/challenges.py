"""docs/catalogue.md: the challenges that are shipped, and their solutions."""

from judge.challenges.finding import all_challenges
from judge.solutions.finding import all_solutions

_HEAD = """\
# The challenges

Each challenge has solutions in `solutions/`, whose docstrings are notes to read (`judge notes NAME`).
`judge show NAME` says what a challenge asks for. Its times are in [performance.md](performance.md).

| challenge | | difficulty | origin | solutions |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page, in Markdown."""
    rows = []
    for name, challenge in all_challenges().items():
        about = challenge.about()
        links = [f"[{s.name}](../{s.title})" for s in all_solutions() if s.challenge == name]
        cells = [f"[`{name}`](../challenges/{name}/spec.md)", about.title, about.difficulty, about.origin]
        rows.append(f"| {' | '.join([*cells, ', '.join(links)])} |\n")
    return _HEAD + "".join(rows)
