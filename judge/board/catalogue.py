"""The list of the challenges, and which of them are solved."""

from dataclasses import asdict, dataclass
from typing import Any

from judge.board.standings import Standings
from judge.challenges.finding import all_challenges
from judge.solutions.finding import all_solutions


@dataclass(frozen=True)
class Listing:
    """One challenge. `solved` and `best_us` are the leaderboard's, for the challenge's current version."""

    name: str
    title: str
    difficulty: str
    tags: tuple[str, ...]
    origin: str
    solutions: list[str]
    solved: bool
    best_us: float | None
    best_device: str | None
    best_method: str | None

    def as_json(self) -> dict[str, Any]:
        """A dictionary that json.dumps takes."""
        return asdict(self)


def listings(standings: Standings) -> list[Listing]:
    """All challenges that can be found here. Raises BadInput if one of them cannot be read."""
    solutions = all_solutions()
    found = []
    for name, challenge in all_challenges().items():
        about, digest = challenge.about(), challenge.digest()
        best = standings.own_best(name, digest) or {}
        found.append(
            Listing(
                name=name,
                title=about.title,
                difficulty=about.difficulty,
                tags=about.tags,
                origin=about.origin,
                solutions=[s.title for s in solutions if s.challenge == name],
                solved=standings.is_solved(name, digest),
                best_us=best.get("score_us"),
                best_device=best.get("device"),
                best_method=best.get("method"),
            )
        )
    return found
