"""Where a number comes from, written down: code references and keyed record sets."""

import hashlib
import hmac
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from tracedtrial.inputs.schema import RawTables
from tracedtrial.paths import CODE
from tracedtrial.record.number import Number


@cache
def code_reference(function: Callable) -> dict:
    """Module, name, file (from the code's own root), first and last line, SHA-256 of the source."""
    source, first = inspect.getsourcelines(function)
    path = Path(inspect.getsourcefile(function)).resolve().relative_to(CODE)
    return {
        "module": function.__module__,
        "name": function.__name__,
        "file": path.as_posix(),
        "first_line": first,
        "last_line": first + len(source) - 1,
        "sha256": hashlib.sha256("".join(source).encode()).hexdigest(),
    }


class RecordSets:
    """Sets of records, each kept once under the first letters of its digest."""

    def __init__(self, raw: RawTables) -> None:
        self._raw, self._keys = raw, RecordKeys(raw)
        self._known: dict[bytes, dict] = {}
        self.sets: dict[str, np.ndarray] = {}

    def described(self, number: Number) -> dict[str, dict]:
        """Per role: count of records and of patients, keyed digest, name of the set."""
        return {role: self._entry(records) for role, records in number.records.items()}

    def _entry(self, records: np.ndarray) -> dict:
        seen = hashlib.sha256(records.astype(np.int32).tobytes()).digest()
        if seen not in self._known:
            digest = self._keys.digest(records)
            self.sets[digest[:16]] = records
            patients = int(np.count_nonzero(np.bincount(self._raw.subject_of[records])))
            self._known[seen] = {
                "count": len(records),
                "patients": patients,
                "digest": digest,
                "set": digest[:16],
            }
        return self._known[seen]


class RecordKeys:
    """The keys of all records, encoded and sorted once, so that a set's digest is quick.

    `digest` gives what `record_digest` gives for the keys of rising record numbers.
    """

    def __init__(self, raw: RawTables) -> None:
        keys = np.array([key.encode() for key in raw.keys(np.arange(len(raw.subject_of)))] or [b""])
        order = np.argsort(keys, kind="stable")
        self._lines = np.char.add(keys[order], b"\n")  # padded with NUL, which no key holds
        self._rank = np.empty(len(order), np.int64)
        self._rank[order] = np.arange(len(order))
        self._secret = raw.secret

    def digest(self, records: np.ndarray) -> str:
        inside = np.zeros(len(self._rank), bool)
        inside[self._rank[records]] = True
        text = self._lines[inside].tobytes().translate(None, b"\0")
        return hmac.new(self._secret, text[:-1], "sha256").hexdigest()


def record_digest(keys: list[str], secret: bytes) -> str:
    """HMAC-SHA-256 over the sorted record keys, one a line; `secret` comes from the raw files."""
    return hmac.new(secret, "\n".join(sorted(keys)).encode(), "sha256").hexdigest()
