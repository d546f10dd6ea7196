TESTS = [
    dict(m=1, n=1),
    dict(m=1, n=300),
    dict(m=257, n=1),
    dict(m=128, n=256),
    dict(m=33, n=130),
    dict(m=129, n=511, spread=1e3),
    dict(m=100, n=100, zeros=True),
    dict(m=3, n=65_537),
    dict(m=70_001, n=13),
    dict(m=1_050_001, n=3),
]
BENCHMARKS = [dict(m=1024, n=1024), dict(m=8192, n=8191)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost; with m = n, rows and columns swapped
    # give the right shape.
    near = (1 << rng.integer(1, 8)) + rng.integer(-1, 1)
    m, n = rng.choice(
        [
            (near, rng.integer(1, 300)),
            (rng.integer(1, 300), near),
            (near, near),
            (rng.integer(1, 20), rng.integer(1000, 5000)),
        ]
    )
    return dict(m=m, n=n, zeros=rng.choice([False, True]))


def inputs(rng, m, n, spread=1.0, zeros=False):
    x = rng.normal(n)
    y = rng.normal(m)
    if spread != 1.0:
        x *= spread
        y *= spread
    if zeros:
        x[::3] = 0.0
        y[::5] = -0.0
    return dict(x=x, y=y)
