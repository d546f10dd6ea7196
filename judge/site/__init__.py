"""The site: what its pages show, how they are made, published and served.

It may import show, board, solutions, challenges and the packages below them.
"""
