"""The story of `judge compare`: solutions and baselines beside one another on many shapes.

It may import judging and what lies below it.
"""
