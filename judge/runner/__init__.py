"""UNTRUSTED: the process that runs a submission, its sandbox, and its changes to Triton's interpreter.

It may import protocol only, and nothing of the trusted side imports it.
"""
