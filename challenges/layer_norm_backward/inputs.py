import torch

TESTS = [
    dict(rows=1, cols=1),
    dict(rows=5, cols=1),
    dict(rows=1, cols=37),
    dict(rows=300, cols=3),
    dict(rows=67, cols=100),
    dict(rows=33, cols=257, shift=50.0),
    dict(rows=40, cols=513, shift=3.0, spread=0.0, eps=0.01),
    dict(rows=64, cols=1024, spread=0.1, eps=0.1),
    dict(rows=3, cols=4099),
    dict(rows=5, cols=16_385, shift=30.0),
    dict(rows=1031, cols=1023),
    dict(rows=5003, cols=101),
]
BENCHMARKS = [dict(rows=16_384, cols=1024), dict(rows=4096, cols=4096)]


def fuzz(rng):
    rows, cols = rng.choice(
        [
            (rng.integer(1, 200), rng.integer(1, 100)),
            (rng.integer(1, 30), rng.integer(100, 1000)),
            (rng.integer(1, 4), rng.integer(1000, 9000)),
        ]
    )
    return dict(
        rows=rows,
        cols=cols,
        spread=rng.choice([1.0, 5.0]),
        shift=rng.choice([-10.0, 0.0, 3.0]),
        eps=rng.choice([1e-5, 1e-2]),
    )


def inputs(rng, rows, cols, spread=1.0, shift=0.0, eps=1e-5):
    # Neighbouring columns lie at least 1 apart (times spread), so that no row has almost no
    # variance by chance: dividing by it would magnify rounding beyond any fair tolerance.
    side = 1.5 - 3.0 * (torch.arange(cols, device=rng.device) % 2)
    return dict(
        x=(rng.uniform(rows, cols, low=-1.0, high=1.0) + side) * spread + shift,
        weight=rng.normal(cols) + 1.0,
        d_out=rng.normal(rows, cols) * 0.1,
        eps=eps,
    )
