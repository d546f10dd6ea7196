"""The pages to read: what they show, how it is set, how it is published and served.

It may import show, board, solutions, challenges and what lies below them.
"""
