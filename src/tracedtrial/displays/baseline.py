"""Table 1: who was treated, by dose level and in all."""

from tracedtrial.displays.grid import Table
from tracedtrial.displays.printed import Numbers, Printed
from tracedtrial.displays.wording import abbreviation_note, dose_note, level_label, size, slug

PATIENTS = "Values are patients, n (%), unless stated otherwise."


def baseline_table(numbers: Numbers, protocol: dict) -> Table:
    """Characteristics in the protocol's order: n (%), or median (range) of a measurement."""
    levels = list(protocol["dose_levels"])
    prefixes = [f"baseline.by.{slug(level)}" for level in levels] + ["baseline"]
    heads = [
        size(level_label(protocol, level), numbers[f"level.{slug(level)}.treated.n"])
        for level in levels
    ]
    heads.append(size(Printed("All treated"), numbers["population.treated.n"]))
    table = Table("baseline", (Printed("Characteristic"), *heads))
    for entry in protocol["baseline"]["characteristics"]:
        table = _characteristic(table, numbers, prefixes, entry)
    lines = protocol["baseline"].get("prior_lines")
    if lines:
        table = _median(table, numbers, prefixes, "lines", lines["label"], "prior_lines")
    table = _refractory(table, numbers, prefixes, protocol["baseline"].get("refractory", []))
    return (
        table.with_note(PATIENTS)
        .with_note(dose_note(numbers, protocol))
        .with_note(abbreviation_note(table.texts))
    )


def _characteristic(table: Table, numbers: Numbers, prefixes: list[str], entry: dict) -> Table:
    if entry["kind"] == "median":
        table = _median(table, numbers, prefixes, entry["id"], entry["label"], entry["id"])
        return _missing(table, numbers, prefixes, entry["id"])
    origin = f"baseline.characteristics.{entry['id']}"
    table = table.with_row(Printed(entry["label"], origin=f"{origin}.label"))
    for code, label in entry["levels"].items():
        cells = [numbers.patients(f"{prefix}.{entry['id']}.{slug(code)}") for prefix in prefixes]
        name = Printed(label, origin=f"{origin}.levels.{code}")
        table = table.with_row(name, *cells, level=1)
    return _missing(table, numbers, prefixes, entry["id"])


def _missing(table: Table, numbers: Numbers, prefixes: list[str], name: str) -> Table:
    """The row of the patients whose value is missing, where there are any."""
    if not any(numbers.value(f"{prefix}.{name}.missing.n") for prefix in prefixes):
        return table
    cells = [numbers.patients(f"{prefix}.{name}.missing") for prefix in prefixes]
    return table.with_row("Missing", *cells, level=1)


def _median(
    table: Table, numbers: Numbers, prefixes: list[str], name: str, label: str, origin: str
) -> Table:
    cells = [
        numbers[f"{prefix}.{name}.median"] + " (" + numbers[f"{prefix}.{name}.range"] + ")"
        for prefix in prefixes
    ]
    words = Printed(label, origin=f"baseline.{origin}.label") + ", median (range)"
    return table.with_row(words, *cells)


def _refractory(table: Table, numbers: Numbers, prefixes: list[str], drugs: list[dict]) -> Table:
    if drugs:
        table = table.with_row("Refractory to")
    for drug in drugs:
        cells = [numbers.patients(f"{prefix}.refractory.{drug['id']}") for prefix in prefixes]
        label = Printed(drug["label"], origin=f"baseline.refractory.{drug['id']}.label")
        table = table.with_row(label, *cells, level=1)
    return table
