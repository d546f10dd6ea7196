"""Operations in place on the output, through views of it, after a copy of the input."""

CHALLENGE = "softmax"


def solve(x, out):
    out[...] = x
    view = out.view_as(x)
    view -= x.amax(dim=-1, keepdim=True)
    view.exp_().div_(view.sum(dim=-1, keepdim=True))
