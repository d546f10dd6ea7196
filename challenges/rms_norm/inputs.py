import torch

TESTS = [
    dict(rows=1, cols=1),
    dict(rows=7, cols=1, spread=0.01, eps=1e-4),
    dict(rows=1, cols=37),
    dict(rows=150, cols=3, spread=0.001, eps=1e-6),
    dict(rows=65, cols=100, shift=5.0),
    dict(rows=33, cols=257, spread=0.01, eps=1e-3),
    dict(rows=22, cols=77, mixed=True),
    dict(rows=19, cols=1000, spread=1e-4),
    dict(rows=9, cols=1025, shift=-3.0),
    dict(rows=3, cols=16_385, spread=0.02, eps=1e-3),
    dict(rows=2, cols=100_003, shift=1.0),
    dict(rows=70_001, cols=17, eps=0.1),
    dict(rows=9, cols=200_003, shift=-30.0),
]
BENCHMARKS = [dict(rows=4096, cols=4096), dict(rows=2048, cols=32_768)]


def fuzz(rng):
    rows, cols = rng.choice(
        [
            (rng.integer(1, 100), rng.integer(1, 100)),
            (rng.integer(1, 30), (1 << rng.integer(5, 11)) + rng.integer(-1, 1)),
            (rng.integer(1, 4), rng.integer(1000, 40_000)),
        ]
    )
    return dict(
        rows=rows,
        cols=cols,
        spread=rng.choice([1e-3, 1.0, 100.0]),
        shift=rng.choice([-2.0, 0.0, 10.0]),
        eps=rng.choice([1e-6, 1e-5, 1e-2]),
        mixed=cols <= 100 and rng.choice([False, True]),
    )


def inputs(rng, rows, cols, spread=1.0, shift=0.0, eps=1e-5, mixed=False):
    x = rng.normal(rows, cols)
    if shift:
        x += shift
    if spread != 1.0:
        x *= spread
    if mixed:
        # Rows of ordinary values, of zeros, of values far below sqrt(eps), and of values whose
        # squares come near the largest float32.
        scale = torch.ones(rows, 1, device=rng.device)
        scale[1::4] = 0.0
        scale[2::4] = 1e-4
        scale[3::4] = 1e18 / (spread * (1.0 + abs(shift)))
        x *= scale
    return dict(x=x, weight=rng.normal(cols) + 1.0, eps=eps)
