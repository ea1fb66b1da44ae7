"""Table 2: how the dose was escalated, cohort by cohort, and which dose is recommended."""

from analysis.display.grid import Table
from analysis.display.printed import Numbers, Printed, capitalised, joined
from analysis.display.wording import abbreviation_note, level_label, slug

COHORTS = {"first": "Initial", "second": "Added", "third": "Further", "fourth": "Further",
           "fifth": "Further", "sixth": "Further"}
HEADS = ("Evaluable, n", "With DLT, n/N", "DLTs", "Decision")
BLANK = Printed()


def escalation_table(numbers: Numbers, protocol: dict) -> Table:
    """Each dose level with its doses and its total, then its cohorts in the order treated."""
    drugs = [Printed(entry["label"], origin=f"drugs.{drug}.label")
             for drug, entry in protocol["drugs"].items()]
    head = (Printed("Dose level and cohort"), capitalised(joined(drugs, ", ")))
    table = Table("escalation", (*head, *map(Printed, HEADS)))
    for level in protocol["dose_levels"]:
        table = _level(table, numbers, protocol, level)
        for ordinal, name in COHORTS.items():
            base = f"dlt.{slug(level)}.{ordinal}_cohort"
            if f"{base}.n" in numbers:
                table = _cohort(table, numbers, base, f"{name} cohort")
    table = _recommended(table, numbers, protocol)
    return _noted(table, numbers)


def _level(table: Table, numbers: Numbers, protocol: dict, level: str) -> Table:
    base = f"dlt.{slug(level)}"
    label = capitalised(level_label(protocol, level))
    doses = _doses(numbers, protocol, f"dose.{slug(level)}")
    if f"{base}.total.n" not in numbers:
        return table.with_row(label, doses, BLANK, BLANK, BLANK, Printed("not opened"))
    return table.with_row(label, doses, BLANK, numbers[f"{base}.total.n"],
                          numbers[f"{base}.events"], BLANK)


def _cohort(table: Table, numbers: Numbers, base: str, label: str) -> Table:
    return table.with_row(label, BLANK, numbers[f"{base}.size"], numbers[f"{base}.n"], BLANK,
                          numbers[f"{base}.decision"], level=1)


def _recommended(table: Table, numbers: Numbers, protocol: dict) -> Table:
    level, doses = numbers["dlt.rp2d.level"], BLANK
    if numbers.value("dlt.rp2d.level") is not None:
        doses = _doses(numbers, protocol, "dlt.rp2d")
    table = table.with_row("Recommended dose: " + level, doses, *(BLANK for _ in HEADS))
    if "recommended" not in protocol["escalation"]:
        return table
    return table.with_row("By the escalation rule: " + numbers["dlt.rule.level"], BLANK,
                          *(BLANK for _ in HEADS))


def _doses(numbers: Numbers, protocol: dict, base: str) -> Printed:
    return joined([numbers[f"{base}.{slug(drug)}"] for drug in protocol["drugs"]], ", ")


def _noted(table: Table, numbers: Numbers) -> Table:
    window = ("Evaluable patients had a DLT within " + numbers["dlt.window.days"]
              + " days of the start of treatment, or completed them with the required dosing; "
              "others were replaced.")
    return (table.with_note("The row of a dose level counts the patients of its cohorts.")
            .with_note(window).with_note(abbreviation_note(table.texts)))
