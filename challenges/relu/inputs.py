import torch

TESTS = [
    dict(n=1),
    dict(n=2),
    dict(n=31),
    dict(n=1000),
    dict(n=1024),
    dict(n=1025),
    dict(n=2049, shift=-50.0),
    dict(n=33_333, spread=1e6),
    dict(n=16, special=True),
    dict(n=4099, special=True),
    dict(n=100_003),
    dict(n=3_000_001, special=True),
]
BENCHMARKS = [dict(n=1 << 23), dict(n=50_000_000)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost.
    near = (1 << rng.integer(1, 14)) + rng.integer(-1, 1)
    return dict(
        n=rng.choice([near, rng.integer(1, 30_000)]),
        shift=rng.choice([-50.0, 0.0]),
        special=rng.choice([False, True]),
    )


def inputs(rng, n, spread=1.0, shift=0.0, special=False):
    x = rng.normal(n)
    if spread != 1.0:
        x *= spread
    if shift:
        x += shift
    if special:
        i = torch.arange(n, device=rng.device)
        for every, value in ((3, -0.0), (5, torch.inf), (7, -torch.inf), (11, torch.nan)):
            x = torch.where(i % every == every - 1, value, x)
    return dict(x=x)
