"""What a number of the HTML tells under the pointer: value, n/N, population and method."""

import json
from pathlib import Path
from typing import Any

from tracedtrial.record.ledger.variables import anchor
from tracedtrial.rendering.source import text_of


def tips(ledger: Path) -> dict[str, str]:
    """A few lines of text for each anchor of the ledger's numbers."""
    numbers = json.loads(text_of(ledger))["numbers"]
    return {anchor(id): tip(id, row) for id, row in numbers.items()}


def tip(id: str, row: dict[str, Any]) -> str:
    lines = [id, f"value: {shown(row['value'])} {row['unit']}".rstrip()]
    if row["denominator"] is not None:
        lines.append(f"n/N: {row['n']}/{row['denominator']}")
    if row["population"]:
        lines.append(f"population: {row['population']}")
    return "\n".join([*lines, f"method: {row['method']}"])


def shown(value: Any) -> str:
    """A value as the ledger holds it, to 12 significant digits; NE where there is none."""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return "NE" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)
