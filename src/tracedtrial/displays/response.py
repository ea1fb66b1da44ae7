"""Table 3: best confirmed response by dose level, at the recommended dose and in all."""

from collections.abc import Iterable

from tracedtrial.displays.grid import Table
from tracedtrial.displays.printed import Numbers, Printed
from tracedtrial.displays.wording import abbreviation_note, dose_note, level_label, size, slug

# Why an evaluable patient may have no best response, by whether stable disease must last.
UNCOUNTED = {
    False: "Of the evaluable patients, those not evaluable for best response were assessed, but "
    "had no assessment that counts: a progression that nothing confirmed.",
    True: "Of the evaluable patients, those not evaluable for best response were assessed, but "
    "had no assessment that counts: stable disease that was not shown to last.",
}


def response_table(numbers: Numbers, protocol: dict) -> Table:
    """Best response in n (%), then the protocol's summaries with their intervals."""
    columns = _columns(numbers, protocol)
    kind = "confirmed response" if confirmation_asked(protocol) else "response"
    table = Table("response", (Printed(f"Best {kind}"), *columns.values()))
    for name, label, summary in _categories(numbers, next(iter(columns))):
        table = _patients(table, numbers, columns, name, Printed(label))
        if summary:
            table = _interval(table, numbers, columns, name)
    for summary in protocol["response"]["summaries"]:
        if "equal" not in summary:
            origin = f"response.summaries.{summary['id']}.label"
            label = Printed(summary["label"], origin=origin)
            table = _patients(table, numbers, columns, summary["id"], label)
            table = _interval(table, numbers, columns, summary["id"])
    return _noted(table, numbers, protocol)


def confirmation_asked(protocol: dict) -> bool:
    """Whether a response must be confirmed: it must where the protocol does not say."""
    return protocol["response"].get("confirmation", {}).get("required", True)


def _categories(numbers: Numbers, column: str) -> list[tuple[str, str, bool]]:
    """Name in ids, label, and whether it is a summary, of each category, from the best.

    One statistic has one id: a summary that equals a category is that category's row.
    """
    found = []
    for id, row in numbers.rows.items():
        keys = row.get("keys", {})
        if keys.get("column") == column and "rank" in keys and keys["statistic"] == "n":
            name = id.removeprefix(f"response.{column}.").removesuffix(".n")
            found.append((int(keys["rank"]), name, keys["label"], "summary" in keys))
    return [(name, label, summary) for _, name, label, summary in sorted(found)]


def _noted(table: Table, numbers: Numbers, protocol: dict) -> Table:
    confirmed = "Responses are confirmed; " if confirmation_asked(protocol) else ""
    intervals = "intervals are exact (Clopper-Pearson)."
    note = Printed(
        "Values are patients, n (%). "
        + (confirmed + intervals)[:1].upper()
        + (confirmed + intervals)[1:]
    )
    if numbers.value("dlt.rp2d.level") is not None:
        note = note + " The recommended dose is " + numbers["dlt.rp2d.level"] + "."
    if numbers.value("response.evaluable.best.ne.n"):
        note = note + " " + UNCOUNTED["stable_disease" in protocol["response"]]
    return (
        table.with_note(note)
        .with_note(dose_note(numbers, protocol))
        .with_note(abbreviation_note(table.texts))
    )


def recommended_level(numbers: Numbers, protocol: dict) -> str | None:
    """The code of the dose level that the ledger recommends; None if it names no level."""
    row = numbers.row("dlt.rp2d.level")
    for level, entry in protocol["dose_levels"].items():
        if level == row["value"] or entry["label"] == row["text"]:
            return level
    return None


def _columns(numbers: Numbers, protocol: dict) -> dict[str, Printed]:
    """Column names, as they stand in ids, and their heads.

    The protocol's response population, if it is that of the recommended level, stands in the
    level's place.
    """
    own = protocol["response"]["population"]["value"]
    at_recommended = {"recommended_level": True} in protocol["populations"][own]["all"]
    recommended = recommended_level(numbers, protocol) if at_recommended else None
    heads = {
        slug(level): size(level_label(protocol, level), numbers[f"level.{slug(level)}.evaluable.n"])
        for level in protocol["dose_levels"]
        if level != recommended
    }
    if recommended:
        heads[own] = size(Printed("Recommended dose"), numbers[f"population.{own}.n"])
    elif own not in (*heads, "evaluable", "treated"):
        label = Printed(protocol["populations"][own]["label"], origin=f"populations.{own}.label")
        heads[own] = size(label, numbers[f"population.{own}.n"])
    heads["evaluable"] = size(Printed("All evaluable"), numbers["population.evaluable.n"])
    heads["treated"] = size(Printed("All treated"), numbers["population.treated.n"])
    return heads


def _patients(
    table: Table, numbers: Numbers, columns: Iterable[str], name: str, label: Printed
) -> Table:
    return table.with_row(label, *(numbers.patients(f"response.{c}.{name}") for c in columns))


def _interval(table: Table, numbers: Numbers, columns: Iterable[str], name: str) -> Table:
    label = numbers["interval.level.percent"] + " CI"
    return table.with_row(label, *(numbers[f"response.{c}.{name}.ci"] for c in columns), level=1)
