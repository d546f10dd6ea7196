"""Writes down what one call launches: the nodes and edges of a captured CUDA graph, without any address.

Runs in the runner, so what it writes may be a lie. The judge validates it (judge/protocol/validation.py), and
replays it with answers that are checked.
"""

import ctypes
from collections.abc import Sequence
from ctypes import byref, c_int, c_size_t, c_uint64, c_void_p
from graphlib import TopologicalSorter
from typing import Any

from judge.protocol import graphs
from judge.protocol.cubin import BadImage, read_cubin
from judge.protocol.cuda import check
from judge.protocol.recording import (
    CHOICES,
    MAP,
    NODES,
    Copy,
    Edge,
    Kernel,
    Memset,
    Node,
    Parameter,
    Pointer,
    Recording,
    Variable,
    size_of_choices,
)
from judge.runner.errors import NotReplayable
from judge.runner.images import Images
from judge.runner.ranges import Ranges


class Recorder:
    """Records graphs of calls on a set of buffers at `start`, of `size` bytes. `pool` is the identity of the
    graph's own memory pool, in which the call's allocations are. `returned` has address, bytes, and offset in
    the buffers for memory that a place in the buffers shall stand for.
    """

    def __init__(
        self, start: int, size: int, pool: Any, images: Images, returned: Sequence[tuple[int, int, int]]
    ) -> None:
        self._driver = graphs.graph_driver()
        self._ranges = Ranges(start, size, tuple(pool), returned)
        self._known_images = images
        self._images: dict[bytes, int] = {}
        self._modules: dict[int, int] = {}  # image -> a module that was loaded from it

    def record(self, graph: int, choices: Sequence[tuple[str, str, int]]) -> Recording:
        """The recording of a captured graph. Raises NotReplayable."""
        found, edges = self._ordered(graph)
        nodes = tuple(self._node(node) for node in found)
        variables = tuple(self._variables())
        return Recording(
            nodes, edges, self._ranges.memory(), tuple(self._images), variables, _fitting(choices)
        )

    # -- the graph --------------------------------------------------------------------------------

    def _ordered(self, graph: int) -> tuple[list[int], tuple[Edge, ...]]:
        """The nodes, each after those that it waits for, and the edges between their numbers."""
        count = c_size_t()
        check(self._driver.cuGraphGetNodes(graph, None, byref(count)), "counting nodes")
        nodes = (c_void_p * max(count.value, 1))()
        check(self._driver.cuGraphGetNodes(graph, nodes, byref(count)), "asking for nodes")
        if not count.value:
            raise NotReplayable("a call launches nothing")
        if count.value > NODES:
            raise NotReplayable(f"a call makes {count.value} launches, and {NODES} can be replayed")
        total = c_size_t()
        check(self._driver.cuGraphGetEdges_v2(graph, None, None, None, byref(total)), "counting edges")
        ends = [(c_void_p * max(total.value, 1))() for _ in range(2)]
        data = (graphs.EdgeData * max(total.value, 1))()
        if total.value:
            check(self._driver.cuGraphGetEdges_v2(graph, *ends, data, byref(total)), "asking for edges")
        edges = [(ends[0][i] or 0, ends[1][i] or 0, data[i]) for i in range(total.value)]
        waiting = TopologicalSorter[int]()
        for node in nodes[: count.value]:
            waiting.add(node or 0)
        # In the order of the nodes, whatever the driver's order of edges is: two recordings are compared.
        numbers = {node: number for number, node in enumerate(nodes[: count.value])}
        for before, after, _ in sorted(edges, key=lambda edge: (numbers[edge[0]], numbers[edge[1]])):
            waiting.add(after, before)
        order = {node: number for number, node in enumerate(waiting.static_order())}
        described = tuple(
            sorted(
                (
                    Edge(order[before], order[after], self._programmatic(each))
                    for before, after, each in edges
                ),
                key=lambda edge: (edge.before, edge.after),
            )
        )
        return [*order], described

    def _programmatic(self, data: Any) -> bool:
        if data.type not in (0, graphs.PROGRAMMATIC) or data.from_port > 1 or data.to_port:
            raise NotReplayable("a kernel waits for another in a way that is not known")
        return bool(data.type == graphs.PROGRAMMATIC)

    def _node(self, node: int) -> Node:
        kind = c_int()
        check(self._driver.cuGraphNodeGetType(node, byref(kind)), "asking for a node's type")
        if kind.value == graphs.KERNEL:
            return self._kernel(node)
        if kind.value == graphs.MEMSET:
            memset = graphs.MemsetParams()
            check(self._driver.cuGraphMemsetNodeGetParams(node, byref(memset)), "asking for a memset")
            to = self._ranges.known(memset.to)
            # With one row the pitch means nothing.
            pitch = memset.pitch if memset.height > 1 else 0
            return Memset(to, pitch, memset.value, memset.element, memset.width, memset.height)
        if kind.value == graphs.COPY:
            return self._copy(node)
        raise NotReplayable(f"a call has {graphs.NODE_TYPES.get(kind.value, 'a node of an unknown kind')}")

    def _copy(self, node: int) -> Copy:
        copy = graphs.CopyParams()
        check(self._driver.cuGraphMemcpyNodeGetParams(node, byref(copy)), "asking for a copy")
        device = (graphs.DEVICE_MEMORY, graphs.UNIFIED_MEMORY)
        if copy.from_type not in device or copy.to_type not in device:
            raise NotReplayable("a call copies from or to the host's memory")
        rows = copy.from_y, copy.from_z, copy.to_y, copy.to_z
        if (copy.height, copy.depth) != (1, 1) or any(rows):
            raise NotReplayable("a call copies rows of a larger array")
        source, to = copy.from_device + copy.from_x, copy.to_device + copy.to_x
        return Copy(self._ranges.known(source), self._ranges.known(to), copy.width)

    def _kernel(self, node: int) -> Kernel:
        launch = graphs.KernelParams()
        check(self._driver.cuGraphKernelNodeGetParams_v2(node, byref(launch)), "asking for a kernel")
        function = c_void_p(launch.function)
        if not launch.function:
            check(self._driver.cuKernelGetFunction(byref(function), launch.kernel), "asking for a function")
        assert function.value
        name = graphs.name_of(function.value)
        values = {which: self._attribute(node, which) for which in (*graphs.ATTRIBUTES, *graphs.FOREIGN)}
        for which, what in graphs.FOREIGN.items():
            if values[which] != graphs.DEFAULTS[which]:
                raise NotReplayable(f"the kernel {name} is launched with {what}")
        values_given = graphs.parameters_of(launch, function.value)
        return Kernel(
            image=self._image(function.value, name),
            name=name,
            grid=tuple(launch.grid),
            block=tuple(launch.block),
            shared=launch.shared,
            parameters=tuple(map(self._parameter, values_given)),
            cluster=tuple(values[graphs.CLUSTER][:3]),
            cooperative=int(values[graphs.COOPERATIVE][0] != 0),
            carveout=self._carveout(function.value, values[graphs.CARVEOUT][0]),
            spreading=values[graphs.SPREADING][0] if values[graphs.SPREADING][0] <= 2 else 0,
        )

    def _carveout(self, function: int, of_launch: int) -> int:
        """The part of the L1 cache that a launch, or else its function, wishes to be shared memory, in per
        cent; 0 if there is no wish.
        """
        wanted = c_int(of_launch)
        if not of_launch:
            self._driver.cuFuncGetAttribute(byref(wanted), graphs.FUNCTION_CARVEOUT, function)
        return wanted.value if 0 < wanted.value <= 100 else 0

    def _attribute(self, node: int, which: int) -> tuple[int, ...]:
        value = graphs.Attribute()
        if self._driver.cuGraphKernelNodeGetAttribute(node, which, byref(value)):
            return graphs.DEFAULTS.get(which, (0,) * 4)
        return tuple(value.words[:4])

    def _image(self, function: int, name: str) -> int:
        image = self._known_images.of(function, name)
        if image is None:
            raise NotReplayable(f"the image of the kernel {name[:200]} is not known")
        number = self._images.setdefault(image, len(self._images))
        module = c_void_p()
        if self._driver.cuFuncGetModule(byref(module), function) == 0 and module.value:
            self._modules[number] = module.value
        return number

    def _variables(self) -> list[Variable]:
        """The global variables of the images, with what they hold now."""
        found = []
        for image, number in self._images.items():
            try:
                names = read_cubin(image).variables
            except BadImage as error:
                raise NotReplayable(str(error)) from None
            for name, _ in names:
                address, size = c_uint64(), c_size_t()
                module = self._modules.get(number)
                # Also what a compiler named with a $: the player asks for all that the driver can find.
                if module and not self._driver.cuModuleGetGlobal_v2(
                    byref(address), byref(size), module, name.encode()
                ):
                    contents = self._ranges.read(address.value, size.value)
                    if self._ranges.addresses(contents)[1]:
                        raise NotReplayable(f"the variable {name} of a kernel's image holds an address")
                    found.append(Variable(number, name, contents))
        return found

    def _parameter(self, value: bytes) -> Parameter:
        pointers = []
        at = 0
        while at + 8 <= len(value):
            place = self._ranges.place(int.from_bytes(value[at : at + 8], "little"))
            if place:
                is_map = at % 64 == 0 and self._is_map(value[at : at + MAP])
                pointers.append(Pointer(at, place, is_map))
                value = value[:at] + bytes(8) + value[at + 8 :]
                at += MAP if is_map else 8
            else:
                at += 8
        return Parameter(value, tuple(pointers))

    def _is_map(self, value: bytes) -> bool:
        """Whether some bytes are a tensor map: putting its own address into it changes nothing, and it has no
        other. The driver takes any bytes; those of a library's struct may begin with an address too.
        """
        words = [int.from_bytes(value[at : at + 8], "little") for at in range(8, MAP, 8)]
        if len(value) < MAP or any(map(self._ranges.place, words)):
            return False
        held = ctypes.create_string_buffer(MAP + 64)
        aligned = -(-ctypes.addressof(held) // 64) * 64
        ctypes.memmove(aligned, value, MAP)
        address = int.from_bytes(value[:8], "little")
        done = self._driver.cuTensorMapReplaceAddress(aligned, address) == 0
        return done and ctypes.string_at(aligned, MAP) == value


def _fitting(choices: Sequence[tuple[str, str, int]]) -> tuple[tuple[str, str, int], ...]:
    """The last choices, as many as a recording may have."""
    kept, size = [], 2
    for choice in reversed(choices):
        size += size_of_choices([choice])
        if size > CHOICES:
            break
        kept.append(choice)
    return tuple(reversed(kept))
