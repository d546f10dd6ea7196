from jaxtyping import UInt8
from torch import Tensor


def reference(image: UInt8[Tensor, "height width 4"]) -> UInt8[Tensor, "height width 4"]:
    out = 255 - image
    out[..., 3] = image[..., 3]
    return out
