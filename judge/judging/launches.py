"""In what the launches of two recordings of the same call differ, and what they have in common.

Some bytes of a parameter mean nothing: gaps in a struct, and arrays of which only the beginning is used. They
hold what lay there before, and differ from run to run.
"""

from dataclasses import fields, replace

from judge.protocol.recording import Kernel, Node, Parameter, Recording


def agreed(one: Recording, other: Recording) -> Recording | None:
    """The first recording, with 0 where a parameter has other bytes or another pointer in the second. None if
    they differ in more than the values of parameters.
    """
    if len(one.nodes) != len(other.nodes):
        return None
    pairs = [_agreed_nodes(*nodes) for nodes in zip(one.nodes, other.nodes, strict=True)]
    mine, theirs = (
        replace(each, nodes=tuple(pair[n] for pair in pairs)) for n, each in enumerate((one, other))
    )
    return mine if mine.launches == theirs.launches else None


def _agreed_nodes(mine: Node, theirs: Node) -> tuple[Node, Node]:
    """Two nodes without what differs in the values of their parameters."""
    if not isinstance(mine, Kernel) or not isinstance(theirs, Kernel):
        return mine, theirs
    if [len(p.value) for p in mine.parameters] != [len(p.value) for p in theirs.parameters]:
        return mine, theirs
    parameters = tuple(map(_agreed_parameter, mine.parameters, theirs.parameters))
    return replace(mine, parameters=parameters), replace(theirs, parameters=parameters)


def _agreed_parameter(mine: Parameter, theirs: Parameter) -> Parameter:
    value = bytes(a if a == b else 0 for a, b in zip(mine.value, theirs.value, strict=True))
    return Parameter(value, tuple(pointer for pointer in mine.pointers if pointer in theirs.pointers))


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
