"""A chain of calls, ready to be launched, and what is copied in it around a call."""

import ctypes
from collections.abc import Sequence
from ctypes import byref, c_void_p
from dataclasses import dataclass

from judge.protocol import graphs
from judge.protocol.cuda import check


@dataclass(frozen=True)
class Late:
    """Bytes that are copied to an address just before a call, and others just after it."""

    call: int
    to: int
    size: int
    before: int
    after: int


class Chain:
    """An executable graph of some calls, uploaded to the GPU, with an event before and after them. There may
    be more between.
    """

    def __init__(self, graph: c_void_p, executable: c_void_p, events: Sequence[c_void_p]) -> None:
        self._graph, self._executable, self._events = graph, executable, events
        self._driver = graphs.graph_driver()

    def launch(self, stream: c_void_p) -> None:
        """Start it. It ends when the stream is synchronized."""
        check(self._driver.cuGraphLaunch(self._executable, stream), "launching the calls")

    def elapsed_us(self, first: int = 0, last: int = -1) -> float:
        """The microseconds between two events, the first and the last one, once the chain has ended."""
        milliseconds = ctypes.c_float()
        events = self._events[first], self._events[last]
        check(self._driver.cuEventElapsedTime(byref(milliseconds), *events), "reading the events")
        return milliseconds.value * 1e3

    def close(self) -> None:
        self._driver.cuGraphExecDestroy(self._executable)
        self._driver.cuGraphDestroy(self._graph)
        for event in self._events:
            self._driver.cuEventDestroy_v2(event)
