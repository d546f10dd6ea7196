import torch

TESTS = [
    dict(m=1, n=1),
    dict(m=1, n=127),
    dict(m=127, n=1),
    dict(m=3, n=100),
    dict(m=100, n=3),
    dict(m=64, n=65),
    dict(m=128, n=128),
    dict(m=90, n=77, spread=1e6),
    dict(m=59, n=101, special=True),
]
BENCHMARKS = [dict(m=128, n=128)]


def fuzz(rng):
    return dict(m=rng.integer(1, 128), n=rng.integer(1, 128), special=rng.choice([False, True]))


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
