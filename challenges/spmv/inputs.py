import torch

TESTS = [
    dict(rows=1, cols=1, nnz=1),
    dict(rows=5, cols=3, nnz=1),
    dict(rows=1, cols=4000, nnz=3001, numbers="positive"),
    dict(rows=100, cols=20, nnz=777),
    dict(rows=65, cols=33, nnz=1025, empty=20),
    dict(rows=1023, cols=2049, nnz=5003, numbers="positive"),
    dict(rows=2000, cols=500, nnz=100, empty=500),
    dict(rows=257, cols=4099, nnz=9001, lengths="equal"),
    dict(rows=3001, cols=1500, nnz=15_007, heavy=8003),
    dict(rows=37, cols=5000, nnz=40_009, numbers="positive", empty=3),
    dict(rows=100_003, cols=50_021, nnz=2_000_003, heavy=300_007),
    dict(rows=3_000_017, cols=101, nnz=1_000_003, empty=1000),
]
BENCHMARKS = [
    dict(rows=1_000_000, cols=1_000_000, nnz=16_000_000, numbers="positive"),
    dict(rows=20_000, cols=20_000, nnz=20_000_000, numbers="positive"),
]


def fuzz(rng):
    rows = rng.choice([rng.integer(1, 20), rng.integer(20, 2000)])
    cols = rng.choice([rng.integer(1, 50), rng.integer(50, 5000)])
    # cuSPARSE, which PyTorch asks, takes no more entries than a dense matrix has.
    nnz = min(rows * cols, rng.choice([rng.integer(1, 300), rng.integer(300, 10_000)]))
    return dict(
        rows=rows,
        cols=cols,
        nnz=nnz,
        numbers=rng.choice(["whole", "positive"]),
        lengths=rng.choice(["random", "random", "equal"]),
        empty=rng.choice([0, rows // 4]),
        heavy=rng.choice([0, nnz // 2]),
    )


def inputs(rng, rows, cols, nnz, numbers="whole", lengths="random", empty=0, heavy=0):
    # The `empty` first and last rows get nothing; one row between them gets `heavy` entries more than
    # the others, which share the rest.
    row = torch.arange(rows + 1, device=rng.device)
    between, light = rows - 2 * empty, nnz - heavy
    if lengths == "random":  # cut at random places: many short rows, some empty, some long
        starts = rng.integers(rows + 1, low=0, high=light).sort().values
    elif lengths == "equal":
        starts = (row - empty) * light // between
    else:
        raise ValueError(f"lengths={lengths!r}: random or equal")
    starts = torch.where(row <= empty, 0, torch.where(row >= rows - empty, light, starts))
    if heavy:
        starts = starts + heavy * (row > empty + between // 3)
    columns = rng.integers(nnz, low=0, high=cols - 1)
    if numbers == "whole":
        # A sum that cancels keeps the rounding of its partial sums, which no fair tolerance allows.
        # Sums of whole numbers are exact in float32 up to 2**24, in whatever order they are added.
        values = rng.integers(nnz, low=-4, high=4).float()
        x = rng.integers(cols, low=-8, high=8).float()
    elif numbers == "positive":
        values = rng.uniform(nnz)
        x = rng.uniform(cols)
    else:
        raise ValueError(f"numbers={numbers!r}: whole or positive")
    return dict(values=values, columns=columns, row_starts=starts.to(torch.int32), x=x, rows=rows)
