"""What the protocol says of checks whose findings are known: `queries: accepted`."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from tracedtrial.refusal import Refusal

KEEP, LEAVE_OUT = "keep", "leave out"


@dataclass(frozen=True)
class Acceptance:
    """One check accepted: its rows are kept, or left out of every derivation; and why."""

    check: str
    rows: str
    why: str


def acceptances(protocol: dict, known: Collection[str]) -> dict[str, Acceptance]:
    """The protocol's acceptances by check.

    Raises
    ------
    Refusal
        An entry names no check, or one that another entry names.
    """
    made: dict[str, Acceptance] = {}
    for place, entry in enumerate(protocol.get("queries", {}).get("accepted", [])):
        name = f"queries.accepted.{place}.check"
        if entry["check"] not in known:
            near = get_close_matches(entry["check"], known, n=3)
            raise Refusal(
                f"{name} must be a check, but got {entry['check']!r} (analysis/protocol.yaml"
                f"{'; nearest: ' + ', '.join(near) if near else ''})"
            )
        if entry["check"] in made:
            raise Refusal(
                f"{name} must be accepted once, but got {entry['check']!r} again "
                "(analysis/protocol.yaml)"
            )
        made[entry["check"]] = Acceptance(**entry)
    return made
