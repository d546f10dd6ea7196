import torch

TESTS = [
    dict(height=1, width=1, kh=1, kw=1),
    dict(height=1, width=1000, kh=1, kw=9),
    dict(height=301, width=1, kh=5, kw=1),
    dict(height=37, width=129, kh=1, kw=1),
    dict(height=7, width=5, kh=7, kw=5, values="whole"),
    dict(height=65, width=130, kh=3, kw=3),
    dict(height=33, width=257, kh=2, kw=6, values="positive"),
    dict(height=70, width=67, kh=7, kw=4),
    dict(height=28, width=531, kh=8, kw=8),
    dict(height=31, width=300, kh=31, kw=31, values="whole"),
    dict(height=38, width=203, kh=17, kw=12, values="whole"),
    dict(height=20, width=90, kh=9, kw=30, values="whole"),
    dict(height=9, width=150_001, kh=3, kw=2),
    dict(height=140_003, width=9, kh=2, kw=5),
    dict(height=1021, width=1283, kh=11, kw=5, values="positive"),
    dict(height=530, width=1061, kh=31, kw=29, values="whole"),
]
BENCHMARKS = [
    dict(height=4096, width=4096, kh=3, kw=3),
    dict(height=3072, width=3072, kh=15, kw=15, values="whole"),
]


def fuzz(rng):
    # Outputs one off a power of two are where a tail is lost.
    kh, kw = rng.integer(1, 10), rng.integer(1, 10)
    near = (1 << rng.integer(1, 5)) + rng.integer(-1, 1)
    rows, columns = rng.choice([(near, rng.integer(1, 700)), (rng.integer(1, 30), 8 * near + 1)])
    few = kh * kw <= 64
    return dict(
        height=rows + kh - 1,
        width=columns + kw - 1,
        kh=kh,
        kw=kw,
        values=rng.choice(["normal", "positive", "whole"]) if few else "whole",
    )


def inputs(rng, height, width, kh, kw, values="normal"):
    if values == "normal":
        return dict(x=rng.normal(height, width), w=rng.normal(kh, kw))
    if values == "positive":
        return dict(x=rng.uniform(height, width), w=rng.uniform(kh, kw))
    if values == "whole":
        # A long sum that cancels keeps the rounding of its partial sums, which no fair tolerance
        # allows. These are exact in float32 in any order, as 31 * 31 * 4095 * 4 < 2**24, and 4095
        # needs one bit more than tf32 has.
        x = rng.integers(height, width, low=-4095, high=4095, dtype=torch.float32)
        return dict(x=x, w=rng.integers(kh, kw, low=-4, high=4, dtype=torch.float32))
    raise ValueError(f"values={values!r}: normal, positive or whole")
