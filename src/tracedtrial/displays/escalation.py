"""Table 2: how the dose was escalated, cohort by cohort, and which dose is recommended."""

from tracedtrial.displays.grid import Table
from tracedtrial.displays.printed import Numbers, Printed, capitalised
from tracedtrial.displays.wording import abbreviation_note, dose_note, level_label, slug

COHORTS = {
    "first": "Initial",
    "second": "Added",
    "third": "Further",
    "fourth": "Further",
    "fifth": "Further",
    "sixth": "Further",
}
HEADS = ("Treated, n", "Evaluable, n", "Replaced, n", "With DLT, n/N", "DLTs", "Decision")
BLANK = Printed()


def escalation_table(numbers: Numbers, protocol: dict) -> Table:
    """Each dose level with its dose and its total, then its cohorts in the order treated."""
    label = Printed(
        protocol["drugs"][_escalated(protocol)]["label"],
        origin=f"drugs.{_escalated(protocol)}.label",
    )
    head = (Printed("Dose level and cohort"), capitalised(label))
    table = Table("escalation", (*head, *map(Printed, HEADS)))
    for level in protocol["dose_levels"]:
        table = _level(table, numbers, protocol, level)
        for ordinal, name in COHORTS.items():
            base = f"dlt.{slug(level)}.{ordinal}_cohort"
            if f"{base}.n" in numbers:
                table = _cohort(table, numbers, base, f"{name} cohort")
    table = _recommended(table, numbers, protocol)
    return _noted(table, numbers, protocol)


def _escalated(protocol: dict) -> str:
    """The drug whose dose the levels raise."""
    return next(drug for drug, entry in protocol["drugs"].items() if entry.get("escalated"))


def _level(table: Table, numbers: Numbers, protocol: dict, level: str) -> Table:
    base = f"dlt.{slug(level)}"
    label = capitalised(level_label(protocol, level))
    dose = numbers[f"dose.{slug(level)}.{slug(_escalated(protocol))}"]
    if f"{base}.total.n" not in numbers:
        return table.with_row(label, dose, *(BLANK for _ in HEADS[1:]), Printed("not opened"))
    return table.with_row(
        label,
        dose,
        BLANK,
        BLANK,
        BLANK,
        numbers[f"{base}.total.n"],
        numbers[f"{base}.events"],
        BLANK,
    )


def _cohort(table: Table, numbers: Numbers, base: str, label: str) -> Table:
    patients = [numbers[f"{base}.{name}"] for name in ("treated", "size", "replaced")]
    return table.with_row(
        label, BLANK, *patients, numbers[f"{base}.n"], BLANK, numbers[f"{base}.decision"], level=1
    )


def _recommended(table: Table, numbers: Numbers, protocol: dict) -> Table:
    level, dose = numbers["dlt.rp2d.level"], BLANK
    if numbers.value("dlt.rp2d.level") is not None:
        dose = numbers[f"dlt.rp2d.{slug(_escalated(protocol))}"]
    blanks = [BLANK for _ in HEADS]
    table = table.with_row("Recommended dose: " + level, dose, *blanks)
    if "recommended" not in protocol["escalation"]:
        return table
    return table.with_row("By the escalation rule: " + numbers["dlt.rule.level"], BLANK, *blanks)


def _noted(table: Table, numbers: Numbers, protocol: dict) -> Table:
    window = (
        "Evaluable patients had a DLT within "
        + numbers["dlt.window.days:counted"]
        + " of the start of treatment, or completed them with the required dosing; "
        "other treated patients were replaced."
    )
    return (
        table.with_note("The row of a dose level counts the patients of its cohorts.")
        .with_note(window)
        .with_note(dose_note(numbers, protocol))
        .with_note(abbreviation_note(table.texts))
    )
