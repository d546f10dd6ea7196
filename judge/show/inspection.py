"""An inspection as text: the table with its warnings, or the compiled texts."""

import click
from tabulate import tabulate

from judge.inspect.findings import Inspection, Specialization

_HEADERS = ["#", "kernel", "registers", "spills", "shared", "dot", "occupancy", "specialization"]
_LEAST_WIDTH = 24  # columns for the specialization


def inspection_text(inspection: Inspection, width: int) -> str:
    """The table, `width` columns wide if possible, then errors and warnings by their numbers in the table."""
    head = f"{inspection.challenge} · {inspection.solution} · {inspection.architecture.name}"
    lines = [head, ""]
    if inspection.specializations:
        lines += [_table(inspection, width), ""]
    for number, each in enumerate(inspection.specializations, 1):
        if each.error:
            lines.append(_remark(number, each, each.error, "red"))
        for warning in [] if each.error else each.warnings():
            lines.append(_remark(number, each, warning, "yellow"))
    for name in inspection.unlaunched:
        where = inspection.architecture.name
        lines.append(
            click.style(f"  {name} was never launched on {where}, so it is not compiled", fg="yellow")
        )
    lines += [click.style(f"  {note}", fg="yellow") for note in inspection.notes]
    if inspection.message:
        first, *rest = inspection.message.splitlines()
        lines += [click.style(f"  {first}", fg="red"), *(f"    {line}" for line in rest)]
    return "\n".join(lines).rstrip()


def _remark(number: int, each: Specialization, text: str, colour: str) -> str:
    first, *rest = text.splitlines()
    return "\n".join(
        [click.style(f"  #{number} {each.kernel}: {first}", fg=colour), *(f"    {r}" for r in rest)]
    )


def _table(inspection: Inspection, width: int) -> str:
    rows = [_row(number, each, inspection) for number, each in enumerate(inspection.specializations, 1)]
    bare = str(tabulate([row[:-1] for row in rows], _HEADERS[:-1], disable_numparse=True))
    left = width - max(map(len, bare.splitlines())) - 2
    widths = [None] * (len(_HEADERS) - 1) + [max(left, _LEAST_WIDTH)]
    return str(tabulate(rows, _HEADERS, disable_numparse=True, maxcolwidths=widths))


def _row(number: int, each: Specialization, inspection: Inspection) -> list[str]:
    label = specialization(each, inspection)
    if each.error:
        return [str(number), each.kernel, "error", "", "", "", "", label]
    blocks, spilled = inspection.resident_blocks(each), each.spill_stores + each.spill_loads
    return [
        str(number),
        each.kernel,
        str(each.registers),
        f"{spilled} B" if spilled else "0",
        _bytes(each.shared),
        " + ".join(each.dots),
        f"{blocks} block{'s' if blocks != 1 else ''}, {100 * inspection.occupancy(each):.0f} %",
        label,
    ]


def _bytes(count: int) -> str:
    return f"{count / 1024:.4g} KiB" if count >= 1024 else f"{count} B" if count else "0"


def specialization(each: Specialization, inspection: Inspection) -> str:
    """The label that tells one compilation of a kernel from another: its constants and options, and, for
    arguments in which the compilations differ, their types and whether 16 divides them.
    """
    siblings = [s for s in inspection.specializations if s.kernel == each.kernel and not s.error]
    words = [f"{name}={value}" for name, value in each.constants.items()]
    if each.warps:
        words += [f"warps={each.warps}", f"stages={each.stages}"]
    for name, kind in each.signature.items():
        if len({s.signature.get(name) for s in siblings}) > 1:
            head, layout, _ = kind.partition("],")  # a descriptor's layout is long
            words.append(f"{name}:{head}]>" if layout else f"{name}:{kind}")
        elif len({name in s.divisible for s in siblings}) > 1:
            words.append(f"{name}{'%16=0' if name in each.divisible else '%16≠0'}")
    return " ".join(words)


def compiled_texts(inspection: Inspection, shown: str) -> str:
    """The text of every specialization, one after another, each below a comment that says which it is."""
    parts = []
    for number, each in enumerate(inspection.specializations, 1):
        label = " ".join([each.kernel, specialization(each, inspection), inspection.architecture.name])
        body = each.text.strip("\n") or each.error or f"// none: Gluon kernels have no {shown.upper()}"
        parts.append(f"// #{number} {label}\n\n{_highlighted(body, shown)}\n")
    return "\n".join(parts)


def _highlighted(text: str, shown: str) -> str:
    if shown != "ptx":
        return text  # Pygments knows none of the others
    from pygments import highlight
    from pygments.formatters import TerminalFormatter
    from pygments.lexers import get_lexer_by_name

    return str(highlight(text, get_lexer_by_name("ptx"), TerminalFormatter())).strip("\n")
