import torch

TESTS = [
    dict(batch=1, height=1, width=1, kh=1, kw=1),
    dict(batch=3, height=1, width=1, kh=4, kw=3),
    dict(batch=4, height=8, width=8, kh=4, kw=4),
    dict(batch=2, height=33, width=65, kh=1, kw=7),
    dict(batch=2, height=65, width=31, kh=7, kw=1),
    dict(batch=1, height=1, width=1025, kh=3, kw=3),
    dict(batch=1, height=129, width=1, kh=3, kw=5),
    dict(batch=5, height=17, width=100, kh=5, kw=3),
    dict(batch=2, height=5, width=7, kh=12, kw=20, values="whole"),
    dict(batch=1, height=9, width=129, kh=17, kw=11, values="whole"),
    dict(batch=2, height=13, width=50, kh=6, kw=9, values="positive"),
    dict(batch=1000, height=37, width=41, kh=2, kw=2),
    dict(batch=2, height=70_001, width=9, kh=3, kw=2),
]
BENCHMARKS = [
    dict(batch=16, height=1024, width=1024, kh=3, kw=3),
    dict(batch=1, height=4000, width=3001, kh=7, kw=7),
]


def fuzz(rng):
    height, width = rng.choice(
        [
            (rng.integer(1, 30), rng.integer(1, 30)),
            (rng.integer(1, 40), rng.integer(1, 150)),
            (rng.integer(1, 4), (1 << rng.integer(5, 10)) + rng.integer(-1, 1)),
        ]
    )
    kh, kw, values = rng.choice(
        [
            (rng.integer(1, 5), rng.integer(1, 5), "normal"),
            (rng.integer(1, 8), rng.integer(1, 8), "positive"),
            (rng.integer(1, 20), rng.integer(1, 4), "whole"),
        ]
    )
    return dict(batch=rng.integer(1, 3), height=height, width=width, kh=kh, kw=kw, values=values)


def inputs(rng, batch, height, width, kh, kw, values="normal"):
    if values == "normal":
        return dict(x=rng.normal(batch, height, width), w=rng.normal(kh, kw))
    if values == "positive":  # a narrow accumulator rounds ever more coarsely
        return dict(x=rng.uniform(batch, height, width), w=rng.uniform(kh, kw))
    if values == "whole":
        # Sums of hundreds of terms that cancel keep the rounding of their partial sums. Those of
        # whole numbers are exact in float32 in any order.
        x = rng.integers(batch, height, width, low=-50, high=50, dtype=torch.float32)
        return dict(x=x, w=rng.integers(kh, kw, low=-50, high=50, dtype=torch.float32))
    raise ValueError(f"values={values!r}: normal, positive or whole")
