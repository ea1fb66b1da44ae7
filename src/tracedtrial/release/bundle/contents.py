"""Which files a bundle holds, and for whom.

For the public: what is published, and how it was made. For the auditor besides: the raw tables,
the row lineage, the analysis datasets and all that names a subject.
"""

from collections.abc import Iterator
from pathlib import Path

from tracedtrial.paths import (
    ARS,
    BUNDLES,
    CELLS,
    CODE,
    DATASETS,
    DRAWN,
    FIGURES,
    LEDGER,
    LINEAGE,
    NUMBERS,
    PACKAGE,
    PANELS,
    PUBLISHED,
    RENDERED,
    REPORTS,
    REPOSITORY,
    RESULTS,
    RUN,
    SUBMISSION,
)
from tracedtrial.refusal import Refusal

TOOL = (
    "Snakefile",
    "Makefile",
    "README.md",
    "LICENSE",
    "CITATION.cff",
    "CHANGELOG.md",
    "pyproject.toml",
    "requirements.lock",
    "profiles/**/*",
    "src/**/*",
    "docs/**/*",
)
PUBLIC = (
    *map(str, (*RENDERED.values(), LEDGER, ARS)),
    f"{FIGURES}/*",
    f"{DRAWN}/*.texts.json",
    f"{REPORTS}/*.txt",
    f"{REPORTS}/public.html",
)
SOURCES = ("Snakefile", "analysis/**/*", "manuscript/**/*", str(PUBLISHED))
PRIVATE = (
    "data/**/*",
    f"{REPORTS}/**/*",
    *(f"{folder}/*" for folder in (LINEAGE, DATASETS, PANELS)),
    *map(str, (RESULTS, NUMBERS, CELLS, RUN)),
)
PRIVATE_CODE = ("tests/**/*", "proofs/**/*", "benchmarks/**/*")
NAMES_ROWS = f"{REPORTS}/mutants.txt"  # tells which cell was altered, and what it held
NEEDED = tuple(map(str, (*RENDERED.values(), LEDGER, ARS, RUN)))
LOGS = ".snakemake/log"


def public_outputs(root: Path) -> dict[str, Path]:
    """Every output of the build that may leave the building, by its name."""
    return dict(_published(root)) | dict(_matches(root, (f"{SUBMISSION}/**/*",)))


def files(root: Path, reader: str) -> dict[str, Path]:
    """The files of the bundle of the trial in `root` for a reader, by their names in it.

    Raises
    ------
    Refusal
        The reader is not known, or an output that every bundle holds has not been built.
    """
    if reader not in BUNDLES:
        raise Refusal(f"a bundle must be for {' or '.join(BUNDLES)}, but got {reader!r}")
    missing = [name for name in NEEDED if not (root / name).is_file()]
    if missing:
        raise Refusal(
            f"{missing[0]} must be built before it is bundled: snakemake audit "
            f"({len(missing)} missing in all)"
        )
    found = dict(_tool(TOOL)) | dict(_matches(root, (*SOURCES, str(RUN))))
    found |= dict(_published(root))
    if reader == "auditor":
        found |= dict(_tool(PRIVATE_CODE))
        found |= dict(_matches(root, PRIVATE)) | dict(_last_log(root))
    return found


def _tool(patterns: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Files of the tool's repository; of an installed package, its own files alone."""
    if REPOSITORY is not None:
        yield from _matches(REPOSITORY, patterns)
    elif "src/**/*" in patterns:
        yield from _matches(CODE, (f"{PACKAGE.name}/**/*",))


def _published(root: Path) -> Iterator[tuple[str, Path]]:
    yield from (found for found in _matches(root, PUBLIC) if found[0] != NAMES_ROWS)


def _matches(root: Path, patterns: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    for path in (path for pattern in patterns for path in root.glob(pattern)):
        name = path.relative_to(root)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
        if path.is_file() and not hidden:
            yield name.as_posix(), path


def _last_log(root: Path) -> Iterator[tuple[str, Path]]:
    """Snakemake's log of the last run; it holds the folder's path."""
    yield from (("logs/snakemake.log", path) for path in sorted((root / LOGS).glob("*.log"))[-1:])
