import torch

TESTS = [
    dict(n=1),
    dict(n=2),
    dict(n=31),
    dict(n=1000),
    dict(n=1024),
    dict(n=1025),
    dict(n=65536),
    dict(n=65537, spread=1e6),
    dict(n=4099, special=True),
    dict(n=3_000_001),
]
BENCHMARKS = [dict(n=1 << 20), dict(n=25_000_000)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost.
    near = (1 << rng.integer(1, 14)) + rng.integer(-1, 1)
    return dict(n=rng.choice([near, rng.integer(1, 30_000)]), special=rng.choice([False, True]))


def inputs(rng, n, spread=1.0, special=False):
    a = rng.normal(n) * spread
    b = rng.normal(n) * spread
    if special:
        # inf + 1, -inf + 1, nan + 1 and, every 35th element, inf + -inf = nan.
        i = torch.arange(n, device=rng.device)
        a = torch.where(i % 5 == 0, torch.inf, a)
        a = torch.where(i % 11 == 0, torch.nan, a)
        b = torch.where(i % 7 == 0, -torch.inf, b)
    return dict(a=a, b=b)
