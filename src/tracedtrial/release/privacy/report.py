"""Searches public outputs for identifiers of subjects.

`python -m tracedtrial.release.privacy.report FILE...` writes build/audit/privacy.txt of these.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.paths import BUNDLES, LEDGER, REPORTS, SUBMISSION_ZIP
from tracedtrial.refusal import Refusal
from tracedtrial.release.bundle.contents import public_outputs
from tracedtrial.release.privacy.identifiers import identifiers
from tracedtrial.release.privacy.scan import Finding, Scanner
from tracedtrial.release.privacy.texts import pieces

REPORT = REPORTS / "privacy.txt"
PACKED = (BUNDLES["public"].as_posix(), SUBMISSION_ZIP.as_posix())


def findings_of(root: Path, files: Mapping[str, bytes]) -> list[Finding]:
    """What files, by their names, tell of the subjects of the trial in `root`."""
    scanner = Scanner(identifiers(root))
    return [
        finding
        for name, content in files.items()
        for finding in scanner.findings(name, pieces(name, content))
    ]


def report(root: Path, files: Mapping[str, bytes]) -> tuple[bool, str]:
    """Whether nothing was found, and each finding in a line."""
    found = findings_of(root, files)
    counted = f"{len(files)} public files searched, {len(found)} findings"
    return not found, "\n".join([*map(str, found), counted])


def built(root: Path, packed: Sequence[str] = ()) -> dict[str, bytes]:
    """Every public output of the build by name, but the report itself; at least one.

    Raises
    ------
    Refusal
        Nothing has been built.
    """
    paths = public_outputs(root) | {name: root / name for name in packed if (root / name).is_file()}
    if LEDGER.as_posix() not in paths:
        raise Refusal(f"{root / 'build'} must hold a build: snakemake audit")
    return {name: path.read_bytes() for name, path in paths.items() if path != root / REPORT}


@command
def main(names: Sequence[str]) -> bool:
    """Write the report; whether there are no findings."""
    clean, text = report(Path(), {name: Path(name).read_bytes() for name in names})
    write_text(REPORT, text + "\n")
    print(text)
    return clean


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
