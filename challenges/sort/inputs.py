import torch

TESTS = [
    dict(n=1),
    dict(n=2, values="falling"),
    dict(n=3, values="negative"),
    dict(n=33, values="special"),
    dict(n=1000, values="negative"),
    dict(n=1024, values="falling"),
    dict(n=1025, values="positive"),
    dict(n=4097, values="special"),
    dict(n=2500, values="equal"),
    dict(n=4999, values="few"),
    dict(n=3001, values="close"),
    dict(n=6151, spread=1e30),
    dict(n=1_000_003),
    dict(n=(1 << 22) + 1, values="special"),
    dict(n=3_000_017, values="few"),
]
BENCHMARKS = [dict(n=1 << 20), dict(n=10_000_000)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost, or a padding shows.
    near = (1 << rng.integer(1, 12)) + rng.integer(-1, 1)
    return dict(
        n=rng.choice([near, rng.integer(1, 300), rng.integer(300, 5000)]),
        values=rng.choice(["normal", "positive", "negative", "special", "few", "close", "falling"]),
        spread=rng.choice([1.0, 1e6]),
    )


def inputs(rng, n, values="normal", spread=1.0):
    if values == "equal":
        return dict(x=torch.full((n,), -2.5, device=rng.device))
    if values == "few":  # 5 different values, one of them with both signs of zero
        return dict(x=rng.integers(n, low=-2, high=2).float() * torch.where(rng.uniform(n) < 0.5, 0.5, -0.5))
    if values == "falling":  # in exactly the wrong order, and through zero
        return dict(x=(n // 2 - torch.arange(n, device=rng.device)).float())
    if values == "close":  # neighbours are one rounding apart: every bit of a float counts
        return dict(x=1.0 + rng.integers(n, low=0, high=4095).float() * 2**-23)
    x = rng.normal(n)
    if spread != 1.0:
        x *= spread
    if values == "positive":
        x = x.abs() + 1.0
    elif values == "negative":
        x = -x.abs() - 1.0
    elif values == "special":
        # Infinities of both signs, the largest finite numbers, and both zeros, each in about one place of 8.
        pick = rng.integers(n, low=0, high=15)
        for i, value in enumerate((torch.inf, -torch.inf, 3.4028234663852886e38, -3.4028234663852886e38)):
            x = torch.where(pick == i, value, x)
        x = torch.where(pick == 4, 0.0, x)
        x = torch.where(pick == 5, -0.0, x)
    elif values != "normal":
        raise ValueError(
            f"values={values!r}: normal, positive, negative, special, few, close, falling or equal"
        )
    return dict(x=x)
