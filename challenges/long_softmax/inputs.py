import torch

TESTS = [
    dict(rows=1, cols=1),
    dict(rows=50, cols=50, spread=3.0),
    dict(rows=7, cols=1025, shift=-40_000.0),
    dict(rows=3, cols=16_384, shift=200.0),
    dict(rows=3, cols=20_001, spread=1e4),
    dict(rows=2, cols=32_769, slope=60.0, shift=-90.0),
    dict(rows=2, cols=32_767, slope=-60.0, shift=100.0),
    dict(rows=3, cols=30_011, infinities=True),
    dict(rows=1, cols=300_001, spread=4.0),
    dict(rows=70_001, cols=17),
    dict(rows=9, cols=200_003, spread=4.0, shift=-60.0),
]
BENCHMARKS = [dict(rows=4096, cols=32_768), dict(rows=1024, cols=200_003)]


def fuzz(rng):
    rows, cols = rng.choice(
        [
            (rng.integer(1, 30), rng.integer(1, 700)),
            (rng.integer(1, 5), (1 << rng.integer(9, 14)) + rng.integer(-1, 1)),
            (rng.integer(1, 2), rng.integer(5000, 40_000)),
        ]
    )
    # A shift changes nothing in the answer. Far above 0 a naive exp overflows; far below 0 it
    # underflows, and a tail padded with zeros outweighs the row.
    return dict(
        rows=rows,
        cols=cols,
        spread=rng.choice([1.0, 5.0, 100.0]),
        shift=rng.choice([-150.0, -15.0, 150.0]),
        slope=rng.choice([-20.0, 0.0, 20.0]),
        infinities=rng.choice([False, True]),
    )


def inputs(rng, rows, cols, spread=1.0, shift=0.0, slope=0.0, infinities=False):
    # With a slope, rows climb or fall by that much from end to end: the maximum of the blocks seen
    # so far changes in every block, or in the first only.
    x = rng.normal(rows, cols)
    if spread != 1.0:
        x *= spread
    if shift or slope:
        x += shift + torch.arange(cols, device=rng.device) * (slope / cols)
    if infinities:
        # Rows 0, 3, ... stay finite; rows 1, 4, ... begin with -inf for three quarters of their
        # width, rows 2, 5, ... end so. Never all of a row.
        row = torch.arange(rows, device=rng.device)[:, None]
        col = torch.arange(cols, device=rng.device)[None, :]
        x = torch.where((row % 3 == 1) & (col < cols * 3 // 4), -torch.inf, x)
        x = torch.where((row % 3 == 2) & (col > cols // 4), -torch.inf, x)
    return dict(x=x)
