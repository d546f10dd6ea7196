import torch

TESTS = [
    dict(rows=1, cols=1),
    dict(rows=1, cols=1025),
    dict(rows=1025, cols=1),
    dict(rows=2, cols=3),
    dict(rows=64, cols=64),
    dict(rows=33, cols=130),
    dict(rows=129, cols=511, spread=1e6),
    dict(rows=101, cols=99, special=True),
    dict(rows=5, cols=20_001),
    dict(rows=70_001, cols=3),
    dict(rows=263, cols=389),
    dict(rows=2051, cols=1029),
    dict(rows=5_000_001, cols=3),
    dict(rows=2, cols=3_000_001),
]
BENCHMARKS = [dict(rows=4096, cols=8192), dict(rows=5001, cols=5003)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost; on a square, rows and columns taken for
    # one another do no harm.
    near = (1 << rng.integer(1, 8)) + rng.integer(-1, 1)
    rows, cols = rng.choice(
        [
            (near, rng.integer(1, 300)),
            (rng.integer(1, 300), near),
            (near, near),
            (rng.integer(1, 20), rng.integer(1000, 5000)),
            (rng.integer(1000, 5000), rng.integer(1, 20)),
        ]
    )
    return dict(rows=rows, cols=cols, special=rng.choice([False, True]))


def inputs(rng, rows, cols, spread=1.0, special=False):
    x = rng.normal(rows, cols)
    if spread != 1.0:
        x *= spread
    if special:
        i = torch.arange(rows * cols, device=rng.device).view(rows, cols)
        for every, value in ((5, torch.inf), (7, -torch.inf), (11, torch.nan)):
            x = torch.where(i % every == 0, value, x)
    return dict(x=x)
