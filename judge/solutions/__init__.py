"""Solutions: how a file is found and read, what its note says, and the languages they are written in.

It may import the ground modules only (workspace, files, text, errors).
"""
