"""Lets the output's tensor point to the memory of the input, read by other strides: nothing is copied.

Beats: in_process, which looks at the object and not at the memory that it gave.
Here: wrong_answer, as the memory of the output still holds what was in it.
"""

CHALLENGE = "matrix_transpose"


def solve(x, out):
    out.set_(x.T)
