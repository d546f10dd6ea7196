import torch

TESTS = [
    dict(n=1),
    dict(n=2),
    dict(n=33, values="uniform"),
    dict(n=255, values="uniform"),
    dict(n=1000),
    dict(n=1024, values="parts"),
    dict(n=1025),
    dict(n=4097, values="hill"),
    dict(n=20_001, values="parts"),
    dict(n=65_535, values="hill"),
    dict(n=65_537),
    dict(n=300_007),
    dict(n=20_000_003),
    dict(n=70_001_664),
]
BENCHMARKS = [dict(n=1 << 20), dict(n=50_000_000)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost.
    near = (1 << rng.integer(1, 15)) + rng.integer(-1, 1)
    return dict(
        n=rng.choice([near, rng.integer(1, 60_000)]),
        values=rng.choice(["whole", "parts", "hill"]),
    )


def inputs(rng, n, values="whole"):
    if values == "uniform":
        return dict(x=rng.uniform(n))
    # Sums that are rounded keep the rounding of what went before, and Triton's interpreter scans a
    # block one element after another: no fair tolerance allows that. Sums of whole numbers are exact
    # in float32 up to 2**24, in whatever order they are added: those of 7 * 10**7 of these stay within
    # 2 * 10**6 or so. Multiples of 1 / 256 are exact up to 2**16.
    if values == "parts":
        return dict(x=rng.integers(n, low=0, high=256, dtype=torch.float32) / 256)
    x = rng.integers(n, low=-100, high=100, dtype=torch.float32)
    if values == "hill":
        # Up to 200 * n / 2 in the middle, and down again.
        i = torch.arange(n, device=rng.device)
        x += torch.where(i < n // 2, 200, -200)
    elif values != "whole":
        raise ValueError(f"values={values!r}: whole, parts, hill or uniform")
    return dict(x=x)
