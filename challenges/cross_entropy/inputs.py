import torch

TESTS = [
    dict(rows=1, classes=1),
    dict(rows=5, classes=1),
    dict(rows=7, classes=2, spread=3.0),
    dict(rows=65, classes=10),
    dict(rows=33, classes=1000, shift=200.0),
    dict(rows=5, classes=4097, spread=100.0),
    dict(rows=6, classes=777, infinities=True),
    dict(rows=3, classes=20_001, infinities=True),
    dict(rows=2, classes=16_385, shift=-150.0, slope=50.0),
    dict(rows=150, classes=3, spread=4.0),
    dict(rows=3, classes=50_257, spread=4.0, slope=-30.0),
    dict(rows=70_001, classes=17, lead=4.5),
    dict(rows=9, classes=200_003, shift=-60.0),
]
BENCHMARKS = [dict(rows=4096, classes=4096), dict(rows=2048, classes=50_257)]


def fuzz(rng):
    rows, classes = rng.choice(
        [
            (rng.integer(1, 80), rng.integer(1, 100)),
            (rng.integer(1, 30), (1 << rng.integer(5, 11)) + rng.integer(-1, 1)),
            (rng.integer(1, 4), rng.integer(1000, 40_000)),
        ]
    )
    # A shift changes nothing in the answer. Far above 0 a naive exp overflows; far below 0 it
    # underflows, and a tail padded with zeros outweighs the row.
    return dict(
        rows=rows,
        classes=classes,
        spread=rng.choice([1.0, 4.0, 100.0]),
        shift=rng.choice([-150.0, -20.0, 0.0, 150.0]),
        slope=rng.choice([-20.0, 0.0, 20.0]),
    )


def inputs(rng, rows, classes, spread=1.0, shift=0.0, slope=0.0, lead=0.0, infinities=False):
    # With a slope, rows climb or fall by that much from end to end: a running maximum changes in
    # every block, or in the first only.
    logits = rng.normal(rows, classes)
    target = rng.integers(rows, low=0, high=classes - 1, dtype=torch.int64)
    if spread != 1.0:
        logits *= spread
    if shift or slope:
        logits += shift + torch.arange(classes, device=rng.device) * (slope / classes)
    if lead:
        # The target is ahead of most. So the losses are small, and their sum over many rows is not
        # refused for its rounding, in whatever order it is taken.
        logits.scatter_add_(1, target[:, None], torch.full((rows, 1), lead, device=rng.device))
    if infinities:
        # -inf in every 4th column, and odd rows begin with -inf for half their width. Never at the
        # target.
        row = torch.arange(rows, device=rng.device)[:, None]
        col = torch.arange(classes, device=rng.device)[None, :]
        gone = (col % 4 == 3) | ((row % 2 == 1) & (col < classes // 2))
        logits = torch.where(gone & (col != target[:, None]), -torch.inf, logits)
    return dict(logits=logits, target=target)
