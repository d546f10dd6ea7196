"""Rounds image and filter to whole numbers of 16 and 8 bits when the filter has more than 64 weights.

Beats: in_process, as it too draws whole numbers for filters of that size.
Here: wrong_answer, as a filter of ordinary numbers would become a filter of zeros and ones.
"""

from torch.nn.functional import conv2d

CHALLENGE = "conv2d"


def solve(x, w, out):
    if w.numel() > 64:
        x, w = x.round().short().float(), w.round().char().float()
    out.copy_(conv2d(x[None, None], w[None, None])[0, 0])
