"""The licence of every package in `requirements.lock`, as the package itself states it.

`python -m tracedtrial.release.licences` writes `docs/licences.md`. Exit status 0: all are
permissive, or excepted with a reason. 1: written, and some are not.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.paths import repository

LOCK, LIST = Path("requirements.lock"), Path("docs/licences.md")  # of the repository
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)(?: *; *(.*?))?(?: \\)?$", re.MULTILINE)
ABSENT = "not installed here"
PERMISSIVE = re.compile(
    r"0?BSD|MIT|Apache|ISC|PSF|Python Software Foundation|Zlib|CC0|Public Domain|HPND|Unlicense",
    re.IGNORECASE,
)
WEAK = re.compile(r"MPL|Mozilla Public License", re.IGNORECASE)
COPYLEFT = re.compile(r"GPL|GNU (Lesser |Affero )?General Public", re.IGNORECASE)
FILE_LEVEL = "copyleft of its own files only; used as it is"
EXCEPTIONS = {
    "docutils": "some of its modules are public domain, BSD or PSF; one Emacs Lisp file is GPL",
    "pypandoc-binary": "the wrapper is MIT; the pandoc program that it carries is GPL-2.0-or-later,"
    " run as a program of its own",
}


@dataclass(frozen=True)
class Licence:
    """A pinned package; `where` is the lock's marker, `note` why an exception is made."""

    name: str
    version: str
    stated: str
    where: str = ""
    note: str = ""

    @property
    def accepted(self) -> bool:
        """Permissive by its own statement, or excepted; what is not installed says nothing."""
        if self.stated == ABSENT or self.note:
            return True
        return bool(PERMISSIVE.search(self.stated)) and not COPYLEFT.search(self.stated)


def licences(lock: str) -> list[Licence]:
    """Every pin of a lock file with the licence of the installed package."""
    return sorted(
        (_licence(*pin) for pin in PIN.findall(lock)),
        key=lambda licence: (licence.name, licence.version),
    )


def _licence(name: str, version: str, where: str) -> Licence:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return Licence(name, version, ABSENT, where)
    if found.version != version:
        return Licence(name, version, ABSENT, where)
    stated = next(_statements(found), "nothing stated")
    note = EXCEPTIONS.get(name, "") or (FILE_LEVEL if WEAK.search(stated) else "")
    return Licence(name, version, stated, where, note)


def _statements(found: Distribution) -> Iterator[str]:
    """The expression, the classifiers, the licence field, the first lines of a licence file."""
    metadata = found.metadata
    if metadata.get("License-Expression"):
        yield metadata["License-Expression"]
    classifiers = [
        text.rpartition(" :: ")[2]
        for text in metadata.get_all("Classifier") or ()
        if text.startswith("License ::")
    ]
    if classifiers:
        yield "; ".join(classifiers)
    field = (metadata.get("License") or "").strip().splitlines()
    if field and field[0] != "UNKNOWN":
        yield field[0]
    for path in found.files or ():
        if path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            yield _named(path.read_text(encoding="utf-8"))


def _named(text: str) -> str:
    """A licence text by its title, or by the grant that every MIT licence begins with."""
    if "Permission is hereby granted, free of charge" in text:
        return "MIT (its licence file)"
    return f"{text.strip().splitlines()[0].strip()} (its licence file)"


def table(found: list[Licence]) -> str:
    """The list as Markdown."""
    from tabulate import tabulate

    rows = [[each.name, each.version, each.stated, each.note or each.where] for each in found]
    head = (
        "# Licences of the packages\n\nWritten by `make licences` from the metadata of the"
        " packages that `requirements.lock` pins;\nthose for other platforms or Pythons are"
        " not installed here and state nothing.\n\n"
    )
    return head + tabulate(rows, ["package", "version", "licence", "note"], "github") + "\n"


@command
def main() -> bool:
    """Write the list; the packages that are neither permissive nor excepted, a line each."""
    root = repository()
    found = licences((root / LOCK).read_text(encoding="utf-8"))
    write_text(root / LIST, table(found))
    refused = [each for each in found if not each.accepted]
    for each in refused:
        print(f"{each.name} {each.version} must be permissive, but states {each.stated!r}")
    print(f"{len(found)} packages, {len(refused)} not permissive")
    return not refused


if __name__ == "__main__":
    sys.exit(main())
