"""The fields of a provenance entry as its ledger row has them, written apart from the appendix."""

from collections.abc import Iterator, Mapping

ROLES = ("supports", "against", "population", "decision")


def fields(id: str, row: Mapping) -> list[str]:
    """The texts of the entry in order, with what parts them, without citations."""
    parts = list(_parts(row))
    return [id, row["text"], f"\u2014 {parts[0]}", *(f"; {part}" for part in parts[1:]), "."]


def tip_fields(id: str, row: Mapping) -> list[str]:
    """The texts of what is shown at a number under the pointer, in order."""
    lines = [id, f"value: {_value(row['value'])} {row['unit']}"]
    if row["denominator"] is not None:
        lines.append(f"n/N: {row['n']}/{row['denominator']}")
    if row["population"]:
        lines.append(f"population: {row['population']}")
    return [*lines, f"method: {row['method']}"]


def _parts(row: Mapping) -> Iterator[str]:
    yield f"value {_value(row['value'])}"
    if row["denominator"] is not None:
        yield f"n/N {row['n']}/{row['denominator']}"
    if row["population"]:
        yield f"population {row['population']}"
    yield row["method"]
    if row["section"]:
        yield f"asked by {row['section']}"
    for function in row["functions"]:
        lines = f"{function['first_line']}-{function['last_line']}"
        yield f"{function['name']}, {function['file']}:{lines}"
    records = row["records"]
    if records:
        yield "records: " + ", ".join(
            f"{role} {records[role]['count']} ({records[role]['patients']} patients)"
            for role in ROLES
            if role in records
        )


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    if value is None:
        return "NE"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
