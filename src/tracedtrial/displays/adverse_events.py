"""Table 4: adverse events by class, term and grade, and by the protocol's event groups."""

from collections.abc import Callable
from dataclasses import dataclass

from tracedtrial.displays.grid import Table
from tracedtrial.displays.printed import Numbers, Printed
from tracedtrial.displays.wording import abbreviation_note

FATAL = 5


@dataclass(frozen=True)
class Event:
    """A row of the table: where its ids begin, its name, and the class it belongs to."""

    base: str
    label: Printed
    AEBODSYS: str = ""


def adverse_event_table(numbers: Numbers, protocol: dict) -> Table:
    """Overall, the event groups, then each class with its terms, the most frequent first."""
    grades = _grades(numbers, protocol)
    severe = protocol["safety"]["grade"]["severe"]
    frequency = _frequency(numbers, [grade for grade in grades if grade >= severe])
    table = Table("adverse_events", _heads(numbers, grades, protocol))
    table = _event(table, numbers, grades, Event("ae.overall", Printed("Any adverse event")))
    groups = _groups(protocol)
    if groups:
        table = table.with_row("Event groups")
    for group in sorted(groups, key=frequency):
        table = _event(table, numbers, grades, group, level=1)
    terms = _events(numbers, "term")
    for body in sorted(_events(numbers, "class"), key=frequency):
        table = _event(table, numbers, grades, body)
        within = (term for term in terms if term.AEBODSYS == body.AEBODSYS)
        for term in sorted(within, key=frequency):
            table = _event(table, numbers, grades, term, level=1)
    return _noted(table, numbers, protocol)


def _grades(numbers: Numbers, protocol: dict) -> list[int]:
    """The protocol's grade columns, and other grades that occurred."""
    columns = protocol["safety"]["grade"]["columns"]
    return [
        grade
        for grade in range(1, FATAL + 1)
        if grade in columns or f"ae.overall.g{grade}.n" in numbers
    ]


def _groups(protocol: dict) -> list[Event]:
    return [
        Event(f"ae.group.{name}", Printed(entry["label"], origin=f"safety.groups.{name}.label"))
        for name, entry in protocol["safety"].get("groups", {}).items()
    ]


def _frequency(numbers: Numbers, severe: list[int]) -> Callable[[Event], tuple]:
    """The order of rows: patients, most first; ties by patients with severe events, then name."""

    def key(event: Event) -> tuple:
        patients = numbers.value(f"{event.base}.total.n")
        worst = sum(numbers.value(f"{event.base}.g{grade}.n") for grade in severe)
        return -patients, -worst, event.label.text

    return key


def _heads(numbers: Numbers, grades: list[int], protocol: dict) -> tuple[Printed, ...]:
    columns = protocol["safety"]["grade"]["columns"]
    each = [
        Printed(f"Grade {grade}", origin="safety.grade.columns" if grade in columns else "column")
        for grade in grades
    ]
    total = "Grade " + numbers["safety.grade.minimum"] + " or higher"
    return (Printed("Event"), *each, total, Printed("Events, n"))


def _event(
    table: Table, numbers: Numbers, grades: list[int], event: Event, level: int = 0
) -> Table:
    cells = [numbers.patients(f"{event.base}.g{grade}") for grade in grades]
    total = numbers.patients(f"{event.base}.total")
    return table.with_row(
        event.label, *cells, total, numbers[f"{event.base}.total.events"], level=level
    )


def _events(numbers: Numbers, kind: str) -> list[Event]:
    """The classes or terms that the ledger counts, by the keys of their totals."""
    column = {"class": "AEBODSYS", "term": "AEDECOD"}[kind]
    sought = {"table": "ae", "row": kind, "column": "total", "statistic": "n"}
    found = []
    for id, row in numbers.rows.items():
        keys = row.get("keys", {})
        if all(keys.get(name) == value for name, value in sought.items()):
            label = Printed(keys[column], origin=column)
            found.append(Event(id.removesuffix(".total.n"), label, keys["AEBODSYS"]))
    return found


def _noted(table: Table, numbers: Numbers, protocol: dict) -> Table:
    population = protocol["safety"]["population"]["value"]
    dictionary = Printed("CTCAE, version ") + numbers["safety.dictionary.version"]
    coding = Printed("MedDRA, version ") + numbers["safety.coding.version"]
    note = (
        "Adverse events of grade "
        + numbers["safety.grade.minimum"]
        + " or higher, from the start of treatment to "
        + numbers["safety.emergent.days:counted"]
        + " after the last dose, in "
        + numbers[f"population.{population}.n:counted"]
        + "; coded by "
        + coding
        + ", graded by "
        + dictionary
        + ". Values are patients, n (%), each counted once in a row, at the highest grade; "
        "the last column counts events. A patient may count in several rows."
    )
    return table.with_note(note).with_note(abbreviation_note([[note.text]]))
