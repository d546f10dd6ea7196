"""`judge compare`: solutions and baselines beside one another on many shapes.

It may import judging and the packages below it.
"""
