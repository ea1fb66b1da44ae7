"""Numbers quoted from other papers: kept once, with their citation, and printed from there."""

from pathlib import Path

from tracedtrial.inputs.protocol.reading import strict_yaml
from tracedtrial.record.ledger.rows import stated_row
from tracedtrial.record.number import refuse_prefixes
from tracedtrial.refusal import refusal

FIELDS = ("value", "text", "citation", "what")


def literature_rows(path: Path) -> dict[str, dict]:
    """Ledger rows of `manuscript/literature.yml`; none where the file is absent."""
    if not path.exists():
        return {}
    entries = strict_yaml(path) or {}
    if not isinstance(entries, dict):
        raise refusal("literature", "hold entries by id", entries, str(path))
    refuse_prefixes(entries)
    rows = {}
    for id, entry in entries.items():
        if not isinstance(entry, dict) or set(entry) != set(FIELDS):
            raise refusal(id, f"have {', '.join(FIELDS)}", entry, str(path))
        if not str(id).startswith("lit."):
            raise refusal("id", "start with lit.", id, str(path))
        rows[id] = stated_row(
            str(entry["text"]),
            entry["value"],
            source="literature",
            statistic=entry["what"],
            method="as the cited paper prints it",
            section=str(path),
            citation=entry["citation"],
        )
    return rows
