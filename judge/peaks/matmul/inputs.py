import torch

TESTS = []
BENCHMARKS = [
    dict(n=8192, dtype="float16"),
    dict(n=8192, dtype="bfloat16"),
    dict(n=4096, dtype="float32"),
    dict(n=2048, dtype="float64"),
]


def fuzz(rng):
    return dict(n=rng.integer(1, 100), dtype="float32")


def inputs(rng, n, dtype):
    draw = dict(dtype=getattr(torch, dtype))
    return dict(a=rng.normal(n, n, **draw), b=rng.normal(n, n, **draw))
