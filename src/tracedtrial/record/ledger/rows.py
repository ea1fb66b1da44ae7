"""Ledger rows: a row of the results with its printed text, forms and digits kept."""

from dataclasses import fields

from tracedtrial.record.number import Number
from tracedtrial.record.words import forms, printed

DIGITS = 12


def ledger_row(row: dict, display: dict, files: dict[str, str]) -> dict:
    """A row of results.json as the ledger holds it; `files` gives each input's SHA-256."""
    number = Number(
        **{
            f.name: _frozen(row[f.name])
            for f in fields(Number)
            if f.name not in ("functions", "records")
        }
    )
    text = printed(number, display)
    kept = {name: row[name] for name in row if name not in ("value", "kind", "files", "id")}
    return {
        "text": text,
        "forms": forms(number, text),
        "value": kept_digits(row["value"]),
        **kept,
        "inputs": {name: files[name] for name in row["files"]},
    }


def stated_row(
    text: str,
    value: object,
    *,
    source: str,
    statistic: str,
    method: str,
    section: str = "",
    functions: list[dict] | None = None,
    **more: object,
) -> dict:
    """A row whose text is stated, not derived: literature, document, environment."""
    return {
        "text": text,
        "forms": {},
        "value": value,
        "statistic": statistic,
        "unit": "",
        "population": "",
        "n": None,
        "denominator": None,
        "method": method,
        "reference": "",
        "keys": {},
        "parents": [],
        "source": source,
        "section": section,
        "functions": functions or [],
        "records": {},
        "inputs": {},
        **more,
    }


def kept_digits(value: object) -> object:
    """The value with 12 significant digits, part by part."""
    if isinstance(value, list | tuple):
        return [kept_digits(part) for part in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
