import torch

TESTS = [
    dict(n=1),
    dict(n=2),
    dict(n=33, values="positive"),
    dict(n=1000),
    dict(n=1023),
    dict(n=1025, values="positive"),
    dict(n=4097),
    dict(n=20_001, values="hill"),
    dict(n=65_537, values="positive"),
    dict(n=131_072, values="hill"),
    dict(n=800_011),
    dict(n=7_000_001),
]
BENCHMARKS = [dict(n=1 << 22), dict(n=50_000_000)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost.
    near = (1 << rng.integer(1, 15)) + rng.integer(-1, 1)
    return dict(
        n=rng.choice([near, rng.integer(1, 60_000)]),
        values=rng.choice(["whole", "positive", "hill"]),
    )


def inputs(rng, n, values="whole"):
    if values == "positive":
        return dict(a=rng.uniform(n), b=rng.uniform(n))
    # A sum that cancels keeps the rounding of its partial sums, which no fair tolerance allows.
    # Sums of whole numbers are exact in float32 up to 2**24, in whatever order they are added.
    if values == "hill":
        # Products of 64 on average: up to 32 n in the middle, and down again.
        a = rng.integers(n, low=1, high=15, dtype=torch.float32)
        b = rng.integers(n, low=1, high=15, dtype=torch.float32)
        i = torch.arange(n, device=rng.device)
        return dict(a=a, b=torch.where(i < n // 2, b, -b))
    if values != "whole":
        raise ValueError(f"values={values!r}: whole, positive or hill")
    return dict(
        a=rng.integers(n, low=-20, high=20, dtype=torch.float32),
        b=rng.integers(n, low=-20, high=20, dtype=torch.float32),
    )
