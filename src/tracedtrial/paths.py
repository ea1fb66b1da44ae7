"""Where things lie: within a trial's folder, in this package, and in its repository.

Paths of a trial are relative to its folder, which is the working directory of every rule.
"""

from pathlib import Path

from tracedtrial.refusal import Refusal

PACKAGE = Path(__file__).resolve().parent
CODE = PACKAGE.parent  # the ledger names code files relative to it
REPOSITORY = CODE.parent if (CODE.parent / "pyproject.toml").is_file() else None

PROTOCOL = Path("analysis/protocol.yaml")
ANALYSES = Path("analysis/analyses.yaml")
SECOND_DERIVATION = Path("analysis/rederive.sql")

RAW = Path("data/raw")
PUBLISHED = Path("data/published.csv")

MANUSCRIPT = Path("manuscript/manuscript.qmd")
LITERATURE = Path("manuscript/literature.yml")
TERMS = Path("manuscript/terms.yml")
CHECKLIST = Path("manuscript/checklist.yml")
JOURNAL = Path("manuscript/journal.yml")
VARIABLES = Path("manuscript/_variables.yml")
PROVENANCE = Path("manuscript/_provenance.md")

BUILD = Path("build")
DATASETS = BUILD / "datasets"
LINEAGE = BUILD / "lineage"
PANELS = BUILD / "panels"
RESULTS = BUILD / "results.json"
NUMBERS = BUILD / "numbers.json"
LEDGER = BUILD / "ledger.json"
TABLES = BUILD / "tables"
DRAWN = BUILD / "figures"  # the texts that a figure draws; the figure itself is in FIGURES
CELLS = BUILD / "cells.json"
REPORTS = BUILD / "audit"
ARS = BUILD / "ars.json"
RUN = BUILD / "run.json"
SUBMISSION = BUILD / "submission"
SUBMISSION_PARTS = BUILD / "submission-parts"
SUBMISSION_ZIP = BUILD / "submission.zip"
BUNDLES = {reader: BUILD / f"audit-bundle-{reader}.zip" for reader in ("auditor", "public")}

FIGURES = Path("figures")
FIGURE_FORMATS = ("pdf", "svg", "png", "tiff")

FORMATS = {"pdf": "PDF", "docx": "DOCX", "html": "HTML", "xml": "JATS XML"}  # by suffix
RENDERED = {suffix: BUILD / f"manuscript.{suffix}" for suffix in FORMATS}


def repository() -> Path:
    """The repository that this package is worked on in.

    Raises
    ------
    Refusal
        The package was installed without it.
    """
    if REPOSITORY is None:
        raise Refusal("this needs the repository of the tool, but only the package is installed")
    return REPOSITORY
