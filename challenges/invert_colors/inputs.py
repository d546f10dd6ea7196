import torch

TESTS = [
    dict(height=1, width=1),
    dict(height=1, width=2),
    dict(height=1, width=301),
    dict(height=257, width=1),
    dict(height=32, width=32),
    dict(height=33, width=129, values="ends"),
    dict(height=3, width=1025),
    dict(height=101, width=99),
    dict(height=7, width=4099),
    dict(height=127, width=255, values="ends"),
    dict(height=70_001, width=2),
    dict(height=1, width=100_003),
    dict(height=1031, width=1033),
]
BENCHMARKS = [dict(height=2160, width=3840), dict(height=6144, width=8192)]


def fuzz(rng):
    # Sizes one off a power of two are where a tail is lost.
    near = (1 << rng.integer(1, 8)) + rng.integer(-1, 1)
    height, width = rng.choice(
        [
            (near, rng.integer(1, 200)),
            (rng.integer(1, 200), near),
            (rng.integer(1, 10), rng.integer(1000, 5000)),
        ]
    )
    return dict(height=height, width=width, values=rng.choice(["uniform", "ends"]))


def inputs(rng, height, width, values="uniform"):
    if values == "uniform":
        image = rng.integers(height, width, 4, low=0, high=255, dtype=torch.uint8)
    elif values == "ends":
        image = rng.integers(height, width, 4, low=0, high=1, dtype=torch.uint8) * 255
    else:
        raise ValueError(f"values={values!r}: uniform or ends")
    return dict(image=image)
