"""Numbers quoted from other papers: kept once, with their citation, and printed from there."""

from pathlib import Path

import yaml

from analysis.ledger.rows import stated_row
from analysis.refusal import Refusal, refusal

FIELDS = ("value", "text", "citation", "what")


def literature_rows(path: Path) -> dict[str, dict]:
    """Ledger rows of `manuscript/literature.yml`; none where the file is absent."""
    if not path.exists():
        return {}
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refusal(f"{path} must be YAML in UTF-8: {' '.join(str(error).split())}") from None
    rows = {}
    for id, entry in entries.items():
        if not isinstance(entry, dict) or set(entry) != set(FIELDS):
            raise refusal(id, f"have {', '.join(FIELDS)}", entry, str(path))
        if not str(id).startswith("lit."):
            raise refusal("id", "start with lit.", id, str(path))
        rows[id] = stated_row(str(entry["text"]), entry["value"], source="literature",
                              statistic=entry["what"], method="as the cited paper prints it",
                              section=str(path), citation=entry["citation"])
    return rows
