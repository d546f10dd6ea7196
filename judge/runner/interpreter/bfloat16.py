"""bfloat16 on Triton's interpreter, which keeps it as 16-bit words and computes with the words.

numpy has no bfloat16. Triton's own interpreter (3.6, 3.7) multiplies and adds the words as if they were
integers, and truncates a float32 instead of rounding it. Here each operation widens its operands to float32,
and rounds its result to the nearest bfloat16, ties to even, as a GPU does.
"""

from typing import Any

# Operations on numbers: all their operands are widened, and a float32 result of bfloat16s is narrowed.
_OPERATIONS = ("unary_op", "binary_op", "ternary_op", "create_fma", "create_dot")
_CASTS = ("cast_impl", "create_fp_to_fp")


def install() -> None:
    """Repair the interpreter of this process."""
    from triton.runtime.interpreter import InterpreterBuilder, ReduceScanOpInterface

    for name in _OPERATIONS:
        setattr(InterpreterBuilder, name, _on_numbers(getattr(InterpreterBuilder, name)))
    for name in _CASTS:
        setattr(InterpreterBuilder, name, _cast(getattr(InterpreterBuilder, name)))
    ReduceScanOpInterface.apply = _along_an_axis(ReduceScanOpInterface.apply)


def _on_numbers(operation: Any) -> Any:
    def computed(builder: Any, *operands: Any) -> Any:
        wide = [_widened(operand) for operand in operands]
        result = operation(builder, *wide)
        if operation.__name__ == "create_dot":
            narrow = _is_bfloat16(operands[2])  # the accumulator
        else:
            narrow = any(map(_is_bfloat16, operands))
        number = result.data.dtype == "float32"  # a comparison gives no number
        return _narrowed(result) if narrow and number else result

    return computed


def _cast(cast: Any) -> Any:
    def converted(builder: Any, source: Any, wanted: Any, *rounding: Any) -> Any:
        import triton.language as tl

        if wanted.scalar == tl.bfloat16 and not _is_bfloat16(source):
            wide = source if source.dtype.scalar == tl.float32 else builder.cast_impl(source, tl.float32)
            return _narrowed(wide)
        return cast(builder, _widened(source), wanted, *rounding) if wanted.scalar != tl.bfloat16 else source

    return converted


def _along_an_axis(apply: Any) -> Any:
    def reduced(operation: Any, given: Any) -> Any:
        import triton.language as tl

        def changed(tensor: Any, handle: Any) -> Any:
            return tl.tensor(
                handle, tl.block_type(handle.dtype, tensor.shape) if tensor.shape else handle.dtype
            )

        if not isinstance(given, tuple):
            return reduced(operation, (given,))[0]
        narrow = [_is_bfloat16(tensor) for tensor in given]
        if not any(narrow):
            return apply(operation, given)
        wide = tuple(changed(t, _widened(t.handle)) if n else t for t, n in zip(given, narrow, strict=True))
        # The index that comes with a maximum is not a bfloat16, and no input belongs to it.
        return tuple(
            changed(r, _narrowed(r.handle)) if n and r.dtype == tl.float32 else r
            for r, n in zip(apply(operation, wide), [*narrow, False], strict=False)
        )

    return reduced


def _is_bfloat16(handle: Any) -> bool:
    import triton.language as tl

    return hasattr(handle, "dtype") and handle.dtype.scalar == tl.bfloat16


def _widened(handle: Any) -> Any:
    import numpy as np
    import triton.language as tl

    if not _is_bfloat16(handle):
        return handle
    return type(handle)((handle.data.astype(np.uint32) << 16).view(np.float32), tl.float32)


def _narrowed(handle: Any) -> Any:
    import numpy as np
    import triton.language as tl

    bits = np.ascontiguousarray(handle.data, dtype=np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    words = np.where(np.isnan(handle.data), 0x7FC0, rounded).astype(np.uint16)
    return type(handle)(words.reshape(handle.data.shape), tl.bfloat16)
