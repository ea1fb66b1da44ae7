"""Reads a ledger back."""

import json
from pathlib import Path

from tracedtrial.paths import LEDGER
from tracedtrial.refusal import Refusal


def read_ledger(path: Path = LEDGER) -> dict:
    """The ledger of a build: trial, inputs, and numbers by id.

    Raises
    ------
    Refusal
        The file is not there, or is no ledger.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        content["numbers"].items()
    except OSError as error:
        raise Refusal(f"{path} must be a readable ledger: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refusal(f"{path} must be a ledger: JSON with numbers by id") from None
    return content
