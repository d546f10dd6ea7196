"""Is no Python, whatever a linter says."""

from __future__ import braces  # noqa: F407


def solve(x, out):
    out.copy_(x)
