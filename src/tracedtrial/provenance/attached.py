"""The ledger that a submission PDF carries."""

import json
from pathlib import Path

from tracedtrial.refusal import Refusal

LEDGER = "ledger.json"
FIELDS = (
    "text",
    "forms",
    "value",
    "n",
    "denominator",
    "population",
    "source",
    "inputs",
    "functions",
)


def attachments(pdf: Path) -> dict[str, bytes]:
    """The files attached to a PDF, by name.

    Raises
    ------
    Refusal
        The file is not there, or is no PDF.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(pdf.read_bytes())
    except OSError as error:
        raise Refusal(f"{pdf} must be a readable PDF: {error.strerror}") from None
    except pypdfium2.PdfiumError:
        raise Refusal(f"{pdf} must be a PDF, but cannot be read as one") from None
    found = (document.get_attachment(place) for place in range(document.count_attachments()))
    return {each.get_name(): bytes(each.get_data()) for each in found}


def attached_ledger(pdf: Path) -> dict:
    """The ledger attached to a PDF, as the build that made it wrote it.

    Raises
    ------
    Refusal
        The PDF carries none, or what it carries is no ledger.
    """
    held = attachments(pdf)
    if LEDGER not in held:
        raise Refusal(f"{pdf} must carry its ledger, but has no attachment {LEDGER}")
    try:
        ledger = json.loads(held[LEDGER])
    except (ValueError, RecursionError):
        raise Refusal(f"{pdf}, {LEDGER} must be a ledger: JSON with numbers by id") from None
    return whole_ledger(ledger, f"{pdf}, {LEDGER}")


def whole_ledger(ledger: object, place: str) -> dict:
    """The ledger, if it names its inputs and each number has the fields that are compared.

    Raises
    ------
    Refusal
        It does not; it comes from elsewhere and may be anything.
    """
    parts = [ledger.get(part) for part in ("inputs", "numbers")] if isinstance(ledger, dict) else []
    if not parts or not all(isinstance(part, dict) for part in parts):
        raise Refusal(f"{place} must be a ledger: JSON with inputs, and numbers by id")
    for id, row in parts[1].items():
        lacking = [name for name in FIELDS if not isinstance(row, dict) or name not in row]
        if lacking:
            raise Refusal(f"{place}: {id} must have {lacking[0]}, but has none")
    return ledger
