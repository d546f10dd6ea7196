"""Challenges: the protocol, signatures, seeds, and the formats that problems come in.

It may import only the ground modules (workspace, files, text, errors): it knows nothing about processes.
"""
