import torch

LOWEST, HIGHEST = -(1 << 31), (1 << 31) - 1

TESTS = [
    dict(n=1, rounds=1),
    dict(n=5, rounds=0, values="edges"),
    dict(n=64, rounds=1, values="edges"),
    dict(n=1000, rounds=2, values="negative"),
    dict(n=1023, rounds=3, values="small"),
    dict(n=1025, rounds=1),
    dict(n=4097, rounds=7),
    dict(n=20_011, rounds=4),
    dict(n=1, rounds=100, values="negative"),
    dict(n=257, rounds=1000),
    dict(n=1_000_003, rounds=5),
    dict(n=3_000_017, rounds=2),
]
BENCHMARKS = [dict(n=1 << 21, rounds=100), dict(n=10_000_000, rounds=10)]


def fuzz(rng):
    n, rounds = rng.choice(
        [
            (rng.integer(1, 300), rng.integer(0, 60)),
            ((1 << rng.integer(1, 13)) + rng.integer(-1, 1), rng.integer(1, 10)),
            (rng.integer(1, 20_000), rng.integer(1, 5)),
        ]
    )
    return dict(n=n, rounds=rounds, values=rng.choice(["any", "negative", "small"]))


def inputs(rng, n, rounds, values="any"):
    if values == "any":
        x = rng.integers(n, low=LOWEST, high=HIGHEST)
    elif values == "negative":
        x = rng.integers(n, low=LOWEST, high=-1)
    elif values == "small":  # the three upper bytes are all 0, or all 255
        x = rng.integers(n, low=-256, high=255)
    elif values == "edges":  # 0, 1, -1 and the two ends, over and over
        corners = torch.tensor([0, LOWEST, -1, HIGHEST, 1], dtype=torch.int32, device=rng.device)
        x = corners[torch.arange(n, device=rng.device) % 5]
    else:
        raise ValueError(f"values={values!r}: any, negative, small or edges")
    return dict(x=x, rounds=rounds)
