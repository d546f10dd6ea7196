"""The story of `judge inspect`: what the compiler makes of a solution's kernels.

It may import engine, solutions, challenges and what lies below them.
"""
