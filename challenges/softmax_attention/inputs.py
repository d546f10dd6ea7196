import torch

TESTS = [
    dict(m=1, n=1, d=1),
    dict(m=5, n=1, d=3, spread=10.0),
    dict(m=1, n=77, d=16),
    dict(m=33, n=65, d=1, spread=3.0),
    dict(m=64, n=64, d=64),
    dict(m=50, n=131, d=7, spread=2.0),
    dict(m=3, n=1025, d=33, shift=-110.0),
    dict(m=17, n=255, d=50, shift=110.0),
    dict(m=40, n=513, d=24, slope=60.0),
    dict(m=70, n=300, d=127, spread=8.0),
    dict(m=130, n=97, d=128, slope=-60.0, shift=-30.0),
    dict(m=2, n=2003, d=12, slope=30.0),
    dict(m=70_001, n=60, d=15),
    dict(m=9, n=100_003, d=20, slope=20.0, shift=-90.0),
    dict(m=1500, n=2000, d=100),
]
BENCHMARKS = [dict(m=16_384, n=1024, d=64), dict(m=8192, n=2048, d=128)]


def fuzz(rng):
    # Where n is one off a power of two, most of the last block is padding.
    n = rng.choice([rng.integer(1, 300), (1 << rng.integer(3, 10)) + rng.integer(-1, 1)])
    return dict(
        m=rng.choice([rng.integer(1, 8), rng.integer(1, 80)]),
        n=n,
        d=rng.choice([rng.integer(1, 20), rng.integer(1, 128), 64]),
        spread=rng.choice([1.0, 3.0]),
        shift=rng.choice([-100.0, 0.0, 100.0]),
        slope=rng.choice([-25.0, 0.0, 25.0]),
    )


def inputs(rng, m, n, d, spread=1.0, shift=0.0, slope=0.0):
    q = rng.normal(m, d)
    k = rng.normal(n, d)
    v = rng.normal(n, d) + 1.0
    if spread != 1.0:
        q *= spread
    if shift or slope:
        # All logits of all queries move by shift, and climb or fall along the keys by slope: a
        # running maximum then changes in every block, or in the first only. The last component
        # does it, so that only the last addition to a product is rounded coarsely.
        q[:, -1] = d**0.5
        k[:, -1] = shift + torch.arange(n, device=rng.device) * (slope / n)
    return dict(q=q, k=k, v=v)
