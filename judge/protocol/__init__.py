"""What judge and runner have in common: the messages, and CUDA's calls for shared memory.

It imports nothing of ours.
"""
