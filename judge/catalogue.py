"""What there is to solve, and what has been."""

from dataclasses import asdict, dataclass
from typing import Any

from tabulate import tabulate

from judge.leaderboard import Leaderboard
from judge.render import duration
from judge.spec import read_spec
from judge.text import clean
from judge.workspace import all_solutions, challenge_folders, challenge_hash


@dataclass(frozen=True)
class Listing:
    """One challenge. `solved` and `best_us` are those of the leaderboard, for the challenge as it is now."""

    name: str
    title: str
    difficulty: str
    tags: tuple[str, ...]
    origin: str
    solutions: list[str]
    solved: bool
    best_us: float | None
    best_device: str | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def listings(database: str | None) -> list[Listing]:
    """Every challenge that can be found here. Raises BadInput for a spec that cannot be read."""
    accepted = [row for row in Leaderboard(database).rows() if row["status"] == "accepted"]
    solutions = all_solutions()
    found = []
    for name, folder in challenge_folders().items():
        spec = read_spec(folder / "spec.md")
        digest = challenge_hash(folder)
        mine = [r for r in accepted if r["challenge"] == name and r["challenge_hash"] == digest]
        timed = [r for r in mine if r["score_us"] is not None]
        best = min(timed, key=lambda r: r["score_us"]) if timed else None
        found.append(
            Listing(
                name=name,
                title=spec.title,
                difficulty=spec.difficulty,
                tags=spec.tags,
                origin=spec.origin,
                solutions=[s.title for s in solutions if s.challenge == name],
                solved=bool(mine),
                best_us=best["score_us"] if best else None,
                best_device=best["device"] if best else None,
            )
        )
    return found


def render_listings(found: list[Listing]) -> str:
    """A table for people."""
    rows = [
        [
            each.name,
            each.title,
            each.difficulty,
            ", ".join(each.tags),
            "yes" if each.solved else "",
            f"{duration(each.best_us)} on {each.best_device}" if each.best_us else "",
        ]
        for each in found
    ]
    return clean(str(tabulate(rows, ["challenge", "title", "difficulty", "tags", "solved", "best"])))
