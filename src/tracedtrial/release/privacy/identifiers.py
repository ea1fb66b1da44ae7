"""The identifiers of a trial's subjects, as its raw tables hold them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.inputs.formats.files import raw_files
from tracedtrial.inputs.formats.reading import content_of, records, texts
from tracedtrial.paths import DATASETS, MANUSCRIPT, PANELS, PROTOCOL, RAW, REPORTS, REPOSITORY
from tracedtrial.refusal import Refusal

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
VERSION = re.compile(r"(?m)^([\w.-]+)==(\d+\.\d+\.\d+(?:\.\d+)?)(?![\w.])", re.ASCII)
ROW_LEVEL = (f"{DATASETS}/*.csv", f"{PANELS}/figure-1[ab].csv", f"{REPORTS}/disagreements.csv")


@dataclass(frozen=True)
class Identifiers:
    """What a public output may not hold. `headers` are those of row-level tables.

    `versions` are packages and their locked versions, which may look like a day.
    """

    usubjid: frozenset[str]
    subjid: frozenset[str]
    dates: frozenset[str]
    terms: frozenset[str]
    headers: tuple[frozenset[str], ...]
    versions: tuple[tuple[str, str], ...] = ()


def identifiers(root: Path) -> Identifiers:
    """The identifiers of the trial in `root`; days that it declares itself are no subject's.

    Raises
    ------
    Refusal
        A raw table cannot be read, or there is none: nothing could be looked for.
    """
    rows = [row for path in raw_files(root / RAW) for row in records(content_of(path), str(path))]
    if not any(row.get("USUBJID") for row in rows):
        raise Refusal(
            f"{root / 'data/raw'} must hold the raw tables: without them no identifier is known"
        )
    return Identifiers(
        _column(rows, "USUBJID"),
        _column(rows, "SUBJID"),
        frozenset(_dates(rows)) - frozenset(declared_days(root)),
        _terms(rows),
        tuple(dict.fromkeys(_headers(root))),
        tuple(VERSION.findall(_pins())),
    )


def _pins() -> str:
    """The versions that the tool is pinned to, where its repository is at hand."""
    return _text(REPOSITORY / "requirements.lock") if REPOSITORY else ""


def declared_days(root: Path) -> Iterator[str]:
    """Days that the protocol states, and the date in the manuscript's header."""
    yield from DATE.findall(_text(root / PROTOCOL))
    header = re.split(r"(?m)^---\s*$", _text(root / MANUSCRIPT), maxsplit=2)
    yield from re.findall(rf"(?m)^date:\s*[\"']?({DATE.pattern})", header[1] if header[2:] else "")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _column(rows: list[dict[str, str]], name: str) -> frozenset[str]:
    return frozenset(row[name] for row in rows if row.get(name))


def _dates(rows: list[dict[str, str]]) -> Iterator[str]:
    yield from (
        text
        for row in rows
        for name, text in row.items()
        if name and name.endswith("DTC") and text and DATE.fullmatch(text)
    )


def _terms(rows: list[dict[str, str]]) -> frozenset[str]:
    """Reported terms that are no part of a term of the dictionary."""
    dictionary = "\n".join(
        {text for name in ("AEDECOD", "AEBODSYS") for text in _column(rows, name)}
    ).casefold()
    return frozenset(t for t in _column(rows, "AETERM") if t.casefold() not in dictionary)


def _headers(root: Path) -> Iterator[frozenset[str]]:
    built = (path for pattern in ROW_LEVEL for path in sorted(root.glob(pattern)))
    for path in (*raw_files(root / RAW), *built):
        header = frozenset(next(iter(texts(content_of(path), str(path))), ()))
        yield header - {"STUDYID", "DOMAIN", "USUBJID", "SUBJID"}
