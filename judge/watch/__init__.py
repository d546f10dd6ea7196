"""The story of `judge watch`: a verdict after each save, beside the one before.

It may import show, judging and what lies below them.
"""
