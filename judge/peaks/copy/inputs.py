TESTS = []
BENCHMARKS = [dict(n=1 << 26)]


def fuzz(rng):
    return dict(n=rng.integer(1, 1000))


def inputs(rng, n):
    return dict(x=rng.normal(n))
