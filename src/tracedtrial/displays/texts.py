"""The list of the texts that a figure draws, so that a reader can account for each numeral."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text


def drawn_texts(figure: "Figure") -> list[dict[str, Any]]:
    """Each visible text with its panel and kind, and its ledger ids if it prints any.

    Kinds are ``ledger``, ``axis tick``, ``axis label``, ``legend`` and ``panel letter``. A text
    of no kind stops the figure: nothing is drawn that is not listed.
    """
    from matplotlib.text import Text

    panels = {id(text): axes for axes in figure.axes for text in axes.findobj(Text)}
    return [
        _entry(text, panels.get(id(text)))
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text()
    ]


def _entry(text: "Text", axes: "Axes | None") -> dict[str, Any]:
    if axes is None:
        raise ValueError(f"a text must belong to a panel, but got {text.get_text()!r}")
    kind = getattr(text, "kind", None) or _kind(text, axes)
    printed = getattr(text, "printed", None)
    entry = printed.as_json() if printed else {"text": " ".join(text.get_text().split())}
    return {"panel": axes.get_label(), "kind": kind, **entry}


def _kind(text: "Text", axes: "Axes") -> str:
    if text in (axes.xaxis.label, axes.yaxis.label):
        return "axis label"
    if text in axes.get_xticklabels() or text in axes.get_yticklabels():
        return "axis tick"
    if axes.get_legend() and text in axes.get_legend().get_texts():
        return "legend"
    raise ValueError(f"a text must be of a known kind, but got {text.get_text()!r}")
