"""TeX as MathML, which browsers can show without a script and without the network."""

import re
from html import unescape
from xml.etree.ElementTree import Element

from markupsafe import Markup, escape

_ELEMENT = re.compile(
    "math|m(row|i|n|o|text|space|sup|sub|subsup|frac|sqrt|root|style|table|tr|td)"
    "|m(over|under|underover|padded|phantom)"
)
_ATTRIBUTES = {
    *("display", "displaystyle", "scriptlevel", "mathvariant", "columnalign", "linethickness", "width"),
    *("form", "fence", "stretchy", "accent", "movablelimits", "minsize", "maxsize", "lspace", "rspace"),
}
_VALUE = re.compile(r"[\w. -]*")


def formula(tex: str, display: bool = False) -> Markup:
    """A formula as MathML, displayed or within a line. TeX that cannot be parsed is shown as code."""
    from latex2mathml.converter import Converter

    tex = re.sub(r"\\mathrel\{([^{}]*)\}([=<>])", r"\\mathrel{\1\2}", tex)  # += is one sign
    try:
        tree = Converter(display="block" if display else "inline").convert_to_element(tex)
        _space(tree)
        return _markup(tree)
    except Exception:  # the library raises errors of many kinds, such as IndexError
        return Markup('<code class="tex">{}</code>').format(tex)


def _space(element: Element) -> None:
    """Set the spaces of operators as TeX does. The library leaves them to MathML's own rules."""
    if element.get("width") == "negativethinmathspace":  # MathML Core dropped the named spaces
        element.set("width", "-0.167em")
    before = ""  # the operator before a child, "" if there is none
    for child in element:
        sign = unescape("".join(child.itertext())) if child.tag == "mo" else ""
        if sign in ("∞", "⊤"):
            child.tag, sign = "mi", ""
        elif sign == "|" or (sign and element.tag == "mrow" and len(element) == 1):
            child.attrib |= {"lspace": "0", "rspace": "0"}  # in braces it is not an operator: 70{,}001
        elif sign in ("max", "min"):
            child.attrib |= {"lspace": "0", "rspace": "0.167em", "movablelimits": "true"}
            if element.tag == "msub":  # in a displayed formula its script goes below it
                element.tag = "munder"
        elif sign in ("−", "+", "±", "∓") and (child is element[0] or before not in ("", ")", "]", "|")):
            child.set("form", "prefix")
        before = sign
        _space(child)


def _markup(element: Element) -> Markup:
    """An element as markup. The library's own output is not safe: it leaves \\text{<script>} as it is."""
    text = unescape("".join(element.itertext()) if element.tag == "mo" else element.text or "")
    inner = escape(text)
    if element.tag != "mo":
        inner += Markup("").join(map(_markup, element))
    if not _ELEMENT.fullmatch(element.tag):
        return inner
    attributes = "".join(
        f' {name}="{value}"'
        for name, value in element.attrib.items()
        if name in _ATTRIBUTES and _VALUE.fullmatch(value)
    )
    return Markup(f"<{element.tag}{attributes}>{inner}</{element.tag}>")
