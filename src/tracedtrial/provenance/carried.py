"""`audit rerun --from PDF`: the ledger that a PDF carries, against the repository at hand.

The hashes of data, protocol and code are compared, and every number is derived again.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tracedtrial.files import sha256
from tracedtrial.paths import CODE
from tracedtrial.provenance.attached import attached_ledger
from tracedtrial.provenance.difference.causes import Causes
from tracedtrial.provenance.difference.changes import ADDED, REMOVED, changes
from tracedtrial.provenance.difference.deriving import copied_sources, derived_ledger
from tracedtrial.provenance.difference.functions import function_hashes

SAYS = {ADDED: "not in the PDF's ledger", REMOVED: "gone"}


def differing_files(ledger: dict, trial: Path, code: Path) -> list[str]:
    """A line for each file of data, protocol or code that is not as the ledger names it."""
    found = []
    for held, root in ((ledger["inputs"], trial), (ledger.get("code", {}), code)):
        for name, digest in held.items():
            if not (root / name).is_file():
                found.append(f"{name}: missing in the repository")
            elif sha256(root / name) != digest:
                found.append(f"{name}: differs from the file that the ledger names")
    return found


def differing_functions(numbers: Mapping[str, dict], code: Path) -> list[str]:
    """A line for each function that a number names and that is not as it was."""
    named = {
        (function["file"], function["name"], function["sha256"])
        for row in numbers.values()
        for function in row["functions"]
    }
    hashes = {
        file: function_hashes((code / file).read_bytes()) if (code / file).is_file() else {}
        for file, _, _ in named
    }
    return [
        f"{file}, {name}: the function differs"
        if name in hashes[file]
        else f"{file}, {name}: the function is gone"
        for file, name, digest in sorted(named)
        if digest not in hashes[file].get(name, ())
    ]


def confirmed(pdf: Path, trial: Path) -> bool:
    """Print what is not as the PDF's ledger says; whether everything is.

    Raises
    ------
    Refusal
        The PDF carries no ledger, or the repository gives none.
    """
    ledger, code = attached_ledger(pdf), CODE
    files = differing_files(ledger, trial, code)
    functions = differing_functions(ledger["numbers"], code)
    print(*files, *functions, sep="\n", end="\n" if files or functions else "")
    total = len(ledger["inputs"]) + len(ledger.get("code", {}))
    same = total - len(files)
    print(f"{total} files of data, protocol and code: {same} as the ledger names them")
    with TemporaryDirectory(prefix="rerun-") as folder:
        derived = derived_ledger(copied_sources(trial, Path(folder)), code, "the repository")
    return _told(ledger["numbers"], derived["numbers"]) and not files and not functions


def _told(carried: dict[str, dict], derived: dict[str, dict]) -> bool:
    """Print each number that does not hold; whether all do. Versions of software are apart."""
    found = changes(carried, derived, Causes())
    for change in found:
        old, new = change.values if change.kind == "unprinted" else change.texts
        says = SAYS.get(change.kind, "differs")
        print(f"{change.id}: {says}, {old or 'none'} → {new or 'none'}")
    versions = [
        (id, row["text"], derived.get(id, {}).get("text", "none"))
        for id, row in carried.items()
        if row["source"] == "environment"
    ]
    for id, old, new in versions:
        if old != new:
            print(f"{id}: another environment, {old} → {new} (no finding by itself)")
    asked = len(carried) - len(versions)
    failed = sum(change.kind != ADDED for change in found)
    print(
        f"{asked} numbers derived again: {asked - failed} hold, {failed} do not"
        + (f"; {len(found) - failed} are not in the PDF" if len(found) > failed else "")
    )
    return not found
