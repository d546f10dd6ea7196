"""`judge new`: writes files to start from, by templates.

It may import challenges, solutions and the packages below them.
"""
