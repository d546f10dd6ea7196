"""`judge watch`: a verdict after each save, compared with the one before.

It may import show, judging and the packages below them.
"""
