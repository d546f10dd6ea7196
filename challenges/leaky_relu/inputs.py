import torch

TESTS = [
    dict(n=1),
    dict(n=2, slope=0.5),
    dict(n=31, slope=0.0),
    dict(n=1000, slope=1.5),
    dict(n=1024, slope=-0.3),
    dict(n=1025, slope=1.0),
    dict(n=2049, shift=-50.0),
    dict(n=33_333, spread=1e6, slope=0.1),
    dict(n=4099, special=True),
    dict(n=1003, slope=0.0, special=True),
    dict(n=999, slope=-2.0, special=True),
    dict(n=100_003, slope=2.9),
    dict(n=3_000_001),
]
BENCHMARKS = [dict(n=1 << 23), dict(n=50_000_000)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost. Thousandths have no exact float32.
    near = (1 << rng.integer(1, 14)) + rng.integer(-1, 1)
    return dict(
        n=rng.choice([near, rng.integer(1, 30_000)]),
        slope=rng.choice([0.01, 0.0, rng.integer(1, 999) / 1000, rng.integer(-2000, 3000) / 1000]),
        special=rng.choice([False, True]),
    )


def inputs(rng, n, slope=0.01, spread=1.0, shift=0.0, special=False):
    x = rng.normal(n)
    if spread != 1.0:
        x *= spread
    if shift:
        x += shift
    if special:
        i = torch.arange(n, device=rng.device)
        for every, value in ((3, -0.0), (5, torch.inf), (7, -torch.inf), (11, torch.nan)):
            x = torch.where(i % every == every - 1, value, x)
    return dict(x=x, slope=slope)
