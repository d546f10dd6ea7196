"""Makes Triton's interpreter search for the functions to replace once, and not at each call of a reduction.

`tl.sum` is itself written in Triton. So the interpreter (3.6, 3.7) prepares the language again for each call
of it, and goes through every member of its modules. This takes half a millisecond, as long as a small
program.
"""

import inspect
from typing import Any


def install() -> None:
    """Make the interpreter of this process remember what it found."""
    from triton.language import core
    from triton.runtime import interpreter

    found: dict[Any, list[tuple[str, Any]]] = {}

    def patch_builtin(place: Any, builder: Any, scope: Any) -> None:
        if place not in found:
            found[place] = [(n, m) for n, m in inspect.getmembers(place) if core.is_builtin(m)]
        for name, member in found[place]:
            if getattr(place, name) is member:  # not replaced yet
                interpreter._patch_attr(place, name, member, builder, scope)

    interpreter._patch_builtin = patch_builtin
