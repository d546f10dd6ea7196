"""The story of `judge new`: files to start from, written by the templates.

It may import challenges, solutions and what lies below them.
"""
