"""The kernels and the variables of a recording, loaded into the driver.

A kernel may keep something in the global variables of its image, so they are put back before each chain of
calls: what a recording holds of them is copied, and an image is loaded anew if it has others. Of two
variables of one name a driver finds one.

Source: CUDA Driver API, "Module Management", "Execution Control".
"""

import ctypes
from ctypes import byref, c_uint64, c_void_p

from judge.protocol import graphs
from judge.protocol.cubin import read_cubin
from judge.protocol.cuda import check
from judge.protocol.recording import Kernel, Recording, Variable

_MOST_SHARED, _WIDE_CLUSTERS = 8, 14  # CUfunction_attribute


class NotLoaded(ValueError):
    """The driver does not take a recording; the text says why."""


class Loaded:
    """`functions` has the driver's function for each node that is a kernel, by the node's number.

    Raises NotLoaded.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._driver = graphs.graph_driver()
        self._most_shared: dict[tuple[int, str], int] = {}  # kernel -> the most that it is given
        for node in recording.nodes:
            if isinstance(node, Kernel):
                kernel = node.image, node.name
                self._most_shared[kernel] = max(node.shared, self._most_shared.get(kernel, 0))
        self._modules = [c_void_p() for _ in recording.images]
        self.functions: dict[int, int] = {}
        for number in range(len(recording.images)):
            self._load(number)
        self._renewed = [n for n in range(len(recording.images)) if self._keeps_more(n)]
        for variable in recording.variables:
            self._address(variable)

    def restore(self) -> None:
        """Give all variables what they held when the call was recorded. What was made of `functions` before
        must not run any more.
        """
        for number in self._renewed:
            check(self._driver.cuModuleUnload(self._modules[number]), "unloading an image")
            self._load(number)
        for variable in self._recording.variables:
            code = self._driver.cuMemcpyHtoD_v2(
                self._address(variable), variable.contents, len(variable.contents)
            )
            check(code, "restoring a variable")

    def _load(self, number: int) -> None:
        """Load an image, and find its kernels."""
        image = self._recording.images[number]
        if code := self._driver.cuModuleLoadData(byref(self._modules[number]), image):
            raise NotLoaded(f"the driver does not take the image of a kernel (error {code})")
        for n, node in enumerate(self._recording.nodes):
            if isinstance(node, Kernel) and node.image == number:
                self.functions[n] = self._function(node)

    def _function(self, node: Kernel) -> int:
        function = c_void_p()
        if self._driver.cuModuleGetFunction(byref(function), self._modules[node.image], node.name.encode()):
            raise NotLoaded("an image does not have the kernel that is launched from it")
        assert function.value
        sizes = [size for _, size in graphs.parameter_places(function.value)]
        if sizes != [len(parameter.value) for parameter in node.parameters]:
            raise NotLoaded("a kernel takes other parameters than it is launched with")
        # A kernel may be launched with several sizes, and some of what needs no leave is its static memory.
        most = self._most_shared[node.image, node.name]
        if most and (code := self._driver.cuFuncSetAttribute(function, _MOST_SHARED, most)):
            raise NotLoaded(f"a kernel asks for {most} bytes of shared memory (error {code})")
        # Also for a size that is compiled into the kernel. It changes nothing for others.
        self._driver.cuFuncSetAttribute(function, _WIDE_CLUSTERS, 1)
        if node.carveout:  # a hint, and no attribute of a graph's nodes (cuda.h)
            self._driver.cuFuncSetAttribute(function, graphs.FUNCTION_CARVEOUT, node.carveout)
        return function.value

    def _address(self, variable: Variable) -> int:
        found = self._found(variable.image, variable.name)
        if found is None or found[1] != len(variable.contents):
            raise NotLoaded("an image does not have a variable that was recorded")
        return found[0]

    def _found(self, image: int, name: str) -> tuple[int, int] | None:
        """The address and the bytes of a variable, None if the driver does not find it."""
        address, size = c_uint64(), ctypes.c_size_t()
        code = self._driver.cuModuleGetGlobal_v2(
            byref(address), byref(size), self._modules[image], name.encode()
        )
        return None if code else (address.value, size.value)

    def _keeps_more(self, number: int) -> bool:
        """Whether an image has variables that no recording can hold. Raises NotLoaded if it has one that this
        recording lacks.
        """
        names = [name for name, _ in read_cubin(self._recording.images[number]).variables]
        found = {name for name in names if self._found(number, name)}
        if not found <= {v.name for v in self._recording.variables if v.image == number}:
            raise NotLoaded("an image keeps something that was not recorded")
        return len(found) < len(names)
