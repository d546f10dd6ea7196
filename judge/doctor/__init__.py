"""The story of `judge doctor`: what this machine has, what is missing, and what to do.

It may import judging and what lies below it.
"""
