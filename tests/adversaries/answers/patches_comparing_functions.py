"""Looks through all loaded modules for functions whose names sound like a comparison, and replaces them.

Beats: in_process, whose function is found by its name.
Here: wrong_answer, as the modules of the judge that compare are not loaded here.
"""

import sys

CHALLENGE = "matrix_add"


def solve(a, b, out):
    for name, module in list(sys.modules.items()):
        if name == "__main__" or name.startswith("judge"):
            for key, value in list(vars(module).items()):
                if callable(value) and key.lstrip("_").startswith(("differ", "close", "compare", "mismatch")):
                    setattr(module, key, lambda *a, **k: None)
