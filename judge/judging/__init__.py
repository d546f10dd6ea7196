"""The way of a submission to its verdict: `submit` tells it from top to bottom.

It may import board, engine, solutions, challenges and what lies below them.
"""
