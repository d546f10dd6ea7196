import torch

TESTS = [
    dict(n=1, t=1),
    dict(n=67, t=1, spread=100.0),
    dict(n=1, t=77),
    dict(n=301, t=3),
    dict(n=64, t=65, values="equal"),
    dict(n=70, t=127, shift=100.0),
    dict(n=64, t=1024, shift=-100.0),
    dict(n=75, t=1025, shift=-100.0),
    dict(n=129, t=513, spread=10.0),
    dict(n=40, t=2049, slope=60.0),
    dict(n=100, t=1023, values="whole"),
    dict(n=20, t=20_001, slope=30.0),
    dict(n=2, t=600_011, slope=20.0),
    dict(n=1_100_003, t=3),
]
BENCHMARKS = [dict(n=8192, t=8192), dict(n=30_000, t=3001)]


def fuzz(rng):
    # A shift of k puts all products of a query far above 0, or far below, by the sign of q. Where
    # t is one off a power of two, most of the last block is padding.
    n, t = rng.choice(
        [
            (rng.integer(1, 150), rng.integer(1, 300)),
            (rng.integer(1, 70), (1 << rng.integer(4, 11)) + rng.integer(-1, 1)),
            (rng.integer(1, 6), rng.integer(300, 6000)),
        ]
    )
    return dict(
        n=n,
        t=t,
        shift=rng.choice([-100.0, 0.0, 100.0]),
        slope=rng.choice([0.0, 30.0]),
        values=rng.choice(["normal", "normal", "whole", "equal"]),
    )


def inputs(rng, n, t, spread=1.0, shift=0.0, slope=0.0, values="normal"):
    v = rng.normal(t) + 1.0
    if values == "equal":  # every key is 0: the answer is the mean of v
        return dict(q=rng.normal(n), k=torch.zeros(t, device=rng.device), v=v)
    if values == "whole":
        # Products up to 10**4 of either sign. Two keys are equal or differ by 1 at least, so that
        # their weights do not hang on how a large product is rounded.
        q = rng.integers(n, low=-100, high=100, dtype=torch.float32)
        return dict(q=q, k=rng.integers(t, low=-100, high=100, dtype=torch.float32), v=v)
    if values != "normal":
        raise ValueError(f"values={values!r}: normal, whole or equal")
    q = rng.normal(n)
    k = rng.normal(t)
    if spread != 1.0:
        q *= spread
        k *= spread
    if shift or slope:
        # With a slope, the running maximum of every q > 0 changes in each block.
        k += shift + torch.arange(t, device=rng.device) * (slope / t)
    return dict(q=q, k=k, v=v)
