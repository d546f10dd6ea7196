"""Captures a CUDA graph of its own for each shape, on buffers of its own, and each call replays it.

Needs: GPU
"""

import torch

CHALLENGE = "softmax"

graphs = {}


def captured(shape, device):
    """A graph, the buffer that it reads, and the one that it writes."""
    read = torch.zeros(shape, device=device)
    torch.softmax(read, dim=-1)  # once outside, so that nothing is set up while the graph is captured
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        written = torch.softmax(read, dim=-1)
    return graph, read, written


def solve(x, out):
    if x.shape not in graphs:
        graphs.clear()  # their buffers may be large
        graphs[x.shape] = captured(x.shape, x.device)
    graph, read, written = graphs[x.shape]
    read.copy_(x)
    graph.replay()
    out.copy_(written)
