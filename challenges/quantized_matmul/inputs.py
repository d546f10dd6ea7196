import torch

TESTS = [
    dict(m=1, n=1, k=8),
    dict(m=7, n=5, k=56),
    dict(m=33, n=1, k=72),
    dict(m=1, n=40, k=136),
    dict(m=65, n=17, k=64),
    dict(m=37, n=70, k=1000, values="whole"),
    dict(m=19, n=9, k=4104, values="whole"),
    dict(m=40, n=33, k=2056, values="positive"),
    dict(m=130, n=131, k=136),
    dict(m=133, n=16, k=2048),
    dict(m=130, n=264, k=192, values="whole"),
    dict(m=140_001, n=3, k=24),
    dict(m=5, n=70_001, k=80),
    dict(m=2051, n=1001, k=4096),
]
BENCHMARKS = [dict(m=8192, n=16, k=8192), dict(m=4096, n=2048, k=4096)]


def fuzz(rng):
    # k need not be a multiple of 64: then the last word of shifts is used in part.
    m, n, k = rng.choice(
        [
            (rng.integer(1, 150), rng.integer(1, 100), 8 * rng.integer(1, 40)),
            (rng.integer(1, 70), rng.integer(1, 20), 64 * rng.integer(1, 40)),
            (rng.integer(1, 20), 8 * rng.integer(1, 20), 8 * rng.integer(1, 300)),
        ]
    )
    return dict(m=m, n=n, k=k, values=rng.choice(["normal", "positive", "whole"]))


def inputs(rng, m, n, k, values="normal"):
    k8, k64 = k // 8, -(-k // 64)
    # All bits are random, the sign bit and the unused nibbles of the shifts among them.
    packed = rng.integers(m, k8, low=-(2**31), high=2**31 - 1)
    shift = rng.integers(m, k64, low=-(2**31), high=2**31 - 1)
    scale = rng.uniform(m, k8, low=0.03, high=0.1, dtype=torch.float16)
    if values == "normal":
        x = rng.normal(k, n, dtype=torch.float16)
    elif values == "positive":
        # Weights of 8 to 15, shifts of 0 to 7: the sum grows all along k, so an accumulator of
        # fp16 rounds ever more coarsely.
        packed |= 0x88888888 - 2**32
        shift &= 0x77777777
        x = rng.uniform(k, n, dtype=torch.float16)
    elif values == "whole":
        # Scales of 1/4 to 2 and whole x: every product and every sum is exact.
        scale = torch.exp2(rng.integers(m, k8, low=-2, high=1)).to(torch.float16)
        x = rng.integers(k, n, low=-8, high=8).to(torch.float16)
    else:
        raise ValueError(f"values={values!r}: normal, positive or whole")
    return dict(packed=packed, scale=scale, shift=shift, x=x)
