import torch

TESTS = [
    dict(batch=1, m=1, n=1, k=1),
    dict(batch=5, m=1, n=1, k=33),
    dict(batch=7, m=37, n=53, k=1),
    dict(batch=3, m=1, n=131, k=67),
    dict(batch=3, m=131, n=1, k=67),
    dict(batch=2, m=129, n=65, k=33),
    dict(batch=9, m=16, n=24, k=40),
    dict(batch=4, m=64, n=64, k=64),
    dict(batch=2, m=43, n=61, k=4099, values="positive"),
    dict(batch=2, m=35, n=71, k=3001, values="cancelling"),
    dict(batch=70_001, m=3, n=5, k=4),
    dict(batch=3, m=523, n=391, k=1021),
    dict(batch=2, m=1025, n=1032, k=520, values="cancelling"),
]
BENCHMARKS = [dict(batch=64, m=512, n=512, k=512), dict(batch=500, m=200, n=136, k=72)]


def fuzz(rng):
    # Multiples of 8 now and then: their rows are aligned, and solutions may treat them apart.
    return dict(
        batch=rng.integer(1, 6),
        m=rng.integer(1, 100),
        n=rng.integer(1, 15) * rng.choice([1, 8]),
        k=rng.integer(1, 20) * rng.choice([1, 8]),
        values=rng.choice(["normal", "positive", "cancelling"]),
    )


def inputs(rng, batch, m, n, k, values="normal"):
    if values == "normal":
        a = rng.normal(batch, m, k, dtype=torch.float16)
        b = rng.normal(batch, k, n, dtype=torch.float16)
    elif values == "positive":
        # The sum grows all along k, so an accumulator of fp16 rounds ever more coarsely.
        a = rng.uniform(batch, m, k, dtype=torch.float16)
        b = rng.uniform(batch, k, n, dtype=torch.float16)
    elif values == "cancelling":
        # Integers, exact in fp32 in any order. The sum climbs past 65504, the largest fp16, if k
        # is some 2000 or more, then falls again as the second half of b is negative.
        a = rng.integers(batch, m, k, low=0, high=16).to(torch.float16)
        b = rng.integers(batch, k, n, low=0, high=16).to(torch.float16)
        second = torch.arange(k, device=rng.device)[:, None] >= k // 2
        b = torch.where(second, -b, b)
    else:
        raise ValueError(f"values={values!r}: normal, positive or cancelling")
    return dict(a=a, b=b)
