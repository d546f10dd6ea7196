TESTS = [
    dict(n=1),
    dict(n=1, a=2.0, b=-1.5),
    dict(n=3, a=-1.0, b=1.0),
    dict(n=1000, low=-1.0, a=0.5, b=3.0),
    dict(n=1024, low=0.25, a=-2.0, b=-1.75),
    dict(n=1025, low=2.0, high=5.0, a=1.0, b=0.0),
    dict(n=4095, low=-7.0, high=-6.0, a=-3.0, b=4.0),
    dict(n=777, a=1.5, b=1.5),
    dict(n=32_771, low=999.0, high=1001.0, a=0.0, b=0.5),
    dict(n=65_537, low=-50.0, high=150.0, b=0.125),
    dict(n=1_000_003, low=1.0, high=3.0),
    dict(n=5_000_011, low=-1.0, high=3.0, a=-1.0, b=0.0),
]
BENCHMARKS = [dict(n=1 << 22), dict(n=100_000_000)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost.
    near = (1 << rng.integer(1, 15)) + rng.integer(-1, 1)
    low = rng.integer(-3, 3)
    return dict(
        n=rng.choice([near, rng.integer(1, 60_000)]),
        low=float(low),
        high=float(low + rng.integer(1, 3)),
        a=rng.integer(-12, 12) / 4,
        b=rng.integer(-12, 12) / 4,
    )


def inputs(rng, n, low=0.0, high=1.0, a=0.0, b=1.0):
    return dict(y=rng.uniform(n, low=low, high=high), a=a, b=b)
