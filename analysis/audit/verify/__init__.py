"""Reads a rendered manuscript back and accounts for every numeral in it.

One module a format's reader; `classification` and `displays` say of what class a numeral is;
`built` says what the build computed.
"""

from pathlib import Path

from analysis.audit.verify.account import Account, Finding, report
from analysis.audit.verify.built import Built
from analysis.refusal import Refusal

__all__ = ["Account", "Finding", "report", "verified"]

READERS = {".pdf": "pdf", ".docx": "docx", ".html": "html", ".xml": "jats"}


def verified(path: Path, root: Path = Path(".")) -> Account:
    """The account of a rendered file against the build in the trial's folder `root`.

    Raises
    ------
    Refusal
        The file cannot be read as its name says, carries the ledger of another build, or the
        build is not there.
    """
    from importlib import import_module

    from analysis.audit.verify import classification

    if path.suffix.lower() not in READERS:
        raise Refusal(f"{path} must be named {', '.join(READERS)}")
    built = Built(root)
    reader = import_module(f"analysis.audit.verify.{READERS[path.suffix.lower()]}")
    return classification.account_of(path, reader.read(path, built), built)
