import torch

TESTS = [
    dict(n=1, k=1),
    dict(n=1000, k=1),
    dict(n=31, k=31),
    dict(n=2, k=2, values="whole"),
    dict(n=1025, k=2),
    dict(n=4097, k=3, values="positive"),
    dict(n=16_389, k=33),
    dict(n=777, k=64),
    dict(n=5003, k=129, values="whole"),
    dict(n=2048, k=2047, values="whole"),
    dict(n=10_007, k=1000, values="whole"),
    dict(n=12_289, k=2047, values="whole"),
    dict(n=2_000_003, k=7),
    dict(n=300_007, k=2047, values="whole"),
]
BENCHMARKS = [dict(n=25_000_000, k=5), dict(n=1_500_000, k=2047, values="whole")]


def fuzz(rng):
    k = rng.choice([rng.integer(1, 8), rng.integer(1, 64), rng.integer(65, 600)])
    n = k + rng.choice([0, 1, rng.integer(0, 300), (1 << rng.integer(6, 13)) + rng.integer(-2, 1)])
    return dict(n=n, k=k, values="whole" if k > 64 else rng.choice(["normal", "positive", "whole"]))


def inputs(rng, n, k, values="normal"):
    if values == "normal":
        return dict(x=rng.normal(n), w=rng.normal(k))
    if values == "positive":
        return dict(x=rng.uniform(n), w=rng.uniform(k))
    if values == "whole":
        # A long sum that cancels keeps the rounding of its partial sums, which no fair tolerance
        # allows. These are exact in float32 in any order, as 2047 * 4095 * 2 < 2**24, and 4095
        # needs one bit more than tf32 has.
        x = rng.integers(n, low=-4095, high=4095, dtype=torch.float32)
        return dict(x=x, w=rng.integers(k, low=-2, high=2, dtype=torch.float32))
    raise ValueError(f"values={values!r}: normal, positive or whole")
