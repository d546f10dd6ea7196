"""A local judge for GPU kernels written in Triton."""

__version__ = "0.1.0"
