"""How a submission gets its verdict. Read `submit` first: it has the steps from top to bottom.

It may import board, engine, solutions, challenges and the packages below them.
"""
