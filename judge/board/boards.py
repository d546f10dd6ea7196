"""The contents of `judge leaderboard`: boards and histories for the current versions of the challenges."""

from typing import Any

from judge.board.columns import PUBLIC, Record
from judge.board.standings import Board, Standings
from judge.challenges.finding import all_challenges, find_challenge
from judge.challenges.format import FoundChallenge
from judge.errors import BadInput


def boards(standings: Standings, challenge: str | None, device: str | None) -> dict[str, list[Board]]:
    """The boards of each challenge that has times, by name.

    Raises BadInput for an unknown challenge.
    """
    found = {}
    for name, folder in _chosen(standings, challenge).items():
        digest = folder.digest() if folder else None
        if of_challenge := [b for b in standings.boards(name, digest) if _is_on(b.device, device)]:
            found[name] = of_challenge
    return found


def history(standings: Standings, challenge: str | None, device: str | None) -> list[Record]:
    """All verdicts that were recorded here, on one challenge or on all."""
    names = _chosen(standings, challenge) if challenge else None
    return [
        r for r in standings.own if (names is None or r["challenge"] in names) and _is_on(r["device"], device)
    ]


def _chosen(standings: Standings, challenge: str | None) -> dict[str, FoundChallenge | None]:
    """The challenges to show, by name. The value is None for one that has records but is not found any more:
    it keeps its board.
    """
    known = all_challenges()
    if challenge is None:
        return {name: known.get(name) for name in standings.challenges}
    try:
        found = find_challenge(challenge)
        return {found.name: found}
    except BadInput:
        if any(record["challenge"] == challenge for record in standings.own):
            return {challenge: None}
        raise


def _is_on(device: str, wanted: str | None) -> bool:
    return wanted is None or wanted.lower() in device.lower()


def public(record: Record) -> dict[str, Any]:
    """The public columns of a record, for other programs: without the source and the verdict's JSON."""
    return {name: record[name] for name in PUBLIC}
