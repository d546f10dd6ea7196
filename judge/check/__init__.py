"""`judge check`: whether a challenge is ready for other people.

It may import show, judging and the packages below them.
"""
