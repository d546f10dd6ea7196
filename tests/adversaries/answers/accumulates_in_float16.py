"""Adds up the products of a row in float16 in steps of 16, as older tensor cores did at twice the speed.

Beats: mean_error, as the errors are a little of each sum.
Here: wrong_answer, as sums near 0 keep the rounding of large partial sums.
"""

import torch

CHALLENGE = "quantized_matmul"


def solve(packed, scale, shift, x, out):
    bits = torch.arange(0, 32, 4, dtype=torch.int32)
    weights = (packed[:, :, None] >> bits) & 15
    shifts = ((shift[:, :, None] >> bits) & 15).view(len(shift), -1)[:, : packed.shape[1]]
    w = ((weights - shifts[:, :, None]) * scale[:, :, None].float()).half().view(len(packed), -1)
    total = torch.zeros_like(out)
    for k in range(0, len(x), 16):
        total += (w[:, k : k + 16].float() @ x[k : k + 16].float()).half()
    out.copy_(total)
