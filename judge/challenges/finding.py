"""Finding challenges: by path, by name in the workspace, or among those that are shipped."""

import os
from pathlib import Path

from judge.challenges.format import FoundChallenge
from judge.challenges.formats import FORMATS
from judge.errors import BadInput, did_you_mean
from judge.workspace import roots


def all_challenges() -> dict[str, FoundChallenge]:
    """All challenges that can be found here, by name. One in the workspace hides a shipped one."""
    found: dict[str, FoundChallenge] = {}
    for root in roots():
        found = _named_in(root / "challenges") | found
    return dict(sorted(found.items()))


def _named_in(folder: Path) -> dict[str, FoundChallenge]:
    """The challenges that lie in a folder, by name."""
    found: dict[str, FoundChallenge] = {}
    for each in FORMATS:
        for path in each.challenges_in(folder):
            challenge = FoundChallenge(path, each)
            found.setdefault(challenge.name, challenge)
    return found


def _recognized(path: Path) -> FoundChallenge | None:
    """The challenge at a path, None if no format recognizes it."""
    return next((FoundChallenge(path, each) for each in FORMATS if each.recognizes(path)), None)


def find_challenge(text: str) -> FoundChallenge:
    """Find a challenge by path or by name. Raises BadInput if there is none, or a part of it is missing."""
    found = find_draft(text)
    found.format.require_complete(found.path)
    return found


def find_draft(text: str) -> FoundChallenge:
    """Find a challenge by path or by name; a part of it may be missing. Raises BadInput if there is none."""
    given = Path(text)
    if found := _recognized(given):
        return found
    for root in roots():
        folder = root / "challenges"
        # A challenge in a file is named without the suffix, so the name alone is not its path.
        if found := _recognized(folder / given.name) or _named_in(folder).get(given.name):
            return found
    if os.path.isdir(given):
        FORMATS[0].require_complete(given)
    hint = did_you_mean(given.name, all_challenges(), "judge list names them")
    raise BadInput(f"no such challenge: {text}; {hint}")
