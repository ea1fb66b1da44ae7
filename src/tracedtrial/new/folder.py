"""Makes the folder of a new trial: whole, or not at all."""

import csv
import io
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tracedtrial.files import write_text
from tracedtrial.new.example import Row, rows
from tracedtrial.paths import PACKAGE, PROTOCOL, RAW
from tracedtrial.refusal import Refusal, refusal

TEMPLATE = Path(__file__).with_name("template")
CRITERIA = PACKAGE / "datasets" / "criteria"
EXAMPLES_CRITERIA = "RECIST 1.1"
REAL = "reconstructed: {value: false, source: protocol}"
SYNTHETIC = (
    "reconstructed: {value: true, source: protocol, why: The example is invented and its "
    "patients are synthetic}"
)


def new_trial(folder: Path, criteria: str, *, example: bool = False) -> list[str]:
    """Make `folder` with a commented protocol, raw tables and a manuscript; its files.

    The tables are empty, or hold the rows of the example, which the protocol then says are
    synthetic.

    Raises
    ------
    Refusal
        The folder holds something, cannot be written, the criteria are unknown, or there is no
        example for them.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refusal(f"{folder} must not exist yet, or be an empty folder")
    protocol = _of_an_example(_protocol(criteria), criteria) if example else _protocol(criteria)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as name:
            made = Path(name) / "trial"
            _fill(made, protocol, rows() if example else {})
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


def _of_an_example(protocol: str, criteria: str) -> str:
    """The protocol that says that its patients are synthetic."""
    if criteria != EXAMPLES_CRITERIA:
        raise refusal("criteria of the example", f"be {EXAMPLES_CRITERIA}", criteria, "--criteria")
    return protocol.replace(REAL, SYNTHETIC)


def _fill(folder: Path, protocol: str, rows: Mapping[str, list[Row]]) -> None:
    ignored = shutil.ignore_patterns("protocol.yaml", "__pycache__")
    shutil.copytree(TEMPLATE, folder, ignore=ignored)
    write_text(folder / PROTOCOL, protocol)
    for domain, header in _headers(folder / PROTOCOL).items():
        write_text(folder / RAW / f"{domain}.csv", _table(header, rows.get(domain, [])))


def _table(header: list[str], rows: list[Row]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, header, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def _headers(protocol: Path) -> dict[str, list[str]]:
    """The columns of every raw table of the trial, as the schema has them."""
    from tracedtrial.datasets import response_criteria
    from tracedtrial.inputs.protocol import read_protocol
    from tracedtrial.inputs.schema.tables import raw_tables

    asked = read_protocol(protocol)
    tables = raw_tables(asked, response_criteria(asked).asks)
    return {domain: list(table.columns) for domain, table in tables.items()}
