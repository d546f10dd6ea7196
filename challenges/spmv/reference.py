import warnings

import torch
from jaxtyping import Float32, Int32
from torch import Tensor

warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")


def reference(
    values: Float32[Tensor, "nnz"],
    columns: Int32[Tensor, "nnz"],
    row_starts: Int32[Tensor, "rows1"],
    x: Float32[Tensor, "cols"],
    rows: int,
) -> Float32[Tensor, "rows"]:
    matrix = torch.sparse_csr_tensor(row_starts, columns, values, (rows, x.numel()), check_invariants=False)
    return matrix @ x
