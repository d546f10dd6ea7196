"""Changes settings of the whole process: default dtype, threads, gradients, limits, seeds, exit handler."""

import atexit
import faulthandler
import gc
import os
import random
import sys

import numpy as np
import torch

CHALLENGE = "prefix_sum"

os.environ["OMP_NUM_THREADS"] = "1"
os.umask(0o077)
os.chdir(os.environ.get("TMPDIR", "/"))
sys.setrecursionlimit(5000)
sys.path.insert(0, "/nowhere")
gc.disable()
faulthandler.enable()
random.seed(1)
np.random.seed(1)
np.set_printoptions(precision=3)
torch.manual_seed(1)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.set_grad_enabled(False)
torch.set_printoptions(sci_mode=False)
torch.set_default_device("cuda" if torch.cuda.is_available() else "cpu")
torch.use_deterministic_algorithms(True, warn_only=True)
atexit.register(print, "the end")


def solve(x, out):
    out.copy_(x.double().cumsum(0))
