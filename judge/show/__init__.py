"""Everything that becomes text or a picture for a person: verdicts, boards, notes, comparisons.

It may import compare, inspect, judging, board and what lies below them.
"""
