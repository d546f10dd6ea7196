import torch

TESTS = [
    dict(n=1),
    dict(n=2),
    dict(n=255),
    dict(n=1000),
    dict(n=1024),
    dict(n=1025),
    dict(n=65536),
    dict(n=65537, spread=1e6),
    dict(n=4099, special=True),
    dict(n=5_000_011),
]
BENCHMARKS = [dict(n=(1 << 24) + 1), dict(n=50_000_000)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost.
    near = (1 << rng.integer(1, 14)) + rng.integer(-1, 1)
    return dict(n=rng.choice([near, rng.integer(1, 30_000)]), special=rng.choice([False, True]))


def inputs(rng, n, spread=1.0, special=False):
    x = rng.normal(n)
    if spread != 1:
        x = x * spread
    if special:
        i = torch.arange(n, device=rng.device)
        x = torch.where(i % 5 == 0, torch.inf, x)
        x = torch.where(i % 7 == 1, -torch.inf, x)
        x = torch.where(i % 11 == 2, torch.nan, x)
    return dict(x=x)
