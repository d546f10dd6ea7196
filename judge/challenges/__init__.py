"""Challenges: the protocol, signatures, seeds, and the formats that problems come in.

It knows no process: it may import the ground modules only.
"""
