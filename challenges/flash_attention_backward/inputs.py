import torch

# In half precision an answer that cancels errs by more than a fraction of itself. Thousands of elements, over
# which no few rows dominate, make PyTorch's own largest error a fair measure for that.
TESTS = [
    dict(batch=1, heads=1, seq=1, dim=16, causal=False, dtype="fp32"),
    dict(batch=2, heads=3, seq=2, dim=24, causal=True, dtype="fp32"),
    dict(batch=2, heads=2, seq=17, dim=40, causal=True, dtype="fp32"),
    dict(batch=1, heads=1, seq=63, dim=80, causal=False, dtype="fp32", shift=-120.0),
    dict(batch=1, heads=1, seq=65, dim=96, causal=True, dtype="fp32", shift=120.0),
    dict(batch=1, heads=1, seq=127, dim=128, causal=True, dtype="fp16"),
    dict(batch=2, heads=1, seq=128, dim=48, causal=False, dtype="fp16", spread=4.0),
    dict(batch=1, heads=1, seq=129, dim=16, causal=True, dtype="fp32", spread=2.0),
    dict(batch=1, heads=1, seq=257, dim=64, causal=True, dtype="fp16"),
    dict(batch=2, heads=35_001, seq=2, dim=16, causal=True, dtype="fp32"),
    dict(batch=4, heads=33, seq=65, dim=40, causal=False, dtype="bf16", spread=4.0),
    dict(batch=1, heads=3, seq=2049, dim=64, causal=True, dtype="bf16"),
    dict(batch=2, heads=1, seq=1025, dim=128, causal=True, dtype="fp32"),
    dict(batch=1, heads=2, seq=1537, dim=80, causal=False, dtype="fp16"),
]
BENCHMARKS = [
    dict(batch=1, heads=16, seq=16_384, dim=64, causal=True, dtype="bf16"),
    dict(batch=4, heads=16, seq=4096, dim=128, causal=False, dtype="bf16"),
]

DTYPES = dict(bf16=torch.bfloat16, fp16=torch.float16, fp32=torch.float32)


def fuzz(rng):
    dtype = rng.choice(list(DTYPES))
    batch, heads = rng.choice([(1, 1), (1, 2), (2, 1)])
    seq = 16 * rng.integer(4, 8) + rng.integer(-1, 1)  # where the tail of a block is lost
    dim = 8 * rng.integer(2, 16)
    spread, shift = rng.choice([1.0, 4.0]), 0.0
    if dtype == "bf16":
        # Enough elements that PyTorch's own largest error is no matter of luck; the interpreter skips
        # cases of this size.
        heads = 2**17 // (seq * dim) + 1
    elif dtype == "fp32":
        spread, shift = rng.choice([(1.0, 0.0), (2.0, 0.0), (1.0, -120.0), (1.0, 120.0)])
        if not shift:
            seq = rng.choice([seq, rng.integer(1, 40)])
    return dict(
        batch=batch,
        heads=heads,
        seq=seq,
        dim=dim,
        causal=rng.choice([False, True]),
        dtype=dtype,
        spread=spread,
        shift=shift,
    )


def inputs(rng, batch, heads, seq, dim, causal, dtype, spread=1.0, shift=0.0):
    q, k, v, d_out = (rng.normal(batch, heads, seq, dim, dtype=DTYPES[dtype]) for _ in range(4))
    if spread != 1.0:
        # Scores are spread times as wide. At 4, most of a row of p is in one place.
        q *= spread
    if shift:
        # All scores move by about shift: past what exp can hold in float32, on either side.
        level = round((abs(shift) * dim**0.5) ** 0.5)  # its square is exact in any precision
        q[..., 0] = level
        k[..., 0] = level if shift > 0 else -level
    out, lse = forward(q, k, v, causal)
    return dict(q=q, k=k, v=v, out=out, lse=lse, d_out=d_out, causal=causal)


def forward(q, k, v, causal):
    """What the forward pass leaves behind, in float32; a few heads at a time, as scores are seq x seq."""
    seq, dim = q.shape[-2:]
    out = torch.empty_like(q)
    lse = torch.empty(q.shape[:-1], device=q.device)
    future = torch.ones(seq, seq, dtype=torch.bool, device=q.device).triu(1) if causal else None
    heads_at_once = max(1, 2**28 // seq**2)
    parts = (t.flatten(0, 1).split(heads_at_once) for t in (q, k, v, out, lse))
    for q_part, k_part, v_part, out_part, lse_part in zip(*parts, strict=True):
        scores = (q_part.float() @ k_part.float().mT).mul_(dim**-0.5)
        if causal:
            scores.masked_fill_(future, -torch.inf)
        lse_part.copy_(scores.logsumexp(dim=-1))
        out_part.copy_(scores.sub_(lse_part[..., None]).exp_() @ v_part.float())
    return out, lse
