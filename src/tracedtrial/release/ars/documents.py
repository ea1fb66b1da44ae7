"""Documents that the reporting event refers to: ledger, protocol, programs, methods' sources."""

from collections.abc import Sequence

from tracedtrial import paths
from tracedtrial.displays.wording import slug

LEDGER, PROTOCOL = "document.ledger", "document.protocol"
FIXED = {
    LEDGER: {
        "name": "Ledger of the printed numbers",
        "location": paths.LEDGER.as_posix(),
        "description": "The entries that an analysis names are those of its results, "
        "in the order of the results.",
    },
    PROTOCOL: {"name": "Protocol", "location": paths.PROTOCOL.as_posix()},
}


class Documents:
    """The documents referred to so far, in the order of their first mention."""

    def __init__(self, numbers: dict[str, dict]) -> None:
        python = numbers.get("environment.python", {}).get("text", "")
        self.context = f"Python {python}".strip()
        self._known: dict[str, dict] = dict(FIXED)

    def all(self) -> list[dict]:
        return [{"id": id} | document for id, document in self._known.items()]

    def of(self, numbers: Sequence[tuple[str, dict, object]]) -> list[dict]:
        """Ledger entries, protocol sections, functions beneath the program, methods' sources."""
        rows = [row for _, row, _ in numbers]
        sections = dict.fromkeys(row["section"] for row in rows if row["section"])
        beneath = {function["name"]: function for row in rows for function in row["functions"][1:]}
        sources = dict.fromkeys(row["reference"] for row in rows if row["reference"])
        made = [_named(LEDGER, [id for id, _, _ in numbers], "Entries, one for each result")]
        if sections:
            made.append(_named(PROTOCOL, list(sections), "Sections"))
        made += [self.function(function) for function in beneath.values()]
        return made + [self.source(text) for text in sources]

    def program(self, function: dict) -> dict:
        """The program of an analysis: the function, with its lines and the hash of its source."""
        parameters = [
            (name, str(function[name]))
            for name in ("module", "name", "first_line", "last_line", "sha256")
        ]
        return {
            "context": self.context,
            "documentRef": self.function(function),
            "parameters": [{"name": name, "value": [text]} for name, text in parameters],
        }

    def function(self, function: dict) -> dict:
        label = f"Lines {function['first_line']} to {function['last_line']}"
        return _named(self.file(function["file"]), [function["name"]], label)

    def file(self, path: str) -> str:
        """The id of a program file."""
        id = f"document.{slug(path)}"
        self._known.setdefault(id, {"name": path, "location": path})
        return id

    def source(self, text: str) -> dict:
        """A reference to a publication."""
        id = f"document.{slug(text)}"
        self._known.setdefault(id, {"name": text})
        return {"referenceDocumentId": id}


def _named(document: str, names: list[str], label: str) -> dict:
    return {
        "referenceDocumentId": document,
        "pageRefs": [{"refType": "NamedDestination", "pageNames": names, "label": label}],
    }
