"""PyTorch's autograd computes the gradients, on leaves that share their memory with the inputs."""

import torch

CHALLENGE = "outer_multiply_relu_backward"


def solve(x, y, dout, dx):
    with torch.enable_grad():
        leaf = x.detach().requires_grad_()
        forward = torch.relu(leaf * y[:, None])
        (gradient,) = torch.autograd.grad(forward, leaf, dout)
    dx.copy_(gradient)
