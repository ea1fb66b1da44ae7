"""Tables and figures, drawn from the ledger: they print its texts and compute nothing.

A notebook cell calls `table(name)` or `figure(name)`. Both read what a build left in the trial
folder: the ledger and the drawn figure. No number is rounded or formatted in this room.
"""

__all__ = ["figure", "table"]


def __getattr__(name: str) -> object:
    if name == "table":
        from tracedtrial.displays.tables import table

        return table
    if name == "figure":
        from tracedtrial.displays.notebook import figure

        return figure
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
