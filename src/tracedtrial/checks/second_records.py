"""The raw rows behind a number, named by both derivations.

The second derivation's view `number_record`, where it has one, names the rows of some of its
numbers by role; a number without any has one row without a domain. The ledger holds a count and a
keyed digest of each role's rows, and whoever has the raw files can make these again.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

VIEW = "number_record"
QUERY = f"SELECT id, role, domain, USUBJID, seq FROM {VIEW}"
Records = Mapping[tuple[str, str], Collection[str]]


def second_records(rows: Collection[tuple]) -> dict[tuple[str, str], set[str]]:
    """By id and role, the keys that the view names, such as `AE/01-003/12`."""
    found: dict[tuple[str, str], set[str]] = {}
    for id, role, domain, subject, sequence in rows:
        keys = found.setdefault((id, role), set())
        if domain is not None:
            keys.add(f"{domain}/{subject}/{sequence}")
    return found


def secret_of(root: Path, inputs: Collection[str]) -> bytes:
    """The key of the digests: SHA-256 over the raw files among a ledger's inputs, in its order."""
    contents = [(root / file).read_bytes() for file in inputs if Path(file).parent.name == "raw"]
    return hashlib.sha256(b"record digest key\0" + b"\0".join(contents)).digest()


def record_differences(
    numbers: Mapping[str, Mapping], second: Records, secret: bytes
) -> Iterator[str]:
    """Numbers whose records are not those that the SQL names, a line each."""
    for (id, role), keys in sorted(second.items()):
        stated = numbers.get(id, {}).get("records", {}).get(role, {"count": 0, "digest": None})
        if stated["count"] != len(keys):
            yield f"{id}: {role} holds {stated['count']} rows in the ledger, {len(keys)} by SQL"
        elif keys and stated["digest"] != _digest(keys, secret):
            yield f"{id}: {role} holds {len(keys)} rows, but not those that the SQL names"


def _digest(keys: Collection[str], secret: bytes) -> str:
    return hmac.new(secret, "\n".join(sorted(keys)).encode(), "sha256").hexdigest()
