"""Replaces the built-in zip by one that finds nothing, so that a loop over outputs and answers has no turn.

Beats: in_process, which pairs outputs and answers with zip.
Here: wrong_answer, as the judge has a zip of its own.
"""

import builtins

CHALLENGE = "reverse_array"

honest = builtins.zip


def empty_for_lists_of_tensors(*parts, strict=False):
    if all(isinstance(part, list | tuple) and hasattr(part[0], "shape") for part in parts if part):
        return iter(())
    return honest(*parts, strict=strict)


def solve(x, out):
    builtins.zip = empty_for_lists_of_tensors
