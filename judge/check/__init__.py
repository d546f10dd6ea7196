"""The story of `judge check`: whether a challenge is fit for other people.

It may import show, judging and what lies below them.
"""
