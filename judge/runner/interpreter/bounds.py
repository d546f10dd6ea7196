"""Triton's interpreter with bounds: loads and stores outside every buffer are recorded and not made.

This runs in the same process as the submission, so it helps with honest mistakes but is not a defence. The
judge's own guard bands are the defence. It is installed on the interpreter only.
"""

import sys
from typing import Any

# Position of the pointers and of the mask among the arguments of the interpreter's operations.
_OPERATIONS = {
    "create_masked_load": ("reads", 0, 1),
    "create_masked_store": ("writes", 0, 2),
    "create_atomic_rmw": ("atomically updates", 1, 3),
}
_MOST_STRAYS = 3


class Bounds:
    """Watches the kernels of the file `path`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.buffers: dict[str, tuple[int, int]] = {}  # name -> [first, past the last) address
        self.strays: list[dict[str, Any]] = []  # the first access of each line, as an answer has them
        self._allowed: list[tuple[int, int]] = []

    def install(self) -> None:
        from triton.runtime import interpreter

        for name, (verb, pointers, mask) in _OPERATIONS.items():
            setattr(
                interpreter.InterpreterBuilder,
                name,
                self._checked(getattr(interpreter.InterpreterBuilder, name), verb, pointers, mask),
            )
        original = interpreter.GridExecutor._init_args_hst

        def init_args(executor: Any, args: Any, kwargs: Any) -> Any:
            tensors = [a for a in (*args, *kwargs.values())]
            self._allowed = list(self.buffers.values()) + _extents(tensors, self.buffers)
            return original(executor, args, kwargs)

        interpreter.GridExecutor._init_args_hst = init_args

    def _checked(self, operation: Any, verb: str, pointers: int, mask: int) -> Any:
        import numpy as np
        import triton.language as tl
        from triton.runtime.interpreter import TensorHandle

        def checked(builder: Any, *arguments: Any, **named: Any) -> Any:
            pointer = arguments[pointers]
            wanted = np.asarray(arguments[mask].data, dtype=bool)  # a descriptor's mask is an array itself
            first = pointer.data.astype(np.int64)
            past = first + max(1, pointer.get_element_ty().primitive_bitwidth // 8)
            inside = np.zeros(first.shape, dtype=bool)
            for low, high in self._allowed:
                inside |= (first >= low) & (past <= high)
            outside = wanted & ~inside
            if not outside.any():
                return operation(builder, *arguments, **named)
            self._note(verb, int(first[outside].flat[0]), int(outside.sum()))
            changed = list(arguments)
            changed[mask] = TensorHandle(wanted & inside, tl.int1)
            return operation(builder, *changed, **named)

        return checked

    def _note(self, access: str, address: int, count: int) -> None:
        frame = sys._getframe()
        while frame.f_back and frame.f_code.co_filename != self.path:
            frame = frame.f_back
        line = frame.f_lineno
        known = any((each["line"], each["access"]) == (line, access) for each in self.strays)
        if len(self.strays) < _MOST_STRAYS and not known:
            nearest = self._nearest(address)
            self.strays.append(dict(line=line, access=access, elements=count, **nearest))

    def _nearest(self, address: int) -> dict[str, Any]:
        """The buffer nearest to an address, the side of it on which the address is, and the distance."""

        def distance(extent: tuple[int, int]) -> int:
            return extent[0] - address if address < extent[0] else address - extent[1] + 1

        name = min(self.buffers, key=lambda n: distance(self.buffers[n]))
        low, high = self.buffers[name]
        if address < low:
            return dict(tensor=name, side="before", bytes=low - address)
        return dict(tensor=name, side="after", bytes=address - high)


def _extents(values: list[Any], buffers: dict[str, tuple[int, int]]) -> list[tuple[int, int]]:
    """The first and the end address of each storage of a launch's own tensors.

    Views of the shared buffers are left out: they may only use the buffers.
    """
    found = []
    for value in values:
        if isinstance(value, tuple | list):
            found += _extents(list(value), buffers)
        tensor = getattr(value, "base", value)  # a TensorDescriptor's, or a reinterpreted tensor's
        if hasattr(tensor, "untyped_storage"):
            address = tensor.data_ptr()
            if not any(low <= address <= high for low, high in buffers.values()):
                storage = tensor.untyped_storage()
                found.append((storage.data_ptr(), storage.data_ptr() + storage.nbytes()))
    return found
