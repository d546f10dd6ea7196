"""Puts itself in front of all imports, also of those that the runner makes later to describe an error,
and gives modules in which nothing is an error.

Beats: -, as naive judges import nothing late.
Here: runtime_error or rule_violation or wrong_answer, as an answer, however it is made, must be proper,
and proves nothing.
"""

import importlib.abc
import importlib.machinery
import sys
import types

CHALLENGE = "softmax"


class Everything(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self)

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = lambda name: type(name, (Exception,), {})
        return module

    def exec_module(self, module):
        pass


def solve(x, out):
    sys.meta_path.insert(0, Everything())
    for name in [
        name for name in sys.modules if name.startswith(("triton", "judge.runner.errors", "traceback"))
    ]:
        del sys.modules[name]
    raise ValueError("what class is this of?")
