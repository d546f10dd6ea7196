"""Runners as processes, the memory that they share with the judge, devices, limits and locks.

It may import challenges' protocol, verdict and protocol.
"""
