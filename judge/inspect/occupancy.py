"""The resources of a multiprocessor of each architecture, and how many blocks of a kernel fit on it.

Sources: CUDA C++ Programming Guide, "Technical Specifications per Compute Capability"; the CUDA Occupancy
Calculator for the units in which registers and warps are allocated.
"""

from dataclasses import dataclass

REGISTERS = 65536  # of a multiprocessor
_REGISTER_UNIT = 256  # registers are allocated to a warp in multiples of it
_WARP_UNIT = 4  # one for each of a multiprocessor's four schedulers
_SHARED_RESERVED = 1024  # bytes that the system uses for each block
_SHARED_UNIT = 128


@dataclass(frozen=True)
class Architecture:
    """An architecture; its `number` is 90 for sm_90. A multiprocessor holds `warps`, `blocks` and `shared`
    bytes of shared memory, of which one block may have `shared_block`.
    """

    number: int
    warps: int
    blocks: int
    shared: int
    shared_block: int

    @property
    def name(self) -> str:
        return f"sm_{self.number}"

    def limits(self) -> dict[str, int]:
        """The figures with which a runner acts as if it had such a GPU."""
        return dict(
            number=self.number,
            warps=self.warps,
            registers=REGISTERS,
            shared=self.shared,
            shared_block=self.shared_block,
        )

    def resident_blocks(self, registers: int, shared: int, threads: int) -> int:
        """The number of blocks that fit on a multiprocessor at once.

        `registers` are per thread; `shared` bytes and `threads` are per block. The result is the least of the
        numbers that the warps, the registers, the shared memory and the block slots allow.
        """
        warps = -(-threads // 32)
        by_warps = self.warps // warps
        per_warp = _up(registers * 32, _REGISTER_UNIT)
        by_registers = _down(REGISTERS // per_warp, _WARP_UNIT) // warps if registers else self.blocks
        by_shared = self.shared // _up(shared + _SHARED_RESERVED, _SHARED_UNIT)
        return min(by_warps, by_registers, by_shared, self.blocks)


def _up(value: int, unit: int) -> int:
    return -(-value // unit) * unit


def _down(value: int, unit: int) -> int:
    return value // unit * unit


def _row(number: int, warps: int, blocks: int, shared: int) -> Architecture:
    return Architecture(number, warps, blocks, shared << 10, (shared - 1) << 10)


# The compute capability, the resident warps and blocks, and the KiB of shared memory.
ARCHITECTURES = {
    each.name: each
    for each in (
        _row(80, 64, 32, 164),
        _row(86, 48, 16, 100),
        _row(87, 48, 16, 164),
        _row(89, 48, 24, 100),
        _row(90, 64, 32, 228),
        _row(100, 64, 32, 228),
        _row(103, 64, 32, 228),
        _row(120, 48, 24, 100),
        _row(121, 48, 24, 100),
    )
}
