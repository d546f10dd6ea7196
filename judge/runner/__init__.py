"""UNTRUSTED: the process that holds a submission, its walls, and Triton's interpreter there.

It may import protocol only, and nothing of the trusted side imports it.
"""
