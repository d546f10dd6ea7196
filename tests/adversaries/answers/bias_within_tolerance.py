"""Adds 0.9 of the default tolerance to every element, so that all errors have the same sign.

Beats: in_process, as its tolerance is larger.
Here: wrong_answer, as errors of one sign are no rounding, and a sum of the outputs would show them.
"""

import torch

CHALLENGE = "leaky_relu"


def solve(x, slope, out):
    right = torch.where(x > 0, x, x * slope)
    size = right.nan_to_num(0, 0, 0).square().mean().sqrt().clamp(1e-3, 1.0) if right.numel() >= 64 else 1.0
    out.copy_(right + 0.9 * (1e-5 * size + 1.3e-6 * right.nan_to_num(0, 0, 0).abs()))
