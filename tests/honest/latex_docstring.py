r"""# The softmax, derived $\to$ proved

All of the note is mathematics, with backslashes that Python would take for escapes without the `r`:

$$\sigma(x)_i = \frac{e^{x_i - \max_k x_k}}{\sum_{j=1}^{n} e^{x_j - \max_k x_k}}, \qquad
\nabla \sigma = \operatorname{diag}(\sigma) - \sigma \sigma^{\top} \in \mathbb{R}^{n \times n}$$

\begin{align} \N{x} &\leq \u{y} \\ 100\% &\neq \x41 \end{align} <script>alert("no")</script> $unclosed
"""

import torch

CHALLENGE = "softmax_vector"


def solve(x, out):
    torch.softmax(x.double(), 0, out=(wide := torch.empty_like(x, dtype=torch.float64)))
    out.copy_(wide)
