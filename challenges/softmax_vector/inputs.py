import torch

TESTS = [
    dict(n=1),
    dict(n=2, shift=200.0),
    dict(n=1000, spread=4.0, shift=-60.0),
    dict(n=1025, infinities="some"),
    dict(n=16_385, spread=1e4),
    dict(n=40_001, slope=60.0),
    dict(n=32_768, slope=-60.0, shift=100.0),
    dict(n=131_072, spikes=True, shift=-150.0),
    dict(n=65_535, infinities="some", spread=4.0),
    dict(n=70_001, spikes=True, slope=40.0),
    dict(n=90_007, spread=4.0, shift=300.0),
    dict(n=50_021, infinities="positive"),
    dict(n=3_000_001, spikes=True, shift=-90.0),
    dict(n=5_000_011, infinities="some", spread=4.0, slope=30.0),
]
BENCHMARKS = [dict(n=1 << 20), dict(n=50_000_000)]


def fuzz(rng):
    # A shift changes nothing in the answer. Far above 0 a naive exp overflows; far below 0 it
    # underflows, and a tail padded with zeros outweighs the vector.
    return dict(
        n=rng.choice([rng.integer(1, 3000), (1 << rng.integer(9, 15)) + rng.integer(-1, 1)]),
        spread=rng.choice([1.0, 4.0, 100.0]),
        shift=rng.choice([-150.0, -20.0, 0.0, 150.0]),
        slope=rng.choice([-40.0, 0.0, 40.0]),
        spikes=rng.choice([False, True]),
    )


def inputs(rng, n, spread=1.0, shift=0.0, slope=0.0, spikes=False, infinities="none"):
    # With a slope, the vector climbs or falls by that much from end to end: the maximum so far
    # changes in every block, or in the first only, and programs disagree about it.
    x = rng.normal(n)
    if spread != 1.0:
        x *= spread
    if shift or slope:
        x += shift + torch.arange(n, device=rng.device) * (slope / n)
    if spikes:
        # Over a vector this long each answer is close to 0, and errors with it. Here every 4093rd
        # element and the last outweigh all others, wherever the programs' borders are.
        i = torch.arange(n, device=rng.device)
        x = torch.where((i % 4093 == 0) | (i == n - 1), x + (30.0 + 5 * spread), x)
    if infinities != "none":
        # -inf at the beginning, over a third of the vector, and at every 5th place of the rest.
        i = torch.arange(n, device=rng.device)
        x = torch.where((i < n // 3) | (i % 5 == 2), -torch.inf, x)
        if infinities == "positive":
            x = torch.where(i == n // 2, torch.inf, x)
    return dict(x=x)
