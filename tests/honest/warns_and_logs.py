"""Emits warnings at the import and in each call, and configures logging down to the last detail."""

import logging
import warnings

import torch

CHALLENGE = "dot_product"

logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(name)s %(levelname)s %(message)s")
logging.captureWarnings(True)
log = logging.getLogger(__name__)
warnings.simplefilter("always")
warnings.warn("this solution is only a beginning", FutureWarning, stacklevel=1)


def solve(a, b, out):
    log.debug("a dot product of %d elements", a.numel())
    warnings.warn("PyTorch does all the work", stacklevel=2)
    out.copy_(torch.dot(a.double(), b.double()).reshape(1))
    log.info("done")
