"""OURS, but it holds untrusted kernels: the process that replays a recording and times it on the GPU.

It never imports a submission. It imports judge/protocol and nothing else of ours, and no PyTorch.
"""
