"""The renderer's command line: one manuscript, any of its formats, in one run."""

import argparse
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.inputs.data_lock import notice
from tracedtrial.paths import FORMATS, PROTOCOL
from tracedtrial.rendering import render

DESCRIPTIONS = {
    "ledger.json": "Every printed number: value, method, code, and digests of its records",
    PROTOCOL.name: "The protocol: design, populations, end points, and display rules",
}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tracedtrial.rendering", description=__doc__)
    parser.add_argument("--manuscript", type=Path, required=True, metavar="QMD")
    parser.add_argument("--variables", type=Path, metavar="YML")
    for format in FORMATS:
        parser.add_argument(f"--{format}", type=Path, metavar="FILE")
    parser.add_argument("--ledger", type=Path, metavar="JSON", help="what HTML tells of a number")
    parser.add_argument("--displays", type=Path, metavar="JSON", help="of cells executed before")
    parser.add_argument("--lock", type=Path, metavar="TXT", help="outcome of the data lock")
    parser.add_argument(
        "--attach",
        action="append",
        default=[],
        metavar="FILE[=DESCRIPTION]",
        help="a file that the PDF carries; may be repeated",
    )
    return parser


@command
def main(words: list[str] | None = None) -> None:
    """Write the formats that are asked for."""
    parser = arguments()
    given = parser.parse_args(words)
    outputs = {name: path for name in FORMATS if (path := getattr(given, name))}
    if not outputs:
        parser.error("no output was asked for")
    render(
        given.manuscript,
        outputs,
        variables=given.variables,
        ledger=given.ledger,
        displays=given.displays,
        attachments=[attachment(text) for text in given.attach],
        notice=notice(given.lock),
    )


def attachment(text: str) -> tuple[Path, str]:
    """A file and its description, from ``FILE=DESCRIPTION``; without one, the known or its name."""
    name, _, description = text.partition("=")
    path = Path(name)
    return path, description or DESCRIPTIONS.get(path.name, path.name)
