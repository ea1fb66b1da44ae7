"""Where a number comes from, written down: code references and keyed record sets."""

import hashlib
import hmac
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from analysis.results.number import Number
from analysis.schema import RawTables

CODE = Path(__file__).resolve().parents[2]


@cache
def code_reference(function: Callable) -> dict:
    """Module, name, file (from the code's own root), first and last line, SHA-256 of the source."""
    source, first = inspect.getsourcelines(function)
    path = Path(inspect.getsourcefile(function)).resolve().relative_to(CODE)
    return {"module": function.__module__, "name": function.__name__, "file": path.as_posix(),
            "first_line": first, "last_line": first + len(source) - 1,
            "sha256": hashlib.sha256("".join(source).encode()).hexdigest()}


class RecordSets:
    """Sets of records, each kept once under the first letters of its digest."""

    def __init__(self, raw: RawTables) -> None:
        self._raw = raw
        self._known: dict[bytes, dict] = {}
        self.sets: dict[str, np.ndarray] = {}

    def described(self, number: Number) -> dict[str, dict]:
        """Per role: count of records and of patients, keyed digest, name of the set."""
        return {role: self._entry(records) for role, records in number.records.items()}

    def _entry(self, records: np.ndarray) -> dict:
        records = np.unique(records)
        seen = hashlib.sha256(records.tobytes()).digest()
        if seen not in self._known:
            digest = record_digest(self._raw.keys(records), self._raw.secret)
            self.sets[digest[:16]] = records
            patients = len(np.unique(self._raw.subject_of[records]))
            self._known[seen] = {"count": len(records), "patients": patients, "digest": digest,
                                 "set": digest[:16]}
        return self._known[seen]


def record_digest(keys: list[str], secret: bytes) -> str:
    """HMAC-SHA-256 over the sorted record keys, one a line; `secret` comes from the raw files."""
    return hmac.new(secret, "\n".join(sorted(keys)).encode(), "sha256").hexdigest()
