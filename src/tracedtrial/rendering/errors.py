"""The one exception of the renderer, and the place in a source file that it names."""

import re
from pathlib import Path

from tracedtrial.refusal import Refusal


class RenderError(Refusal):
    """A manuscript cannot be rendered; the message is one line that begins with the place."""

    def __init__(self, path: Path | str, line: int | None, message: str) -> None:
        place = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{place}: {message}")


def line_of(text: str, token: str) -> int | None:
    """The first line of `text` that holds `token` as a whole word; None where none does.

    Dots and hyphens belong to a word, so ``a.b`` is not found in ``a.b.c``.
    """
    word = re.compile(rf"(?<![\w.]){re.escape(token)}(?![\w-]|\.\w)")
    return next((n for n, line in enumerate(text.split("\n"), 1) if word.search(line)), None)
