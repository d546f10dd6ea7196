import torch

TESTS = [
    dict(m=1, n=1, k=1),
    dict(m=37, n=53, k=1),
    dict(m=1, n=131, k=67),
    dict(m=131, n=1, k=67),
    dict(m=129, n=65, k=33),
    dict(m=17, n=259, k=101),
    dict(m=75, n=77, k=79),
    dict(m=128, n=256, k=128),
    dict(m=43, n=61, k=4099, values="positive"),
    dict(m=67, n=71, k=3001, values="cancelling"),
    dict(m=1031, n=773, k=1537),
    dict(m=2047, n=131, k=2501, values="cancelling"),
]
BENCHMARKS = [dict(m=4096, n=4096, k=4096), dict(m=2000, n=3000, k=1000)]


def fuzz(rng):
    # Multiples of 8 now and then: their rows are aligned, and solutions may treat them apart.
    return dict(
        m=rng.integer(1, 150),
        n=rng.integer(1, 19) * rng.choice([1, 8]),
        k=rng.integer(1, 40) * rng.choice([1, 8]),
        values=rng.choice(["normal", "positive", "cancelling"]),
    )


def inputs(rng, m, n, k, values="normal"):
    if values == "normal":
        a = rng.normal(m, k, dtype=torch.float16)
        b = rng.normal(k, n, dtype=torch.float16)
    elif values == "positive":
        # The sum grows all along k, so an accumulator of fp16 rounds ever more coarsely.
        a = rng.uniform(m, k, dtype=torch.float16)
        b = rng.uniform(k, n, dtype=torch.float16)
    elif values == "cancelling":
        # Integers, exact in fp32 in any order. The sum climbs past 65504, the largest fp16, if k
        # is some 2000 or more, then falls again as the second half of b is negative.
        a = rng.integers(m, k, low=0, high=16).to(torch.float16)
        b = rng.integers(k, n, low=0, high=16).to(torch.float16)
        second = torch.arange(k, device=rng.device)[:, None] >= k // 2
        b = torch.where(second, -b, b)
    else:
        raise ValueError(f"values={values!r}: normal, positive or cancelling")
    return dict(a=a, b=b)
