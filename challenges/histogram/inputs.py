import torch

TESTS = [
    dict(n=1, bins=1),
    dict(n=1, bins=10),
    dict(n=1023, bins=1),
    dict(n=1000, bins=2),
    dict(n=777, bins=33),
    dict(n=16_384, bins=256),
    dict(n=100_003, bins=256, values="equal"),
    dict(n=20_003, bins=1000, values="skewed"),
    dict(n=20_003, bins=1025, values="ends"),
    dict(n=3001, bins=5000),
    dict(n=3_000_017, bins=256, values="skewed"),
    dict(n=2_000_003, bins=4099, values="equal"),
]
BENCHMARKS = [dict(n=50_000_000, bins=256), dict(n=10_000_000, bins=4096)]


def fuzz(rng):
    return dict(
        n=rng.choice([rng.integer(1, 300), rng.integer(1, 40_000)]),
        bins=rng.choice([rng.integer(1, 300), rng.integer(1, 6000)]),
        values=rng.choice(["uniform", "equal", "skewed", "ends"]),
    )


def inputs(rng, n, bins, values="uniform"):
    if values == "uniform":
        x = rng.integers(n, low=0, high=bins - 1)
    elif values == "equal":  # every increment goes to one bin, and not to bin 0
        x = torch.full((n,), bins - 1, dtype=torch.int32, device=rng.device)
    elif values == "skewed":  # small values are far more frequent; the large bins stay empty
        x = (rng.uniform(n) ** 4 * bins).to(torch.int32).clamp(max=bins - 1)
    elif values == "ends":  # the first and the last bin only
        x = rng.integers(n, low=0, high=1) * (bins - 1)
    else:
        raise ValueError(f"values={values!r}: uniform, equal, skewed or ends")
    return dict(x=x, bins=bins)
