"""Table 3: best confirmed response by dose level, at the recommended dose and in all."""

from collections.abc import Iterable

from analysis.display.grid import Table
from analysis.display.printed import Numbers, Printed
from analysis.display.wording import abbreviation_note, dose_note, level_label, size, slug

CATEGORIES = {
    "sCR": "Stringent complete response",
    "CR": "Complete response",
    "VGPR": "Very good partial response",
    "PR": "Partial response",
    "MR": "Minimal response",
    "SD": "Stable disease",
    "PD": "Progressive disease",
    "NE": "Not evaluable",
}


def response_table(numbers: Numbers, protocol: dict) -> Table:
    """Best confirmed response in n (%), then the protocol's summaries with their intervals."""
    columns = _columns(numbers, protocol)
    table = Table("response", (Printed("Best confirmed response"), *columns.values()))
    summaries = protocol["response"]["summaries"]
    single = {summary["equal"]: summary for summary in summaries if "equal" in summary}
    for category, label in CATEGORIES.items():
        # One statistic has one id: a summary that equals a category is that category's row.
        name = single[category]["id"] if category in single else f"best.{category.lower()}"
        table = _patients(table, numbers, columns, name, Printed(label))
        if category in single:
            table = _interval(table, numbers, columns, name)
    for summary in summaries:
        if "equal" not in summary:
            origin = f"response.summaries.{summary['id']}.label"
            label = Printed(summary["label"], origin=origin)
            table = _patients(table, numbers, columns, summary["id"], label)
            table = _interval(table, numbers, columns, summary["id"])
    note = ("Values are patients, n (%). Responses are confirmed; intervals are exact "
            "(Clopper-Pearson). The recommended dose is " + numbers["dlt.rp2d.level"] + ".")
    return (table.with_note(note).with_note(dose_note(numbers, protocol))
            .with_note(abbreviation_note(table.texts)))


def recommended_level(numbers: Numbers, protocol: dict) -> str | None:
    """The code of the dose level that the ledger recommends; None if it names no level."""
    row = numbers.row("dlt.rp2d.level")
    for level, entry in protocol["dose_levels"].items():
        if level == row["value"] or entry["label"] == row["text"]:
            return level
    return None


def _columns(numbers: Numbers, protocol: dict) -> dict[str, Printed]:
    """Column names, as they stand in ids, and their heads."""
    recommended = recommended_level(numbers, protocol)
    heads = {slug(level): size(level_label(protocol, level),
                                 numbers[f"level.{slug(level)}.evaluable.n"])
             for level in protocol["dose_levels"] if level != recommended}
    if recommended:
        heads["rp2d"] = size(Printed("Recommended dose"), numbers["population.rp2d.n"])
    heads["evaluable"] = size(Printed("All evaluable"), numbers["population.evaluable.n"])
    heads["treated"] = size(Printed("All treated"), numbers["population.treated.n"])
    return heads


def _patients(table: Table, numbers: Numbers, columns: Iterable[str], name: str,
              label: Printed) -> Table:
    return table.with_row(label, *(numbers.patients(f"response.{c}.{name}") for c in columns))


def _interval(table: Table, numbers: Numbers, columns: Iterable[str], name: str) -> Table:
    label = numbers["interval.level.percent"] + " CI"
    return table.with_row(label, *(numbers[f"response.{c}.{name}.ci"] for c in columns), level=1)
