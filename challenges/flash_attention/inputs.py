import math

import torch

DTYPES = dict(fp32=torch.float32, fp16=torch.float16, bf16=torch.bfloat16)

TESTS = [
    dict(batch=1, heads=1, seq=1, dim=16, causal=True, dtype="fp32"),
    dict(batch=2, heads=3, seq=2, dim=24, causal=False, dtype="bf16"),
    dict(batch=3, heads=2, seq=17, dim=40, causal=True, dtype="fp32"),
    dict(batch=1, heads=2, seq=63, dim=128, causal=False, dtype="fp16", shift=-110.0),
    dict(batch=2, heads=1, seq=64, dim=64, causal=True, dtype="bf16", slope=50.0),
    dict(batch=1, heads=2, seq=65, dim=80, causal=False, dtype="fp32", shift=-110.0),
    dict(batch=1, heads=2, seq=127, dim=96, causal=False, dtype="fp32", spread=20.0),
    dict(batch=2, heads=2, seq=128, dim=128, causal=True, dtype="fp16"),
    dict(batch=1, heads=2, seq=129, dim=64, causal=True, dtype="fp32", shift=110.0),
    dict(batch=1, heads=3, seq=257, dim=16, causal=False, dtype="fp32", slope=50.0),
    dict(batch=1, heads=2, seq=403, dim=32, causal=True, dtype="bf16", spread=20.0),
    dict(batch=25_000, heads=3, seq=5, dim=16, causal=True, dtype="fp32"),
    dict(batch=2, heads=2, seq=2049, dim=64, causal=True, dtype="fp32"),
    dict(batch=1, heads=4, seq=2049, dim=128, causal=False, dtype="bf16", slope=-50.0),
]
BENCHMARKS = [
    dict(batch=1, heads=16, seq=16_384, dim=64, causal=True, dtype="bf16"),
    dict(batch=4, heads=16, seq=4096, dim=128, causal=False, dtype="bf16"),
]


def fuzz(rng):
    near = 64 * rng.integer(1, 3) + rng.integer(-1, 1)
    return dict(
        batch=rng.integer(1, 2),
        heads=rng.integer(1, 2),
        seq=rng.choice([rng.integer(1, 63), near, rng.integer(64, 260)]),
        dim=8 * rng.choice([2, 3, 4, 7, 8, 13, 16]),
        causal=rng.choice([False, True]),
        dtype=rng.choice(list(DTYPES)),
        spread=rng.choice([1.0, 1.0, 20.0]),
        # A shift of all scores changes lse only. Far above 0 a naive exp overflows; far below 0 it
        # underflows, and a padded key whose score is 0 outweighs all others.
        shift=rng.choice([-110.0, 0.0, 0.0, 110.0]),
        slope=rng.choice([-50.0, 0.0, 0.0, 50.0]),
    )


def inputs(rng, batch, heads, seq, dim, causal, dtype, spread=1.0, shift=0.0, slope=0.0):
    shape, kind = (batch, heads, seq, dim), DTYPES[dtype]
    if spread == 1.0 and not shift and not slope:
        q = rng.normal(*shape, dtype=kind)
        k = rng.normal(*shape, dtype=kind)
        v = rng.normal(*shape, dtype=kind)
    else:
        # A large score is rounded coarsely, differently from kernel to kernel, and its exponential shows
        # that. Products of whole numbers at least are exact, in whatever order they are added; and where
        # v lies between 1 and 2, weights that are a little off move the answer by far less than it allows.
        q = rng.integers(*shape, low=-2, high=2).to(kind) * spread  # scores about 2 * spread wide
        k = rng.integers(*shape, low=-2, high=2).to(kind)
        # One component adds shift to all scores, and from 0 up to slope along the keys: the running
        # maximum changes in every block, or in the first only.
        ramp = shift + torch.arange(seq, device=rng.device) * (slope / seq)
        q[..., 0] = 8.0
        k[..., 0] = torch.round(ramp * (math.sqrt(dim) / 8.0)).to(kind)
        v = rng.uniform(*shape, low=1.0, high=2.0, dtype=kind)
    if kind != torch.float32:
        # Weights of 8 or 11 bits err in proportion to themselves. If v had both signs, its weighted sum
        # could cancel and the error would not.
        v.abs_()
    return dict(q=q, k=k, v=v, causal=causal)
