"""Says in what the launches of two recordings of the same call differ, for people."""

from dataclasses import fields

from judge.protocol.recording import Kernel, Node, Recording


def difference(one: Recording, other: Recording) -> str:
    """The first difference of what two recordings launch, "" if they launch the same."""
    if one.launches == other.launches:
        return ""
    if len(one.nodes) != len(other.nodes):
        return f"{len(one.nodes)} launches and {len(other.nodes)}"
    for number, (mine, theirs) in enumerate(zip(one.nodes, other.nodes, strict=True), 1):
        if mine != theirs:
            return f"launch {number} of {len(one.nodes)}: {_of_nodes(mine, theirs)}"
    if len(one.memory) != len(other.memory):
        return f"{len(one.memory)} pieces of memory of its own and {len(other.memory)}"
    for number, (held, of_other) in enumerate(zip(one.memory, other.memory, strict=True), 1):
        if held.size != of_other.size:
            return f"memory {number} of its own: {held.size} bytes and {of_other.size}"
        if (held.contents is None) != (of_other.contents is None):
            return f"memory {number} of its own: older than the call, or not"
    return "the order of the launches"


def _of_nodes(mine: Node, theirs: Node) -> str:
    names = [_shown(getattr(node, "name", type(node).__name__.lower())) for node in (mine, theirs)]
    if names[0] != names[1] or type(mine) is not type(theirs):
        return f"{names[0]} and {names[1]}"
    field = next(f.name for f in fields(mine) if getattr(mine, f.name) != getattr(theirs, f.name))
    if not isinstance(mine, Kernel) or not isinstance(theirs, Kernel) or field != "parameters":
        return f"{names[0]}, {field} {_shown(getattr(mine, field))} and {_shown(getattr(theirs, field))}"
    if len(mine.parameters) != len(theirs.parameters):
        return f"{names[0]}, {len(mine.parameters)} parameters and {len(theirs.parameters)}"
    pairs = enumerate(zip(mine.parameters, theirs.parameters, strict=True), 1)
    number, (first, second) = next((n, pair) for n, pair in pairs if pair[0] != pair[1])
    what = "points elsewhere" if first.value == second.value else "has another value"
    return f"parameter {number} of {names[0]} {what}"


def _shown(value: object) -> str:
    return str(value)[:80]
