"""Raises the runner's own errors, with records that no honest interpreter makes.

Beats: -, as a naive judge has no errors of its own.
Here: runtime_error or rule_violation or wrong_answer, as an error that is no proper answer breaks a rule.
"""

CHALLENGE = "softmax"


def solve(x, out):
    from judge.runner.errors import StrayAccesses

    raise StrayAccesses(
        [{"line": float("nan"), "access": {"reads": []}, "tensor": "\n" * 99, "bytes": -1}, object()]
    )
