"""Shapes and inputs: matrices that keep all of a GPU busy, for each dtype that a peak is measured in."""

from typing import Any

import torch

from judge.challenges.rng import Rng

TESTS: list[dict[str, Any]] = []
BENCHMARKS = [
    dict(n=8192, dtype="float16"),
    dict(n=8192, dtype="bfloat16"),
    dict(n=4096, dtype="float32"),
    dict(n=2048, dtype="float64"),
]


def fuzz(rng: Rng) -> dict[str, Any]:
    return dict(n=rng.integer(1, 100), dtype="float32")


def inputs(rng: Rng, n: int, dtype: str) -> dict[str, Any]:
    a, b = (rng.normal(n, n, dtype=getattr(torch, dtype)) for _ in range(2))
    return dict(a=a, b=b)
