"""The submission: manuscript, figures, tables, provenance, checklist and manifest.

`python -m tracedtrial.release.submission.package` writes build/submission/ and its zip. No file of
it holds a patient's row or identifier: figures' source data stay behind.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tracedtrial import spreadsheet
from tracedtrial.commands import command
from tracedtrial.files import whole_file
from tracedtrial.paths import (
    FIGURES,
    LEDGER,
    RENDERED,
    SUBMISSION,
    SUBMISSION_PARTS,
    SUBMISSION_ZIP,
)
from tracedtrial.record.ledger import read_ledger
from tracedtrial.refusal import Refusal, refusal
from tracedtrial.release.submission.archive import with_manifest, write_folder, zipped
from tracedtrial.release.submission.profile import JOURNAL, Profile, read_profile

CHECKLIST = ("checklist.md", "checklist.docx", "checklist.pdf")
COLUMNS = (
    "id",
    "text",
    "value",
    "unit",
    "statistic",
    "population",
    "n",
    "denominator",
    "method",
    "reference",
    "code",
    "source",
    "section",
)


def contents(root: Path, profile: Profile) -> dict[str, bytes]:
    """Every file of the submission of the trial in `root`, by its name in the folder.

    Raises
    ------
    Refusal
        A file has not been built, or the figures are not as many as the manuscript has.
    """
    numbers = read_ledger(root / LEDGER)["numbers"]
    named = {
        **{path.name: root / path for path in RENDERED.values()},
        **{name: root / SUBMISSION_PARTS / name for name in CHECKLIST},
        **dict(_figures(root / FIGURES, profile, numbers["document.figures.n"]["value"])),
    }
    return {
        **{name: _bytes(path) for name, path in named.items()},
        **dict(_tables(root)),
        "supplement/provenance.csv": provenance_csv(numbers).encode(),
    }


def _figures(folder: Path, profile: Profile, expected: int) -> Iterator[tuple[str, Path]]:
    """Each figure in each of the profile's formats."""
    for kind in profile.figure_formats:
        found = sorted(folder.glob(f"figure-*.{kind}"))
        if len(found) != expected:
            raise refusal(
                f"figures as {kind}",
                f"number {expected}, as in the manuscript",
                len(found),
                f"{folder}/; asked for in {JOURNAL}",
            )
        yield from ((f"figures/{path.name}", path) for path in found)


def _tables(root: Path) -> Iterator[tuple[str, bytes]]:
    """Each table as CSV and as Markdown, with its notes."""
    from tracedtrial.displays.tables import all_tables

    for made in all_tables(root):
        name = f"tables/{made.name.replace('_', '-')}"
        yield f"{name}.csv", made.csv.encode()
        yield f"{name}.md", (made._repr_markdown_().strip() + "\n").encode()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refusal(f"{path} must be built before it is submitted: {error.strerror}") from None


def provenance_csv(numbers: Mapping[str, dict]) -> str:
    """One line for each number of the ledger: what it is and how it came about; no patient."""
    return spreadsheet.table([COLUMNS, *(_entry(id, row) for id, row in numbers.items())])


def _entry(id: str, row: Mapping) -> list[str]:
    known = {**row, "id": id, "code": _code(row), "value": _value(row["value"])}
    return ["" if known.get(name) is None else str(known[name]) for name in COLUMNS]


def _code(row: Mapping) -> str:
    return "; ".join(
        f"{f['file']}:{f['first_line']}-{f['last_line']} {f['name']}" for f in row["functions"]
    )


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@command
def main() -> None:
    """Write folder and zip."""
    files = with_manifest(contents(Path(), read_profile()))
    with whole_file(SUBMISSION_ZIP) as temporary:
        temporary.write_bytes(zipped(files, SUBMISSION.name))
        write_folder(files, SUBMISSION)


if __name__ == "__main__":
    sys.exit(main())
