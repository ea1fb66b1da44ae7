"""Where things lie: within a trial's folder, in this package, and in its repository.

Paths of a trial are relative to its folder, which is the working directory of every rule.
"""

from pathlib import Path

from tracedtrial.refusal import Refusal

PACKAGE = Path(__file__).resolve().parent
CODE = PACKAGE.parent  # the ledger names code files relative to it
REPOSITORY = CODE.parent if (CODE.parent / "pyproject.toml").is_file() else None

PROTOCOL = Path("analysis/protocol.yaml")
SECOND_DERIVATION = Path("analysis/rederive.sql")
RAW = Path("data/raw")
MANUSCRIPT = Path("manuscript/manuscript.qmd")

BUILD = Path("build")
LEDGER = BUILD / "ledger.json"
REPORTS = BUILD / "audit"

FORMATS = {"pdf": "PDF", "docx": "DOCX", "html": "HTML", "xml": "JATS XML"}
RENDERED = tuple(BUILD / f"manuscript.{suffix}" for suffix in FORMATS)


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
