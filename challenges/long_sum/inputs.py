import torch

TESTS = [
    dict(rows=1, cols=1),
    dict(rows=7, cols=1),
    dict(rows=100, cols=100),
    dict(rows=65, cols=1023),
    dict(rows=5, cols=4097, positive=True),
    dict(rows=2, cols=16_384, hill=1000),
    dict(rows=3, cols=20_001, hill=1000),
    dict(rows=40, cols=20_001, positive=True),
    dict(rows=1, cols=99_991),
    dict(rows=1, cols=300_007, positive=True),
    dict(rows=70_001, cols=17),
    dict(rows=9, cols=200_003),
]
BENCHMARKS = [dict(rows=4096, cols=8192), dict(rows=64, cols=1_000_003)]


def fuzz(rng):
    rows, cols = rng.choice(
        [
            (rng.integer(1, 100), rng.integer(1, 700)),
            (rng.integer(1, 8), (1 << rng.integer(7, 13)) + rng.integer(-1, 1)),
            (rng.integer(1, 3), rng.integer(5000, 20_000)),
        ]
    )
    positive = rng.choice([False, True])
    return dict(rows=rows, cols=cols, positive=positive, hill=0 if positive else rng.choice([0, 500]))


def inputs(rng, rows, cols, positive=False, hill=0):
    if positive:
        return dict(x=rng.uniform(rows, cols))
    # A sum that cancels keeps the rounding of its partial sums, which no fair tolerance allows.
    # Sums of whole numbers are exact in float32 up to 2**24, in whatever order they are added.
    x = rng.integers(rows, cols, low=-3000, high=3000, dtype=torch.float32)
    if hill:
        # Up to hill * cols / 2 in the middle of the row, and down again.
        col = torch.arange(cols, device=rng.device)
        x += torch.where(col < cols // 2, hill, -hill)
    return dict(x=x)
