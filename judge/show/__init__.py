"""Turns results into text or pictures for people: verdicts, boards, notes, comparisons.

It may import compare, inspect, judging, board and the packages below them.
"""
