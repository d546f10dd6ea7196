import torch

TESTS = [
    dict(n=1),
    dict(n=2),
    dict(n=31),
    dict(n=513),
    dict(n=1000),
    dict(n=1023),
    dict(n=1024),
    dict(n=777, spread=1e6),
    dict(n=999, special=True),
]
BENCHMARKS = [dict(n=1024)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost.
    near = (1 << rng.integer(1, 9)) + rng.integer(-1, 1)
    return dict(n=rng.choice([near, rng.integer(1, 1024)]), special=rng.choice([False, True]))


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
