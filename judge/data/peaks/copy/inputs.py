"""Shapes and inputs: a tensor that is much larger than any cache."""

from typing import Any

from judge.challenges.rng import Rng

TESTS: list[dict[str, Any]] = []
BENCHMARKS = [dict(n=1 << 26)]


def fuzz(rng: Rng) -> dict[str, Any]:
    return dict(n=rng.integer(1, 1000))


def inputs(rng: Rng, n: int) -> dict[str, Any]:
    return dict(x=rng.normal(n))
