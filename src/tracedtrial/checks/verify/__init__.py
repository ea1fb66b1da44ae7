"""Reads a rendered manuscript back and accounts for every numeral in it.

One module a format's reader; `classification` and `displays` say of what class a numeral is;
`built` says what the build computed.
"""

from pathlib import Path

from tracedtrial.checks.verify.account import Account, Finding, report
from tracedtrial.checks.verify.built import Built
from tracedtrial.checks.verify.rendered import Rendered
from tracedtrial.paths import FORMATS
from tracedtrial.refusal import Refusal

__all__ = ["Account", "Finding", "accounted", "report", "verified"]


def verified(path: Path, root: Path = Path(".")) -> Account:
    """The account of a rendered file against the build in the trial's folder `root`.

    Raises
    ------
    Refusal
        The file cannot be read as its name says, carries the ledger of another build, or the
        build is not there.
    """
    return accounted(path, Built(root))


def accounted(path: Path, built: Built) -> Account:
    """The account of a rendered file against a build; raises as `verified`."""
    from tracedtrial.checks.verify import classification

    return classification.account_of(path, _read(path, built), built)


def _read(path: Path, built: Built) -> Rendered:
    """The file as the reader of its format finds it; only that reader's libraries are loaded."""
    match path.suffix.lower():
        case ".pdf":
            from tracedtrial.checks.verify.pdf import read
        case ".docx":
            from tracedtrial.checks.verify.docx import read
        case ".html":
            from tracedtrial.checks.verify.html import read
        case ".xml":
            from tracedtrial.checks.verify.jats import read
        case _:
            raise Refusal(f"{path} must be named {', '.join(f'.{suffix}' for suffix in FORMATS)}")
    return read(path, built)
