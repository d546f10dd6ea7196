TESTS = [
    dict(m=1, n=1),
    dict(m=1, n=300, zeros=0.1),
    dict(m=257, n=1, zeros=0.1),
    dict(m=128, n=256, zeros=0.3),
    dict(m=33, n=130),
    dict(m=129, n=511, spread=1e3, zeros=0.1),
    dict(m=20, n=77, zeros=1.0),
    dict(m=3, n=20_001, zeros=0.2),
    dict(m=70_001, n=4, zeros=0.2),
    dict(m=1_050_001, n=3, zeros=0.2),
]
BENCHMARKS = [dict(m=1024, n=1024), dict(m=8192, n=8191)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost; with m = n, a y that runs along the
    # wrong axis has the right shape.
    near = (1 << rng.integer(1, 7)) + rng.integer(-1, 1)
    m, n = rng.choice(
        [
            (near, rng.integer(1, 300)),
            (rng.integer(1, 300), near),
            (near, near),
            (rng.integer(1, 20), rng.integer(500, 2000)),
        ]
    )
    return dict(m=m, n=n, zeros=rng.choice([0.1, 0.5]))


def inputs(rng, m, n, spread=1.0, zeros=0.0):
    x = rng.normal(m, n)
    y = rng.normal(m)
    if spread != 1.0:
        x *= spread
        y *= spread
    if zeros:
        # Times false is 0 with the sign of x: both zeros occur, and in y at every 7th row.
        x *= rng.uniform(m, n) >= zeros
        y[3::7] = 0.0
    return dict(x=x, y=y, d_out=rng.normal(m, n))
