"""The judge's side of runners: their processes, the memory they share with the judge, devices, limits, locks.

It may import the protocol of challenges, verdict and protocol.
"""
