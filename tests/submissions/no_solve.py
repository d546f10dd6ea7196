"""Defines no function `solve`."""

import torch


def softmax(x, out):
    out.copy_(torch.softmax(x, -1))
