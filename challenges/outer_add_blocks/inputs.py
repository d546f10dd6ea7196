import torch

TESTS = [
    dict(m=1, n=1),
    dict(m=2, n=4099),
    dict(m=4099, n=2),
    dict(m=128, n=256),
    dict(m=257, n=129),
    dict(m=63, n=1025, spread=1e6),
    dict(m=301, n=190, special=True),
    # More tiles along one side than the second axis of a grid has programs.
    dict(m=5_000_001, n=3),
    dict(m=3, n=5_000_001),
]
BENCHMARKS = [dict(m=8192, n=8191), dict(m=1000, n=100_000)]


def fuzz(rng):
    return dict(m=rng.integer(1, 300), n=rng.integer(1, 300), special=rng.choice([False, True]))


def inputs(rng, m, n, spread=1.0, special=False):
    x = rng.normal(n)
    y = rng.normal(m)
    if spread != 1:
        x, y = x * spread, y * spread
    if special:
        # Few enough that most of `out` stays finite. Where inf meets -inf the answer is nan.
        i = torch.arange(n, device=rng.device)
        j = torch.arange(m, device=rng.device)
        x = torch.where(i % 13 == 3, torch.inf, x)
        x = torch.where(i % 17 == 5, torch.nan, x)
        y = torch.where(j % 11 == 2, -torch.inf, y)
        y = torch.where(j % 19 == 7, torch.nan, y)
    return dict(x=x, y=y)
