"""Makes the folder of a new trial: whole, or not at all."""

import shutil
import tempfile
from pathlib import Path

from tracedtrial.paths import PACKAGE, PROTOCOL
from tracedtrial.files import write_text
from tracedtrial.refusal import Refusal, refusal

TEMPLATE = Path(__file__).with_name("template")
CRITERIA = PACKAGE / "datasets" / "criteria"


def new_trial(folder: Path, criteria: str) -> list[str]:
    """Make `folder` with a commented protocol, empty raw tables and a manuscript; its files.

    Raises
    ------
    Refusal
        The folder holds something, cannot be written, or the criteria are unknown.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refusal(f"{folder} must not exist yet, or be an empty folder")
    protocol = _protocol(criteria)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as name:
            made = Path(name) / "trial"
            _fill(made, protocol)
            files = sorted(p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file())
            made.replace(folder)
    except OSError as error:
        raise Refusal(f"{folder} cannot be written: {error.strerror}") from None
    return files


def _protocol(criteria: str) -> str:
    """The template's protocol with the part that belongs to the criteria."""
    from tracedtrial.datasets.criteria import CRITERIA as KNOWN

    if criteria not in KNOWN:
        raise refusal("criteria", f"be {' or '.join(KNOWN)}", criteria, "--criteria")
    part = CRITERIA / f"{criteria.split()[0].lower()}.protocol.yaml"
    characteristics, response = part.read_text(encoding="utf-8").split("---\n")
    text = (TEMPLATE / "analysis/protocol.yaml").read_text(encoding="utf-8")
    own = characteristics.partition("\n")[2]
    return text.replace("{{ characteristics }}", own).replace("{{ response }}", response)


def _fill(folder: Path, protocol: str) -> None:
    ignored = shutil.ignore_patterns("protocol.yaml", "__pycache__")
    shutil.copytree(TEMPLATE, folder, ignore=ignored)
    write_text(folder / PROTOCOL, protocol)
    for domain, header in _headers(folder / PROTOCOL).items():
        write_text(folder / "data" / "raw" / f"{domain}.csv", ",".join(header) + "\n")


def _headers(protocol: Path) -> dict[str, list[str]]:
    """The columns of every raw table of the trial, as the schema has them."""
    from tracedtrial.datasets import response_criteria
    from tracedtrial.inputs.protocol import read_protocol
    from tracedtrial.inputs.schema.tables import raw_tables

    asked = read_protocol(protocol)
    tables = raw_tables(asked, response_criteria(asked).asks)
    return {domain: list(table.columns) for domain, table in tables.items()}
