"""The untrusted process of judge inspect: a runner that compiles what a solution launches, and runs nothing.

What it needs of the judge's own side, the challenge above all, is imported when the walls are up.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from judge.runner import BadSolution, Runner, main


class Compiler(Runner):
    """`record` what solve launches, then `compile` it, one specialization after the other."""

    def __init__(self, device: str) -> None:
        super().__init__(device)
        self.compiled: Iterator[dict[str, Any]] = iter(())

    def record(
        self,
        path: str,
        challenge: str,
        arguments: list[str],
        arch: str,
        kernel: str,
        shown: str,
        descriptor: int,
    ) -> None:
        """Write down what `solve` launches on tensors without values, for `compile`."""
        from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException

        from judge.compilation import compile_launches, kernels_of, launches_of
        from judge.occupancy import ARCHITECTURES

        self.load(path, "solve", "solve", arguments, "")
        kernels = kernels_of(sys.modules["submission"])
        try:
            launches = launches_of(self.run, challenge, ARCHITECTURES[arch], set(kernels))
        except (DataDependentOutputException, DynamicOutputShapeException) as error:
            raise BadSolution(f"solve reads values back ({error}); tensors have none here") from None
        names = [each.kernel.__name__ for each in launches]
        wanted = [each for each in launches if kernel in ("", each.kernel.__name__)]
        self.compiled = compile_launches(wanted, ARCHITECTURES[arch], shown)
        _write(descriptor, dict(kernels=kernels, launches=names))

    def compile(self, descriptor: int) -> None:
        """Compile until there is a new specialization, and write its figures; {} if there is none left."""
        _write(descriptor, next(self.compiled, {}))


def _write(descriptor: int, value: dict[str, Any]) -> None:
    """What is too long for a packet goes into a file of the judge's."""
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file)


if __name__ == "__main__":
    main(Compiler)
