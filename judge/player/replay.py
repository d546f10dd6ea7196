"""A recording made ready to run: its kernels are loaded, and chains of calls are built from its nodes.

A chain is a CUDA graph: an event, one call after the other, an event. In a call the edges are as recorded.
After each call there is a join that waits for the full end of all of its nodes, and the next call waits for
the join: two calls neither overlap nor leak into one another, whatever a programmatic launch leaves running.

Source: CUDA Driver API, "Graph Management", "Module Management", "Tensor Map Object Management".
"""

import ctypes
from collections.abc import Sequence
from ctypes import byref, c_uint64, c_void_p

from judge.player.chain import Chain, Late
from judge.protocol import graphs
from judge.protocol.cubin import read_cubin
from judge.protocol.cuda import check
from judge.protocol.recording import MAP, Kernel, Memset, Pointer, Recording

_MOST_SHARED, _WIDE_CLUSTERS = 8, 14  # CUfunction_attribute


class NotLoaded(ValueError):
    """The driver does not take a recording; the text says why."""


class Replay:
    """The kernels of a recording, loaded. Raises NotLoaded. It needs a place before it makes chains."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._start, self._stride, self._bases = 0, 0, list[int]()
        self._driver = graphs.graph_driver()
        self._context = c_void_p()
        check(self._driver.cuCtxGetCurrent(byref(self._context)), "asking for the context")
        self._modules = [self._load(image) for image in recording.images]
        self._functions: dict[int, int] = {}  # node -> its function
        self._shared: dict[tuple[int, str], int] = {}  # kernel -> the most shared memory that it is given
        for node in recording.nodes:
            if isinstance(node, Kernel):
                kernel = node.image, node.name
                self._shared[kernel] = max(node.shared, self._shared.get(kernel, 0))
        for number, node in enumerate(recording.nodes):
            if isinstance(node, Kernel):
                self._functions[number] = self._function(node)
        self._variables = [(self._variable(v.image, v.name, len(v.contents)), v) for v in recording.variables]
        self._require_all_variables()
        full = {edge.before for edge in recording.edges if not edge.programmatic}
        # Who is followed by a full edge has ended when its follower starts. The others the join waits for.
        self._last = [n for n in range(len(recording.nodes)) if n not in full]
        after = {edge.after for edge in recording.edges}
        self._first = [n for n in range(len(recording.nodes)) if n not in after]

    def place(self, start: int, stride: int, bases: list[int]) -> None:
        """Use the sets that are `stride` bytes apart from `start` on, and memory at the addresses `bases`."""
        self._start, self._stride, self._bases = start, stride, bases

    def restore_variables(self) -> None:
        """Give the global variables what they held when the call was recorded."""
        for address, variable in self._variables:
            check(
                self._driver.cuMemcpyHtoD_v2(address, variable.contents, len(variable.contents)),
                "restoring a variable",
            )

    def chain(self, sets: Sequence[int], stream: c_void_p, late: Sequence[Late] = ()) -> Chain:
        """A chain of calls on sets, given by their numbers."""
        graph, executable = c_void_p(), c_void_p()
        check(self._driver.cuGraphCreate(byref(graph), 0), "creating a graph")
        events = (c_void_p(), c_void_p())
        for event in events:
            check(self._driver.cuEventCreate(byref(event), 0), "creating an event")
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
        self._connect(graph, edges)
        check(self._driver.cuGraphInstantiateWithFlags(byref(executable), graph, 0), "instantiating")
        check(self._driver.cuGraphUpload(executable, stream), "uploading the calls")
        return Chain(graph, executable, events)

    # -- loading ----------------------------------------------------------------------------------

    def _load(self, image: bytes) -> c_void_p:
        module = c_void_p()
        if code := self._driver.cuModuleLoadData(byref(module), image):
            raise NotLoaded(f"the driver does not take the image of a kernel (error {code})")
        return module

    def _function(self, node: Kernel) -> int:
        function = c_void_p()
        if self._driver.cuModuleGetFunction(byref(function), self._modules[node.image], node.name.encode()):
            raise NotLoaded("an image does not have the kernel that is launched from it")
        assert function.value
        sizes = [size for _, size in graphs.parameter_places(function.value)]
        if sizes != [len(parameter.value) for parameter in node.parameters]:
            raise NotLoaded("a kernel takes other parameters than it is launched with")
        # A kernel may be launched with several sizes, and some of what needs no leave is its static memory.
        most = self._shared[node.image, node.name]
        if most and (code := self._driver.cuFuncSetAttribute(function, _MOST_SHARED, most)):
            raise NotLoaded(f"a kernel asks for {most} bytes of shared memory (error {code})")
        # Also for a size that is compiled into the kernel. It changes nothing for others.
        self._driver.cuFuncSetAttribute(function, _WIDE_CLUSTERS, 1)
        if node.carveout:  # a hint, and no attribute of a graph's nodes (cuda.h)
            self._driver.cuFuncSetAttribute(function, graphs.FUNCTION_CARVEOUT, node.carveout)
        return function.value

    def _variable(self, image: int, name: str, size: int) -> int:
        address, bytes_ = c_uint64(), ctypes.c_size_t()
        code = self._driver.cuModuleGetGlobal_v2(
            byref(address), byref(bytes_), self._modules[image], name.encode()
        )
        if code or bytes_.value != size:
            raise NotLoaded("an image does not have a variable that was recorded")
        return address.value

    def _require_all_variables(self) -> None:
        """What an image keeps must be put back before each pass, so all of it must have been recorded. What
        the driver cannot find by its name, such as the text of a message, no recorder could have found.
        """
        recorded = {(v.image, v.name) for v in self._recording.variables}
        for number, image in enumerate(self._recording.images):
            for name, _ in read_cubin(image).variables:
                found = self._driver.cuModuleGetGlobal_v2(
                    byref(c_uint64()), byref(ctypes.c_size_t()), self._modules[number], name.encode()
                )
                if found == 0 and (number, name) not in recorded:
                    raise NotLoaded("an image keeps something that was not recorded")

    # -- nodes ------------------------------------------------------------------------------------

    def _address(self, range_number: int, offset: int, number: int) -> int:
        if range_number == 0:
            return self._start + number * self._stride + offset
        return self._bases[range_number - 1] + offset

    def _node(self, n: int, graph: c_void_p, number: int, kept: list[object]) -> int:
        recorded, node = self._recording.nodes[n], c_void_p()
        if isinstance(recorded, Kernel):
            return self._kernel(recorded, self._functions[n], graph, number, kept)
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
