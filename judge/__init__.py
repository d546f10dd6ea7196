"""A local judge for GPU kernels written in Triton."""

__version__ = "0.3.0"
