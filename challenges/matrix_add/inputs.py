import torch

TESTS = [
    dict(rows=1, cols=1),
    dict(rows=1, cols=300),
    dict(rows=257, cols=1),
    dict(rows=64, cols=64),
    dict(rows=33, cols=130),
    dict(rows=3, cols=1025),
    dict(rows=129, cols=511, spread=1e6),
    dict(rows=101, cols=99, special=True),
    dict(rows=3, cols=20_001),
    dict(rows=70_001, cols=2),
    dict(rows=1031, cols=773),
    dict(rows=1, cols=3_000_001),
]
BENCHMARKS = [dict(rows=2048, cols=2048), dict(rows=4096, cols=8192)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost; on a square, a row's length taken for a
    # column's does no harm.
    near = (1 << rng.integer(1, 8)) + rng.integer(-1, 1)
    rows, cols = rng.choice(
        [
            (near, rng.integer(1, 300)),
            (rng.integer(1, 300), near),
            (near, near),
            (rng.integer(1, 20), rng.integer(1000, 5000)),
        ]
    )
    return dict(rows=rows, cols=cols, special=rng.choice([False, True]))


def inputs(rng, rows, cols, spread=1.0, special=False):
    a = rng.normal(rows, cols)
    b = rng.normal(rows, cols)
    if spread != 1.0:
        a *= spread
        b *= spread
    if special:
        # inf + 1, -inf + 1, nan + 1 and, every 35th element, inf + -inf = nan.
        i = torch.arange(rows * cols, device=rng.device).view(rows, cols)
        a = torch.where(i % 5 == 0, torch.inf, a)
        a = torch.where(i % 11 == 0, torch.nan, a)
        b = torch.where(i % 7 == 0, -torch.inf, b)
    return dict(a=a, b=b)
