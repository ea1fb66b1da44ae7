"""The data lock: whether the raw tables are those that the protocol's `data_lock` names.

`python -m tracedtrial.inputs.data_lock` writes build/audit/lock.txt; its first line is the outcome.
A build of other data goes on as a draft: each rendered page says so.
"""

import sys
from datetime import date
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.files import sha256, write_text
from tracedtrial.inputs.formats.files import raw_file, raw_tables_in
from tracedtrial.inputs.protocol.reading import read_protocol
from tracedtrial.paths import RAW, REPORTS

DRAFT, NONE = "DRAFT: data differ from lock", "no data lock in the protocol"
REPORT = REPORTS / "lock.txt"


def outcome(protocol: dict, folder: Path = RAW) -> list[str]:
    """The outcome in one line; where data differ, then a line for each table that does."""
    lock = protocol.get("data_lock")
    if lock is None:
        return [NONE]
    differ = differences(lock["files"], folder)
    if differ:
        return [DRAFT, *differ]
    return [f"{len(lock['files'])} raw tables as locked on {lock['date']}"]


def differences(locked: dict[str, str], folder: Path) -> list[str]:
    """Each table of the folder or the lock that is not the same in both."""
    here = digests(folder)
    said = {True: "differs from the lock", False: "is not in the lock"}
    return [
        f"{raw_file(folder, table).as_posix()} "
        f"{said[table in locked] if table in here else 'is in the lock, but missing'}"
        for table in sorted({*here, *locked})
        if here.get(table) != locked.get(table)
    ]


def digests(folder: Path = RAW) -> dict[str, str]:
    """SHA-256 of each raw table, by its domain."""
    return {table: sha256(path) for table, path in raw_tables_in(folder).items()}


def entry(day: date, folder: Path = RAW) -> str:
    """The protocol's entry that locks the tables as they are."""
    files = "\n".join(f"    {table}: '{digest}'" for table, digest in digests(folder).items())
    return f"data_lock:\n  date: '{day.isoformat()}'\n  files:\n{files}\n"


def notice(report: Path | None) -> str:
    """What each rendered page says of the lock: nothing, or that it is a draft."""
    if report is None:
        return ""
    first = report.read_text(encoding="utf-8").partition("\n")[0]
    return first if first == DRAFT else ""


@command
def main() -> None:
    """Write the outcome, and print one of a lock."""
    text = "\n".join(outcome(read_protocol()))
    write_text(REPORT, text + "\n")
    if text != NONE:
        print(text.partition("\n")[0])


if __name__ == "__main__":
    sys.exit(main())
