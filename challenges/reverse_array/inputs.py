import torch

TESTS = [
    dict(n=1),
    dict(n=2),
    dict(n=3),
    dict(n=31),
    dict(n=1000),
    dict(n=1024),
    dict(n=1025),
    dict(n=4094),
    dict(n=4099, special=True),
    dict(n=33_333, spread=1e6),
    dict(n=32_768),
    dict(n=100_004),
    dict(n=3_000_001),
]
BENCHMARKS = [dict(n=50_000_000), dict(n=49_999_999)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost; those next to a multiple of 4 are where
    # x and out are aligned differently.
    near = (1 << rng.integer(1, 14)) + rng.integer(-2, 2)
    return dict(n=max(1, rng.choice([near, rng.integer(1, 30_000)])), special=rng.choice([False, True]))


def inputs(rng, n, spread=1.0, special=False):
    x = rng.normal(n)
    if spread != 1.0:
        x *= spread
    if special:
        i = torch.arange(n, device=rng.device)
        for every, value in ((5, torch.inf), (7, -torch.inf), (11, torch.nan)):
            x = torch.where(i % every == 0, value, x)
    return dict(x=x)
