"""Renders a manuscript to PDF, DOCX, HTML and JATS: the embedded renderer.

nbclient runs the cells, pandoc and typst render, all from wheels and offline; the same
source gives the same bytes anywhere. The source is Quarto Markdown and renders with Quarto
too. Of Quarto, this is supported; anything else stops with its file and line and "not
supported by the embedded renderer":

- Header: ``title``, ``subtitle``, ``author`` (``name``, or ``given`` and ``family`` in it;
  ``affiliations``, ``email``, ``orcid``, ``corresponding``), ``affiliations``, ``abstract``,
  ``abstract-title``, ``keywords``, ``date`` (ISO; the files' date, not printed), ``lang``,
  ``bibliography``, ``csl``, ``link-citations``, ``number-sections``, ``engine: jupyter``,
  ``execute: echo``. Keys of ``_quarto.yml`` beside the manuscript count where the header is
  silent; of ``format``, these: ``typst: template-partials``, ``docx: reference-doc``. The
  template's own keys: ``title-page`` (a list of ``term`` and ``text``), ``notice`` (framed on
  the title page), ``running-head`` and ``running-note`` (at the head and foot of each page).
- Cells: fenced blocks ``{python}``, not in lists, with the options ``label``, ``tbl-cap``,
  ``fig-cap``, ``fig-alt``, ``echo``, ``output`` (true, false, asis) and ``include``. A cell
  with a label ``tbl-...`` displays a pipe table as ``text/markdown``; paragraphs after the
  table are its notes. A cell with a label ``fig-...`` displays ``image/png``; where it names
  a figure as ``application/vnd.trial.figure+json`` (``{"name": ..., "folder": ...}``), PDF
  and HTML take ``folder/name.svg`` instead. Other displays: ``text/markdown``,
  ``text/plain``.
- Shortcodes ``{{< var name >}}`` (Markdown from ``_variables.yml``), ``{{< meta key >}}`` and,
  as a line of its own, ``{{< include file >}}``; in the header, captions and tables too, but
  not in code or ``fig-alt``.
- Cross-references ``@fig-``, ``@tbl-``, ``@sec-``, alone or several in brackets; citations.
- Tables and pictures by hand: ``: Caption {#tbl-...}``, ``::: {#tbl-...}`` (a captioned table
  and its notes), ``![Caption](file){#fig-... fig-alt="..."}``.
- Divisions and attributes; ``.appendix`` is set small, tight and without line numbers,
  ``.supplement`` begins a page and keeps its displays in place; links,
  footnotes, lists, code, comments.
"""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tracedtrial.files import sha256, whole_file
from tracedtrial.rendering.errors import RenderError

if TYPE_CHECKING:
    from tracedtrial.rendering.document import Document
    from tracedtrial.rendering.pandoc import Pandoc
    from tracedtrial.rendering.source import Source

__all__ = ["RenderError", "render"]


def render(
    manuscript: Path,
    outputs: Mapping[str, Path],
    *,
    variables: Path | None = None,
    ledger: Path | None = None,
    displays: Path | None = None,
    attachments: Sequence[tuple[Path, str]] = (),
    notice: str = "",
) -> None:
    """Render `manuscript` to each path of `outputs`, keyed by format (`paths.FORMATS`).

    Parameters
    ----------
    variables : Path, optional
        Quarto's ``_variables.yml``; by default the one beside the manuscript.
    ledger : Path, optional
        The ledger that tells what HTML shows at a number.
    displays : Path, optional
        What the cells displayed when `tracedtrial.rendering.executed` ran them; by default they are
        run here.
    attachments : sequence of (Path, str)
        Files that the PDF carries, each with a line that describes it.
    notice : str, optional
        What every page says first: that this is a draft, and why.

    Raises
    ------
    RenderError
        The manuscript cannot be rendered, or an output cannot be written. No output is
        replaced then: all are, or none.
    """
    try:
        contents = rendered(
            manuscript,
            tuple(outputs),
            variables=variables or manuscript.parent / "_variables.yml",
            ledger=ledger,
            displays=displays,
            attachments=attachments,
            notice=notice,
        )
        with ExitStack() as stack:
            for format, path in outputs.items():
                stack.enter_context(whole_file(path)).write_bytes(contents[format])
    except OSError as error:
        place = error.filename or manuscript
        raise RenderError(place, None, f"cannot be written: {error.strerror}") from None


def rendered(
    manuscript: Path,
    formats: Sequence[str],
    *,
    variables: Path,
    ledger: Path | None = None,
    displays: Path | None = None,
    attachments: Sequence[tuple[Path, str]] = (),
    notice: str = "",
) -> dict[str, bytes]:
    """The bytes of each format; the cells run once, the formats are made side by side."""
    from tracedtrial.rendering import cells, document, draft, executed
    from tracedtrial.rendering.pandoc import Pandoc
    from tracedtrial.rendering.source import source

    with tempfile.TemporaryDirectory(prefix="render-") as name:
        read = source(manuscript)
        created = document.created(read, os.environ.get("SOURCE_DATE_EPOCH"))
        pandoc = Pandoc(manuscript, Path(name).resolve(), created)
        displayed = (
            executed.read_displays(read, displays)
            if displays
            else cells.outputs(read, pandoc.folder)
        )
        resolved = document.document(read, displayed, variables, tips_of(ledger), pandoc)
        resolved = draft.marked(resolved, notice)
        makers = format_makers(read, resolved, pandoc, attachments, ledger)
        with ThreadPoolExecutor() as pool:
            made = {format: pool.submit(makers[format]) for format in formats}
        return {format: future.result() for format, future in made.items()}


def tips_of(ledger: Path | None) -> dict[str, str]:
    """What HTML tells of each number; nothing without a ledger."""
    if ledger is None:
        return {}
    from tracedtrial.rendering.tips import tips

    return tips(ledger)


def format_makers(
    source: "Source",
    document: "Document",
    pandoc: "Pandoc",
    attachments: Sequence[tuple[Path, str]],
    ledger: Path | None = None,
) -> dict[str, Callable[[], bytes]]:
    """What makes the bytes of each format; each carries the ledger or its SHA-256."""
    from tracedtrial.rendering.docx import docx
    from tracedtrial.rendering.html import html
    from tracedtrial.rendering.jats import jats
    from tracedtrial.rendering.pdf import pdf

    digest = sha256(ledger) if ledger else ""
    return {
        "pdf": lambda: pdf(source, document, pandoc, attachments),
        "docx": lambda: docx(source, document, pandoc, digest),
        "html": lambda: html(document, pandoc, digest),
        "xml": lambda: jats(document, pandoc, digest),
    }
