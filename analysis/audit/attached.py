"""The ledger that a submission PDF carries."""

import json
from pathlib import Path

from analysis.refusal import Refusal

LEDGER = "ledger.json"


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
        ledger["numbers"].items(), ledger["inputs"].items()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refusal(f"{pdf}, {LEDGER} must be a ledger: JSON with numbers by id") from None
    return ledger
