import torch

TESTS = [
    dict(n=1),
    dict(n=2),
    dict(n=31, values="positive"),
    dict(n=1000),
    dict(n=1024),
    dict(n=1025, values="positive"),
    dict(n=4097),
    dict(n=16_383, values="hill"),
    dict(n=65_537, values="positive"),
    dict(n=65_536, values="hill"),
    dict(n=1_000_003),
    dict(n=7_000_001),
    dict(n=1 << 25, values="ones"),
]
BENCHMARKS = [dict(n=1 << 22), dict(n=100_000_000)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost.
    near = (1 << rng.integer(1, 15)) + rng.integer(-1, 1)
    return dict(
        n=rng.choice([near, rng.integer(1, 60_000)]),
        values=rng.choice(["whole", "positive", "hill"]),
    )


def inputs(rng, n, values="whole"):
    if values == "positive":
        return dict(x=rng.uniform(n))
    if values == "ones":
        # A single running sum in float32 stops at 2**24, as 2**24 + 1 rounds to 2**24.
        return dict(x=torch.ones(n, device=rng.device))
    # A sum that cancels keeps the rounding of its partial sums, which no fair tolerance allows.
    # Sums of whole numbers are exact in float32 up to 2**24, in whatever order they are added:
    # those of 10**8 of these have a standard deviation of 2 * 10**6.
    x = rng.integers(n, low=-300, high=300, dtype=torch.float32)
    if values == "hill":
        # Up to 200 * n / 2 in the middle, and down again.
        i = torch.arange(n, device=rng.device)
        x += torch.where(i < n // 2, 200, -200)
    elif values != "whole":
        raise ValueError(f"values={values!r}: whole, positive, hill or ones")
    return dict(x=x)
