"""A recording made ready to run: chains of calls are built from its nodes.

A chain is a CUDA graph: an event, one call after the other, an event. In a call the edges are as recorded.
After each call there is a join that waits for the full end of all of its nodes, and the next call waits for
the join: two calls neither overlap nor leak into one another, whatever a programmatic launch leaves running.

Source: CUDA Driver API, "Graph Management", "Tensor Map Object Management".
"""

import ctypes
from collections.abc import Sequence
from ctypes import byref, c_void_p
from itertools import pairwise

from judge.player.chain import Chain, Late
from judge.player.loaded import Loaded
from judge.protocol import graphs
from judge.protocol.cuda import check
from judge.protocol.recording import MAP, Kernel, Memset, Pointer, Recording


class Replay:
    """The calls of a recording. Raises NotLoaded. It needs a place before it makes chains."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._start, self._stride, self._bases = 0, 0, list[int]()
        self._driver = graphs.graph_driver()
        self._context = c_void_p()
        check(self._driver.cuCtxGetCurrent(byref(self._context)), "asking for the context")
        self._loaded = Loaded(recording)
        full = {edge.before for edge in recording.edges if not edge.programmatic}
        # Who is followed by a full edge has ended when its follower starts. The others the join waits for.
        self._last = [n for n in range(len(recording.nodes)) if n not in full]
        after = {edge.after for edge in recording.edges}
        self._first = [n for n in range(len(recording.nodes)) if n not in after]

    @property
    def nodes(self) -> int:
        """The number of nodes of a call."""
        return len(self._recording.nodes)

    def place(self, start: int, stride: int, bases: list[int]) -> None:
        """Use the sets that are `stride` bytes apart from `start` on, and memory at the addresses `bases`."""
        self._start, self._stride, self._bases = start, stride, bases

    def chain(self, sets: Sequence[int], stream: c_void_p, late: Sequence[Late] = ()) -> Chain:
        """A chain of calls on sets, given by their numbers. All variables are as they were recorded."""
        self._loaded.restore()
        graph, events = self._started(2)
        edges: list[tuple[int, int, bool]] = []
        join = self._event_node(graph, events[0])
        kept: list[object] = []  # what the driver reads until it has made a node
        for call, number in enumerate(sets):
            mine = [each for each in late if each.call == call]
            for each in mine:
                join = self._copied(graph, join, each.before, each.to, each.size, edges)
            nodes = [self._node(n, graph, number, kept) for n in range(len(self._recording.nodes))]
            edges += [(nodes[e.before], nodes[e.after], e.programmatic) for e in self._recording.edges]
            edges += [(join, nodes[n], False) for n in self._first]
            join = self._join(graph)
            edges += [(nodes[n], join, False) for n in self._last]
            for each in mine:
                join = self._copied(graph, join, each.after, each.to, each.size, edges)
            kept.clear()
        if not sets:  # the same copies, around nothing
            for each in late:
                join = self._copied(graph, join, each.before, each.to, each.size, edges)
                join = self._copied(graph, join, each.after, each.to, each.size, edges)
        edges.append((join, self._event_node(graph, events[1]), False))
        return self._finished(graph, edges, events, stream)

    def one_by_one(self, number: int, stream: c_void_p) -> Chain:
        """One call on a set, one node after the other: two events, a node, an event, a node, an event, and so
        on. Nodes are in an order in which they may run: edges lead forward.
        """
        self._loaded.restore()
        graph, events = self._started(len(self._recording.nodes) + 2)
        row = [self._event_node(graph, events[0]), self._event_node(graph, events[1])]
        kept: list[object] = []
        for n, event in enumerate(events[2:]):
            row += [self._node(n, graph, number, kept), self._event_node(graph, event)]
        edges = [(before, after, False) for before, after in pairwise(row)]
        return self._finished(graph, edges, events, stream)

    def _started(self, count: int) -> tuple[c_void_p, list[c_void_p]]:
        """An empty graph, and some events."""
        graph, events = c_void_p(), [c_void_p() for _ in range(count)]
        check(self._driver.cuGraphCreate(byref(graph), 0), "creating a graph")
        for event in events:
            check(self._driver.cuEventCreate(byref(event), 0), "creating an event")
        return graph, events

    def _finished(
        self, graph: c_void_p, edges: list[tuple[int, int, bool]], events: list[c_void_p], stream: c_void_p
    ) -> Chain:
        executable = c_void_p()
        self._connect(graph, edges)
        check(self._driver.cuGraphInstantiateWithFlags(byref(executable), graph, 0), "instantiating")
        check(self._driver.cuGraphUpload(executable, stream), "uploading the calls")
        return Chain(graph, executable, events)

    # -- nodes ------------------------------------------------------------------------------------

    def _address(self, range_number: int, offset: int, number: int) -> int:
        if range_number == 0:
            return self._start + number * self._stride + offset
        return self._bases[range_number - 1] + offset

    def _node(self, n: int, graph: c_void_p, number: int, kept: list[object]) -> int:
        recorded, node = self._recording.nodes[n], c_void_p()
        if isinstance(recorded, Kernel):
            return self._kernel(recorded, self._loaded.functions[n], graph, number, kept)
        if isinstance(recorded, Memset):
            memset = graphs.MemsetParams(
                self._address(recorded.to.range, recorded.to.offset, number),
                recorded.pitch,
                recorded.value,
                recorded.element,
                recorded.width,
                recorded.height,
            )
            code = self._driver.cuGraphAddMemsetNode(
                byref(node), graph, None, 0, byref(memset), self._context
            )
            check(code, "adding a memset")
        else:
            source, to = (
                self._address(place.range, place.offset, number) for place in (recorded.source, recorded.to)
            )
            return self._copy(graph, source, to, recorded.bytes)
        assert node.value
        return node.value

    def _copied(
        self,
        graph: c_void_p,
        after: int,
        source: int,
        to: int,
        size: int,
        edges: list[tuple[int, int, bool]],
    ) -> int:
        """A copy that waits for a node."""
        node = self._copy(graph, source, to, size)
        edges.append((after, node, False))
        return node

    def _copy(self, graph: c_void_p, source: int, to: int, size: int) -> int:
        node, device = c_void_p(), graphs.DEVICE_MEMORY
        copy = graphs.CopyParams(
            from_type=device,
            from_device=source,
            from_pitch=size,
            from_height=1,
            to_type=device,
            to_device=to,
            to_pitch=size,
            to_height=1,
            width=size,
            height=1,
            depth=1,
        )
        code = self._driver.cuGraphAddMemcpyNode(byref(node), graph, None, 0, byref(copy), self._context)
        check(code, "adding a copy")
        assert node.value
        return node.value

    def _kernel(
        self, recorded: Kernel, function: int, graph: c_void_p, number: int, kept: list[object]
    ) -> int:
        values = []
        for parameter in recorded.parameters:
            value = ctypes.create_string_buffer(parameter.value, max(len(parameter.value), 1) + 64)
            start = ctypes.addressof(value)
            for pointer in parameter.pointers:
                self._put(start + pointer.at, pointer, number)
            values.append(value)
        pointers = (c_void_p * max(len(values), 1))(*map(ctypes.addressof, values))
        kept += [values, pointers]
        launch = graphs.KernelParams(
            function,
            recorded.grid,
            recorded.block,
            recorded.shared,
            ctypes.cast(pointers, ctypes.POINTER(c_void_p)),
        )
        node = c_void_p()
        check(
            self._driver.cuGraphAddKernelNode_v2(byref(node), graph, None, 0, byref(launch)),
            "adding a kernel",
        )
        for which, words in (
            (graphs.CLUSTER, recorded.cluster),
            (graphs.COOPERATIVE, (recorded.cooperative,)),
            (graphs.SPREADING, (recorded.spreading,)),
        ):
            if any(words):
                attribute = graphs.Attribute()
                for i, word in enumerate(words):
                    attribute.words[i] = word
                check(
                    self._driver.cuGraphKernelNodeSetAttribute(node, which, byref(attribute)),
                    "setting an attribute",
                )
        assert node.value
        return node.value

    def _put(self, at: int, pointer: Pointer, number: int) -> None:
        """Write an address into a value: at a place of the host's memory."""
        address = self._address(pointer.place.range, pointer.place.offset, number)
        ctypes.memmove(at, address.to_bytes(8, "little"), 8)
        if pointer.is_map:
            held = ctypes.create_string_buffer(MAP + 64)
            aligned = -(-ctypes.addressof(held) // 64) * 64
            ctypes.memmove(aligned, at, MAP)
            if self._driver.cuTensorMapReplaceAddress(aligned, address) == 0:
                ctypes.memmove(at, aligned, MAP)

    def _join(self, graph: c_void_p) -> int:
        node = c_void_p()
        check(self._driver.cuGraphAddEmptyNode(byref(node), graph, None, 0), "adding a join")
        assert node.value
        return node.value

    def _event_node(self, graph: c_void_p, event: c_void_p) -> int:
        node = c_void_p()
        check(self._driver.cuGraphAddEventRecordNode(byref(node), graph, None, 0, event), "adding an event")
        assert node.value
        return node.value

    def _connect(self, graph: c_void_p, edges: list[tuple[int, int, bool]]) -> None:
        count = len(edges)
        before, after = (c_void_p * count)(), (c_void_p * count)()
        data = (graphs.EdgeData * count)()
        for i, (first, then, programmatic) in enumerate(edges):
            before[i], after[i] = first, then
            if programmatic:
                data[i].from_port = data[i].type = graphs.PROGRAMMATIC
        code = self._driver.cuGraphAddDependencies_v2(graph, before, after, data, count)
        check(code, "connecting the calls")
