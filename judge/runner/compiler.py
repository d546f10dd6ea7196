"""The untrusted process of judge inspect: it compiles what a solution launches, and runs nothing."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from judge.runner.errors import BadSolution
from judge.runner.main import main
from judge.runner.submission import Submission


class Compiler(Submission):
    """Serves two requests: `trace` the launches of solve, then `compile` them, one after the other."""

    requests: tuple[str, ...] = ("source", "trace", "compile")

    def __init__(self, device: str) -> None:
        super().__init__(device)
        self.compiled: Iterator[dict[str, Any]] = iter(())

    def trace(
        self,
        path: str,
        language: str,
        names: list[str],
        calls: list[dict[str, Any]],
        architecture: dict[str, int],
        kernel: str,
        shown: str,
        descriptor: int,
    ) -> None:
        """Write down what `solve` launches on tensors without values, for `compile`.

        A call has a `case`, which is its name, and its `arguments` in order, each {"dtype", "shape"} or
        {"value"}. A call that is not `needed` is only made for kernels that no call before it has launched.
        """
        from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException

        from judge.runner.compilation import compile_launches, kernels_of, launches_of

        self.load(path, language, "solve", "solve", names, [], [], "")
        kernels = kernels_of(sys.modules["submission"]) if "submission" in sys.modules else []
        try:
            launches = launches_of(self.run, calls, architecture, set(kernels))
        except (DataDependentOutputException, DynamicOutputShapeException) as error:
            raise BadSolution(f"solve reads values back ({error}); tensors have none here") from None
        launched = [each.kernel.__name__ for each in launches]
        wanted = [each for each in launches if kernel in ("", each.kernel.__name__)]
        self.compiled = compile_launches(wanted, architecture, shown)
        _write(descriptor, dict(kernels=kernels, launches=launched))

    def compile(self, descriptor: int) -> None:
        """Compile until there is a new specialization, and write its figures; {} if there is none left."""
        _write(descriptor, next(self.compiled, {}))


def _write(descriptor: int, value: dict[str, Any]) -> None:
    """Write a value that is too long for a packet into a file of the judge's."""
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file)


if __name__ == "__main__":
    main(Compiler)
