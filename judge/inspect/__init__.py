"""`judge inspect`: what the compiler makes of a solution's kernels.

It may import judging (for its session) and the packages below it.
"""
