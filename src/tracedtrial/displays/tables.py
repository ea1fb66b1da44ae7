"""The manuscript's tables by name, and the files that hold them.

`python -m tracedtrial.displays.tables` writes `build/tables/`, and the adverse event table to
`figures/`.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tracedtrial import paths
from tracedtrial.analyses.declared.displays import read_displays
from tracedtrial.commands import command
from tracedtrial.displays.adverse_events import adverse_event_table
from tracedtrial.displays.baseline import baseline_table
from tracedtrial.displays.declared import declared_table
from tracedtrial.displays.escalation import escalation_table
from tracedtrial.displays.grid import Table
from tracedtrial.displays.place import trial_root
from tracedtrial.displays.printed import Numbers, read_numbers
from tracedtrial.displays.response import response_table
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.paths import ANALYSES, FIGURES, NUMBERS, PROTOCOL
from tracedtrial.refusal import refusal

Maker = Callable[[Numbers, dict], Table]
TABLES: dict[str, Maker] = {
    "baseline": baseline_table,
    "escalation": escalation_table,
    "response": response_table,
    "adverse_events": adverse_event_table,
}


def table(name: str) -> Table:
    """The table of that name, printed from the ledger of the trial's last build.

    Raises
    ------
    Refusal
        The name is none of `TABLES`, there is no ledger, or it lacks a number of the table.
    """
    root = trial_root()
    makers = table_makers(root)
    if name not in makers:
        raise refusal("table", f"be one of {', '.join(makers)}", name, "table()")
    numbers = read_numbers(root / NUMBERS, f"table {name}")
    return makers[name](numbers, read_protocol(root / PROTOCOL))


def table_makers(root: Path) -> Mapping[str, Maker]:
    """What makes each table of the trial in `root`, those that it declares among them."""
    declared = read_displays(root / ANALYSES).tables
    return TABLES | {name: partial(declared_table, entry) for name, entry in declared.items()}


def all_tables(root: Path) -> list[Table]:
    """Every table of the trial in `root`."""
    protocol = read_protocol(root / PROTOCOL)
    rows = read_numbers(root / NUMBERS, "tables").rows
    return [
        make(Numbers(rows, f"table {name}"), protocol) for name, make in table_makers(root).items()
    ]


@command
def main() -> None:
    from tracedtrial.files import write_together

    root = trial_root()
    tables = all_tables(root)
    texts = {root / paths.TABLES / f"{made.name}.csv": made.csv for made in tables}
    texts |= {root / paths.TABLES / f"{made.name}.ids.json": made.ids for made in tables}
    events = next(made for made in tables if made.name == "adverse_events")
    write_together(
        texts
        | {
            root / FIGURES / "ae-table.csv": events.csv,
            root / FIGURES / "ae-table.md": events._repr_markdown_(),
        }
    )


if __name__ == "__main__":
    sys.exit(main())
