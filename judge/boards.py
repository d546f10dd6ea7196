"""Boards as the command shows them: for the challenges as they are now."""

from typing import Any

from judge.errors import BadInput
from judge.leaderboard import Leaderboard, reference_rows
from judge.workspace import challenge_folders, challenge_hash, find_challenge

Row = dict[str, Any]


def boards(board: Leaderboard, challenge: str | None, device: str | None) -> dict[str, list[Row]]:
    """Per challenge that has times, its entries. Raises BadInput for an unknown challenge."""
    found = {}
    for name, folder in _chosen(board, challenge).items():
        digest = challenge_hash(folder) if folder else None
        entries = [_public(e) for e in board.entries(name, None, digest) if _matches(e, device)]
        if entries:
            found[name] = entries
    return found


def history(board: Leaderboard, challenge: str | None, device: str | None) -> list[Row]:
    """Every verdict on a challenge, or on all."""
    if challenge:
        [challenge] = _chosen(board, challenge)
    return [_public(row) for row in board.rows(challenge) if _matches(row, device)]


def _chosen(board: Leaderboard, challenge: str | None) -> dict[str, Any]:
    """Names and folders; a challenge that has rows but no folder any more keeps its board."""
    folders: dict[str, Any] = dict(challenge_folders())
    if challenge is None:
        named = {row["challenge"] for row in (*board.rows(), *reference_rows())}
        return {name: folders.get(name) for name in sorted(named)}
    try:
        folder = find_challenge(challenge)
        return {folder.resolve().name: folder}
    except BadInput:
        if board.rows(challenge):
            return {challenge: None}
        raise


def _matches(row: Row, device: str | None) -> bool:
    return device is None or device.lower() in str(row["device"]).lower()


def _public(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("verdict", "source")}
