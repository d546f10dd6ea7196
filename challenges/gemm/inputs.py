import torch

TESTS = [
    dict(m=1, n=1, k=1, alpha=2.0, beta=-3.0),
    dict(m=37, n=53, k=1, alpha=0.5, beta=0.0, c_values="special"),
    dict(m=1, n=131, k=67, alpha=-1.5, beta=0.75),
    dict(m=131, n=1, k=67, alpha=1.0, beta=1.0),
    dict(m=129, n=65, k=33, alpha=0.0, beta=0.3),
    dict(m=17, n=259, k=101, alpha=1.0, beta=1.0, values="integers", c_values="residual"),
    dict(m=75, n=77, k=79, alpha=-0.25, beta=4.0),
    dict(m=64, n=128, k=96, alpha=0.7, beta=0.0, c_values="special"),
    dict(m=43, n=61, k=4099, alpha=0.1, beta=1.0, values="positive"),
    dict(m=67, n=71, k=3001, alpha=0.0625, beta=1.0, values="integers"),
    dict(m=61, n=47, k=2999, alpha=2.0, beta=-1.0, values="cancelling"),
    dict(m=1031, n=773, k=1537, alpha=0.3, beta=-0.7),
    dict(m=2047, n=131, k=2501, alpha=1.0, beta=0.0, values="cancelling", c_values="special"),
    dict(m=2048, n=1024, k=1000, alpha=1.5, beta=-0.5),
]
BENCHMARKS = [
    dict(m=4096, n=4096, k=4096, alpha=0.5, beta=1.5),
    dict(m=2000, n=3000, k=1000, alpha=0.5, beta=1.5),
]


def fuzz(rng):
    # Multiples of 8 now and then: their rows are aligned, and solutions may treat them apart.
    beta = rng.choice([0.0, 1.0, -0.6, 3.0])
    return dict(
        m=rng.integer(1, 150),
        n=rng.integer(1, 19) * rng.choice([1, 8]),
        k=rng.integer(1, 40) * rng.choice([1, 8]),
        alpha=rng.choice([0.0, 1.0, 0.3, -2.0]),
        beta=beta,
        values=rng.choice(["normal", "positive", "cancelling"]),
        c_values="special" if beta == 0.0 else "normal",
    )


def inputs(rng, m, n, k, alpha, beta, values="normal", c_values="normal"):
    if values == "normal":
        a = rng.normal(m, k, dtype=torch.float16)
        b = rng.normal(k, n, dtype=torch.float16)
    elif values == "positive":
        # The sum grows all along k, so an accumulator of fp16 rounds ever more coarsely.
        a = rng.uniform(m, k, dtype=torch.float16)
        b = rng.uniform(k, n, dtype=torch.float16)
    elif values in ("integers", "cancelling"):
        # Exact in fp32 in any order. The product passes 65504, the largest fp16, if k is some 2000
        # or more: in the end, or where the second half of b is negative, in the middle only.
        a = rng.integers(m, k, low=0, high=16).to(torch.float16)
        b = rng.integers(k, n, low=0, high=16).to(torch.float16)
        if values == "cancelling":
            second = torch.arange(k, device=rng.device)[:, None] >= k // 2
            b = torch.where(second, -b, b)
    else:
        raise ValueError(f"values={values!r}: normal, positive, integers or cancelling")

    if c_values == "normal":
        c = rng.normal(m, n, dtype=torch.float16)
    elif c_values == "special":  # for beta = 0 only: c must not be read
        c = rng.choice([torch.nan, torch.inf]) * torch.ones(m, n, dtype=torch.float16, device=rng.device)
    elif c_values == "residual":
        # What is left of the product is what fp16 cannot hold of it.
        c = -(a.float() @ b.float()).to(torch.float16)
    else:
        raise ValueError(f"c_values={c_values!r}: normal, special or residual")
    return dict(a=a, b=b, c=c, alpha=alpha, beta=beta)
