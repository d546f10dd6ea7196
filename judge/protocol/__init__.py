"""The code that judge and runner share: the messages, and CUDA's calls for shared memory.

It imports no other package of judge.
"""
