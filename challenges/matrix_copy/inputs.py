import torch

TESTS = [
    dict(rows=1, cols=1),
    dict(rows=1, cols=300),
    dict(rows=257, cols=1),
    dict(rows=64, cols=64),
    dict(rows=33, cols=131),
    dict(rows=3, cols=1025),
    dict(rows=129, cols=511, spread=1e30),
    dict(rows=101, cols=99, special=True),
    dict(rows=3, cols=20_001),
    dict(rows=70_001, cols=2),
    dict(rows=1031, cols=1033),
    dict(rows=1, cols=3_000_001),
]
BENCHMARKS = [dict(rows=4096, cols=8192), dict(rows=4095, cols=8191)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost; an odd number of elements is where
    # vectors of two or four lose one.
    near = (1 << rng.integer(1, 8)) + rng.integer(-1, 1)
    rows, cols = rng.choice(
        [
            (near, rng.integer(1, 300)),
            (rng.integer(1, 300), near),
            (rng.integer(1, 20), rng.integer(1000, 5000)),
        ]
    )
    return dict(rows=rows, cols=cols, special=rng.choice([False, True]))


def inputs(rng, rows, cols, spread=1.0, special=False):
    x = rng.normal(rows, cols)
    if spread != 1.0:
        x *= spread
    if special:
        i = torch.arange(rows * cols, device=rng.device).view(rows, cols)
        for every, value in ((3, -0.0), (5, torch.inf), (7, -torch.inf), (11, torch.nan)):
            x = torch.where(i % every == 0, value, x)
    return dict(x=x)
