#!/usr/bin/env bash
# jaxtyping 0.3.11 says that it does not depend on JAX, and `import jaxtyping` does not import it. But where JAX is
# installed, the first use of `jaxtyped`, as a decorator or as `with jaxtyped("context")`, imports JAX: some 290
# modules and 0.3 to 1 s, also in a program that has only NumPy arrays or torch tensors. It is done to leave
# jaxtyping's own frames out of JAX's tracebacks. A program that wants to start fast meets this at its first check of
# an annotation, and only on machines where somebody has installed JAX.
#
# Seen on Python 3.11, jaxtyping 0.3.11, jax 0.10.2, a CPU:
#     after the import: False
#     after the first use: True 290 modules
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jaxtyping==0.3.11 jax==0.10.2 numpy
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import time

import numpy as np
from jaxtyping import Float, jaxtyped

before = "jax" in sys.modules
print("after the import:", before)
began = time.perf_counter()
with jaxtyped("context"):
    assert isinstance(np.zeros((3, 4)), Float[np.ndarray, "rows cols"])
took = time.perf_counter() - began
loaded = [name for name in sys.modules if name.split(".")[0] in ("jax", "jaxlib")]
print("after the first use:", "jax" in sys.modules, len(loaded), "modules", f"{took:.2f} s")
assert not before and len(loaded) > 100
PYTHON
