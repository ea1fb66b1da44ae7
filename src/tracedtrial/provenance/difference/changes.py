"""Numbers that two ledgers do not share: added, removed, changed, or changed beyond the print."""

from dataclasses import dataclass

from tracedtrial.provenance.difference.causes import Causes, of_number

ADDED, REMOVED, CHANGED, UNPRINTED = "added", "removed", "changed", "unprinted"
KINDS = (CHANGED, ADDED, REMOVED, UNPRINTED)


@dataclass(frozen=True)
class Change:
    """A number that differs: its rows in both ledgers, and what changed behind it.

    `unprinted` is a number that prints the same text from another value, numerator or denominator.
    """

    id: str
    kind: str
    old: dict | None
    new: dict | None
    causes: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, str]:
        """What each side prints; nothing where a side lacks the number."""
        return tuple(row["text"] if row else "" for row in (self.old, self.new))

    @property
    def values(self) -> tuple[str, str]:
        """Each side's unrounded value, with numerator and denominator where there are any."""
        return tuple(_value(row) if row else "" for row in (self.old, self.new))

    @property
    def population(self) -> str:
        return (self.new or self.old)["population"]


def changes(old: dict[str, dict], new: dict[str, dict], causes: Causes) -> list[Change]:
    """Every number that differs, in the ledgers' order, those of the environment left out."""
    found = []
    for id in {**old, **new}:
        before, after = old.get(id), new.get(id)
        kind = _kind(before, after)
        if kind and (after or before)["source"] != "environment":
            found.append(Change(id, kind, before, after, of_number(before, after, causes)))
    return found


def _kind(old: dict | None, new: dict | None) -> str:
    if old is None or new is None:
        return ADDED if old is None else REMOVED
    if (old["text"], old["forms"]) != (new["text"], new["forms"]):
        return CHANGED
    same = all(old.get(name) == new.get(name) for name in ("value", "n", "denominator"))
    return "" if same else UNPRINTED


def _value(row: dict) -> str:
    parts = row["value"] if isinstance(row["value"], list) else [row["value"]]
    text = ", ".join(
        "NE" if part is None else f"{part:.12g}" if isinstance(part, float) else str(part)
        for part in parts
    )
    if row["denominator"] is None or text == f"{row['n']}/{row['denominator']}":
        return text
    return f"{text} ({row['n']}/{row['denominator']})"
