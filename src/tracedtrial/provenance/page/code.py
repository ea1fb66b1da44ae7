"""The functions that made the numbers: their text as it was, in coloured pieces, line by line."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tracedtrial.refusal import Refusal

KINDS = {
    "Comment": "c",
    "Keyword": "k",
    "Literal.String.Doc": "d",
    "Literal.String": "s",
    "Literal.Number": "m",
    "Name.Function": "f",
    "Name.Class": "f",
    "Name.Decorator": "f",
}


def sources(numbers: Mapping[str, dict], code: Path) -> dict[tuple[str, str], dict]:
    """(module, name) -> the function's place, digest and lines, each once, in order of use.

    Raises
    ------
    Refusal
        A function's text is another than when the ledger was made.
    """
    used = {(f["module"], f["name"]): f for row in numbers.values() for f in row["functions"]}
    return {
        key: {**function, "lines": lines(_text(function, code))} for key, function in used.items()
    }


def _text(function: Mapping, code: Path) -> str:
    with (code / function["file"]).open(encoding="utf-8", newline="") as file:
        own = file.read().splitlines(keepends=True)
    text = "".join(own[function["first_line"] - 1 : function["last_line"]])
    if hashlib.sha256(text.encode()).hexdigest() != function["sha256"]:
        raise Refusal(
            f"{function['file']} must hold {function['name']} as it was when "
            "build/ledger.json was made; build again"
        )
    return text


def lines(text: str) -> list[list[tuple[str, str]]]:
    """Python source as lines of (kind, piece); the kind is empty where nothing sets it apart.

    Examples
    --------
    >>> lines("return 1  # one")
    [[('k', 'return'), ('', ' '), ('m', '1'), ('', '  '), ('c', '# one')]]
    """
    made: list[list[tuple[str, str]]] = [[]]
    for kind, piece in _pieces(text):
        for place, part in enumerate(piece.split("\n")):
            if place:
                made.append([])
            if part:
                _add(made[-1], kind, part)
    return made if made[-1] else made[:-1]


def _add(line: list[tuple[str, str]], kind: str, part: str) -> None:
    """The part at the line's end, joined to the piece before where both are of one kind."""
    if line and line[-1][0] == kind:
        part = line.pop()[1] + part
    line.append((kind, part))


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    from pygments.lexers import PythonLexer

    for token, piece in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        name = str(token).removeprefix("Token.")
        yield next((kind for start, kind in KINDS.items() if name.startswith(start)), ""), piece
