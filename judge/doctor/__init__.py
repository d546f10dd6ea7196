"""`judge doctor`: what this machine has, what is missing, and what to do.

It may import judging and the packages below it.
"""
