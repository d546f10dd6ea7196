import torch

TESTS = [
    dict(rows=1, cols=1),
    dict(rows=7, cols=1, shift=-3.0),
    dict(rows=1, cols=37),
    dict(rows=300, cols=3),
    dict(rows=33, cols=257, shift=100.0),
    dict(rows=40, cols=513, shift=1.0, eps=0.01, constant=True),
    dict(rows=10, cols=1000, eps=1e-5, constant=True),
    dict(rows=19, cols=1023, spread=0.1, eps=0.1),
    dict(rows=3, cols=4097, shift=-50.0),
    dict(rows=4, cols=16_385, shift=50.0),
    dict(rows=2, cols=40_001, slope=20.0),
    dict(rows=1, cols=300_007, shift=30.0),
    dict(rows=70_001, cols=17),
    dict(rows=9, cols=200_003, slope=-60.0),
]
BENCHMARKS = [dict(rows=16_384, cols=1024), dict(rows=4096, cols=8192)]


def fuzz(rng):
    rows, cols = rng.choice(
        [
            (rng.integer(1, 200), rng.integer(1, 100)),
            (rng.integer(1, 30), rng.integer(100, 1000)),
            (rng.integer(1, 4), rng.integer(1000, 9000)),
            (1, rng.integer(9000, 40_000)),
        ]
    )
    return dict(
        rows=rows,
        cols=cols,
        spread=rng.choice([1.0, 5.0]),
        shift=rng.choice([-30.0, 0.0, 10.0]),
        slope=rng.choice([-20.0, 0.0]),
        eps=rng.choice([1e-5, 1e-2]),
    )


def inputs(rng, rows, cols, spread=1.0, shift=0.0, slope=0.0, eps=1e-5, constant=False):
    # Neighbouring columns lie at least 1 apart (times spread), so that no row has almost no
    # variance by chance: dividing by it would magnify rounding beyond any fair tolerance.
    col = torch.arange(cols, device=rng.device)
    side = 1.5 - 3.0 * (col % 2)
    if slope:  # from one end of a row to the other: the parts of a row have means of their own
        side = side + slope / cols * col
    x = rng.uniform(rows, cols, low=-1.0, high=1.0)
    x += side
    if spread != 1.0:
        x *= spread
    if shift:
        x += shift
    if constant:  # every other row is constant, and whole, so that its mean comes out exactly
        row = torch.arange(rows, device=rng.device)[:, None]
        x = torch.where(row % 2 == 0, shift, x)
    # Where the mean is large, its rounding shows in out, times the weight, and is allowed for by
    # PyTorch's own, which may be small by luck: so weights are at most 1. A bad variance shows in rstd.
    return dict(x=x, weight=rng.uniform(cols, low=-1.0, high=1.0), bias=rng.normal(cols), eps=eps)
