"""The player: it replays a recording on the judge's buffers, and says how long the GPU took for it.

It gets requests and answers each, one JSON object per packet, like a runner. It is our code, but once foreign
kernels have run in it, what it says is no evidence any more: the judge has a clock of its own, and looks at
the outputs.
"""

import json
import mmap
import os
import socket
import sys
from ctypes import byref, c_int, c_void_p
from typing import Any

from judge.player.chain import Chain, Late
from judge.player.loaded import NotLoaded
from judge.player.replay import Replay
from judge.protocol import cuda, graphs, messages, sandbox
from judge.protocol.validation import decode

_NON_BLOCKING = 1  # CU_STREAM_NON_BLOCKING
_WEIGHINGS = 5
_SPIN = 1  # CU_CTX_SCHED_SPIN: a wait that sleeps ends late


class Player:
    """Each method that `requests` names is a request of the judge's, with the same name and arguments."""

    requests = ("take", "map", "unmap", "prepare", "go", "weigh")

    def __init__(self) -> None:
        driver = graphs.graph_driver()
        cuda.check(driver.cuInit(0), "starting CUDA")
        device, context = c_int(), c_void_p()
        cuda.check(driver.cuDeviceGet(byref(device), 0), "finding the GPU")
        cuda.check(driver.cuDevicePrimaryCtxSetFlags_v2(device, _SPIN), "making a context")
        cuda.check(driver.cuDevicePrimaryCtxRetain(byref(context), device), "making a context")
        cuda.check(driver.cuCtxSetCurrent(context), "making a context")
        self._driver, self._stream = driver, c_void_p()
        cuda.check(driver.cuStreamCreate(byref(self._stream), _NON_BLOCKING), "making a stream")
        self._replay: Replay | None = None
        self._chain: Chain | None = None
        self._opened: list[int] = []
        self._pool = self._late = 0  # the addresses of the sets, and of what comes late

    def take(self, descriptor: int, size: int, set_bytes: int) -> None:
        """Take a recording from a file of the judge's."""
        # Linux before 6.7 shares no file that is sealed against writing, not even to be read.
        with mmap.mmap(descriptor, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) as mapped:
            recording = decode(mapped[:], set_bytes)
        os.close(descriptor)
        self._replay = Replay(recording)

    def map(self, handle: str, stride: int, memory: list[list[Any]], late: str) -> dict[str, int]:
        """Open the sets, the program's own memory (a row [handle, offset] for each, all in one allocation),
        and what comes late in a pass. Returns the address of the program's memory.
        """
        assert self._replay
        self.unmap()
        addresses: dict[str, int] = {}
        for each in (handle, late, *(row[0] for row in memory)):
            if each not in addresses:
                addresses[each] = cuda.open_handle(bytes.fromhex(each))
                self._opened.append(addresses[each])
        bases = [addresses[each] + offset for each, offset in memory]
        self._replay.place(addresses[handle], stride, bases)
        self._pool, self._late = addresses[handle], addresses[late]
        return dict(base=bases[0] if bases else 0)

    def unmap(self) -> None:
        self._drop_chain()
        for address in self._opened:
            cuda.close_handle(address)
        self._opened.clear()

    def prepare(self, sets: list[int], late: list[list[int]]) -> None:
        """Build the chain of calls on some sets. A row of `late` has a call, a place in the sets, a number of
        bytes, and the places of what is copied there before and after the call.
        """
        assert self._replay
        self._drop_chain()
        copies = [
            Late(call, self._pool + place, size, self._late + before, self._late + after)
            for call, place, size, before, after in late
        ]
        self._chain = self._replay.chain(sets, self._stream, copies)
        cuda.check(self._driver.cuCtxSynchronize(), "uploading")

    def go(self) -> dict[str, float]:
        """Launch the chain and wait for its end. Returns its time."""
        assert self._chain
        self._chain.launch(self._stream)
        cuda.check(self._driver.cuStreamSynchronize(self._stream), "running them")
        return dict(us=self._chain.elapsed_us())

    def weigh(self, number: int) -> dict[str, list[float]]:
        """Run calls on a set, one node after the other. Returns the median time of each node."""
        assert self._replay
        self._drop_chain()
        chain = self._replay.one_by_one(number, self._stream)
        took: list[list[float]] = [[] for _ in range(self._replay.nodes)]
        for _ in range(_WEIGHINGS):
            chain.launch(self._stream)
            cuda.check(self._driver.cuStreamSynchronize(self._stream), "running its nodes")
            event = chain.elapsed_us(0, 1)  # what an event itself takes
            for n, times in enumerate(took):
                times.append(max(chain.elapsed_us(n + 1, n + 2) - event, 0.0))
        chain.close()
        return dict(us=[round(sorted(times)[_WEIGHINGS // 2], 2) for times in took])

    @property
    def is_ready(self) -> bool:
        """Whether calls are ready, and "go" is what comes next."""
        return self._chain is not None

    def _drop_chain(self) -> None:
        if self._chain:
            self._chain.close()
            self._chain = None


def answer(player: Player, packet: bytes, descriptors: list[int]) -> bytes:
    """Do what a request asks for. Returns the packet of the answer."""
    asked = json.loads(packet)
    do = asked.pop("do")
    assert do in player.requests
    if descriptors:
        asked["descriptor"] = descriptors[0]
    try:
        told = getattr(player, do)(**asked) or {}
        return json.dumps(dict(said="done", **told)).encode()
    except NotLoaded as error:
        return messages.error(kind="not_replayable", text=str(error))
    except Exception as error:
        summary = str(error) or type(error).__name__
        return messages.error(
            kind="runtime_error", text=summary, error=type(error).__name__, summary=summary, broken=True
        )


def main() -> None:
    """Serve the judge."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    missing = sandbox.enter(settings["scratch"], settings["memory"], settings["file_size"])
    player = Player()
    channel.send(json.dumps(dict(said="ready", missing=missing)).encode())
    while True:
        packet, descriptors = messages.receive(channel, player.is_ready)
        if not packet:
            return
        channel.send(answer(player, packet, descriptors))


if __name__ == "__main__":
    main()
