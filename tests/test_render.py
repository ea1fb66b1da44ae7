"""The embedded renderer, tried on a small manuscript of its own (`fixtures/render/`)."""

import ctypes
import os
import re
import shutil
import xml.etree.ElementTree as ElementTree
import zipfile
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest

from tracedtrial.paths import FORMATS
from tracedtrial.refusal import Refusal
from tracedtrial.rendering import RenderError, render
from tracedtrial.rendering.command import main
from tracedtrial.rendering.markdown import page
from tracedtrial.rendering.reference import write_reference

HERE = Path(__file__).parent
SHARED = HERE.parent / "manuscript"
TEMPLATE = (
    "typst-template.typ",
    "typst-show.typ",
    "vancouver.csl",
    "_quarto.yml",
    "reference.docx",
)
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

HEADER = """---
title: A title
date: 2024-02-29
number-sections: true
---

"""


def copy_of_the_sample(folder: Path) -> Path:
    shutil.copytree(HERE / "fixtures" / "render", folder, dirs_exist_ok=True)
    for name in TEMPLATE:
        shutil.copy(SHARED / name, folder)
    return folder / "manuscript.qmd"


def rendered_sample(folder: Path) -> dict[str, bytes]:
    manuscript = copy_of_the_sample(folder)
    outputs = {format: folder / "build" / f"manuscript.{format}" for format in FORMATS}
    ledger = folder / "ledger.json"
    attachments = [(ledger, "The ledger"), (folder / "references.bib", "The references")]
    render(manuscript, outputs, ledger=ledger, attachments=attachments)
    return {format: path.read_bytes() for format, path in outputs.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sample")


@pytest.fixture(scope="module")
def files(folder):
    return rendered_sample(folder)


@pytest.fixture(scope="module")
def pdf(files):
    document = pypdfium2.PdfDocument(files["pdf"])
    yield document
    document.close()


@pytest.fixture(scope="module")
def pages(pdf):
    """Each page's text on one line; a hyphen at the end of a line is a hyphen."""
    texts = [page.get_textpage().get_text_range() for page in pdf]
    return [" ".join(text.replace("\ufffe", "-").split()) for text in texts]


@pytest.fixture(scope="module")
def html(files):
    return files["html"].decode()


@pytest.fixture(scope="module")
def word(files):
    with zipfile.ZipFile(BytesIO(files["docx"])) as package:
        yield ElementTree.fromstring(package.read("word/document.xml"))


@pytest.fixture(scope="module")
def jats(files):
    return ElementTree.fromstring(files["xml"])


# What the PDF says


def test_variables_are_resolved_on_the_title_page_in_abstract_prose_caption_table_and_note(pages):
    text = " ".join(pages)
    assert "Abstract: 28 words" in pages[0]
    assert "We treated 32 patients with reconstructed data. The response rate was 48%" in pages[1]
    assert "interval 27.8–68.7). One patient" in pages[1]
    assert "In all, 32 patients were treated" in text
    assert "Table 1. Best response in 32 patients with reconstructed data." in text
    assert "Flow of 32 patients." in text
    assert "dose-limiting toxicity in 1 patient" in text
    assert "A footnote may hold 1." in text
    assert "the title is “A sample manuscript of a dose-finding trial: reconstructed data”" in text
    assert "{{" not in text and "?var" not in text


def test_cross_references_name_the_kind_and_number_of_what_they_point_to(pages):
    text = " ".join(pages)
    assert "described in Section 2 and its result in Table 1 and Figure 1." in text
    assert "see Section 2.1, and the" in text
    assert "See Table 2 and Table 1, Table 3." in text.replace(" 27 ", " ")


def test_citations_are_numbered_in_the_order_of_the_text(html):
    text = visible_text(html)
    assert "exact intervals1." in text
    assert "product limit1,2, and many authors write such reports together3." in text


def test_references_follow_vancouver(pages):
    text = " ".join(pages)
    for reference in (
        "1. Clopper CJ, Pearson ES. The use of confidence",
        "Biometrika. 1934;26:404–413.",
        "1958;53:457–481. doi:10.1080/01621459.1958.10501452",
        "Alpha A, Beta BB, Gamma G, Delta D, Epsilon E, Zeta Z, et al. A paper with seven",
        "J Samples. 2011;1:1–9.",
    ):
        assert reference in text
    assert "Not cited" not in text


def test_a_long_table_repeats_its_head_and_keeps_its_note_at_the_end(pages):
    heads = [page for page in pages if "Term Any grade Grade 3 or more" in page]
    assert len(heads) == 2
    assert "Terms are invented." in heads[1]


def test_lines_of_the_text_are_numbered_without_a_gap(pdf):
    numbers = []
    for sheet in pdf:
        text = sheet.get_textpage()
        margin = text.get_text_bounded(0, 60, 83, sheet.get_height() - 60).split()
        numbers += sorted(map(int, margin))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 20


def test_a_number_leads_to_its_provenance_entry(pdf):
    abstract = pdf[1]
    targets = [text_at(pdf, *target) for target in link_targets(pdf, abstract)]
    assert [target.split()[0] for target in targets] == [
        "population.treated.n",
        "response.orr.percent",
        "response.orr.ci",
        "dlt.n",
    ]


def test_the_pdf_claims_both_standards_and_names_itself(files, pdf):
    for claim in (
        b"<pdfaid:part>3<",
        b"<pdfaid:conformance>A<",
        b"<pdfuaid:part>1<",
        b"/Lang(en-US)",
    ):
        assert claim in files["pdf"]
    assert pdf.is_tagged()
    metadata = pdf.get_metadata_dict()
    assert metadata["Title"] == "A sample manuscript of a dose-finding trial: reconstructed data"
    assert metadata["Author"] == "Ada Example, Ben Sample"
    assert metadata["CreationDate"] == "D:20240229000000Z"


def test_the_pdf_carries_its_attachments_unchanged(folder, pdf):
    attached = [pdf.get_attachment(n) for n in range(pdf.count_attachments())]
    found = {file.get_name(): bytes(file.get_data()) for file in attached}
    expected = ("ledger.json", "references.bib")
    assert found == {name: (folder / name).read_bytes() for name in expected}


def test_source_date_epoch_takes_precedence_over_the_date(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    made = pypdfium2.PdfDocument(small_pdf(tmp_path, "Text."))
    assert made.get_metadata_dict()["CreationDate"] == "D:19700101000000Z"
    made.close()


# The other formats


def test_the_docx_numbers_lines_and_repeats_table_heads(word):
    assert word.find(f".//{WORD}sectPr/{WORD}lnNumType") is not None
    for table in word.iter(f"{WORD}tbl"):
        assert table.find(f"{WORD}tr/{WORD}trPr/{WORD}tblHeader") is not None


def test_the_docx_has_captions_and_references_that_word_can_renew(word):
    fields = [field.get(f"{WORD}instr").split() for field in word.iter(f"{WORD}fldSimple")]
    bookmarks = {mark.get(f"{WORD}name") for mark in word.iter(f"{WORD}bookmarkStart")}
    assert [field[1] for field in fields if field[0] == "SEQ"] == [
        "Table",
        "Figure",
        "Table",
        "Table",
    ]
    assert {field[1] for field in fields if field[0] == "REF"} <= bookmarks


def test_a_number_of_the_docx_is_a_link_to_a_bookmark_of_at_most_40_characters(word):
    bookmarks = {mark.get(f"{WORD}name") for mark in word.iter(f"{WORD}bookmarkStart")}
    anchors = {link.get(f"{WORD}anchor") for link in word.iter(f"{WORD}hyperlink")} - {None}
    assert "n-response-orr-percent" in anchors
    assert anchors <= bookmarks
    assert max(map(len, anchors)) <= 40


def test_the_docx_names_its_authors_and_carries_its_running_note(files):
    with zipfile.ZipFile(BytesIO(files["docx"])) as package:
        assert b"<dc:creator>Ada Example; Ben Sample</dc:creator>" in package.read(
            "docProps/core.xml"
        )
        assert b"All patient data are reconstructed;" in package.read("word/footer1.xml")
        assert {entry.date_time for entry in package.infolist()} == {(2024, 2, 29, 0, 0, 0)}


def test_the_reference_document_is_the_one_that_its_parts_make(tmp_path):
    write_reference(tmp_path / "reference.docx")
    assert (tmp_path / "reference.docx").read_bytes() == (SHARED / "reference.docx").read_bytes()


def test_the_html_asks_for_nothing_and_a_number_tells_its_origin(html):
    elements = Elements(html)
    assert not [tag for tag, _ in elements.all if tag in ("script", "link", "iframe")]
    assert all(at["src"].startswith("data:") for tag, at in elements.all if tag == "img")
    tips = {at["href"]: at.get("data-tip") for _, at in elements.all if at.get("class") == "number"}
    assert tips["#n-response-orr-percent"] == (
        "response.orr.percent\nvalue: 48 %\nn/N: 12/25\npopulation: evaluable\n"
        "method: patients / population"
    )
    assert "value: 27.7970869, 68.6945599 %" in tips["#n-response-orr-ci"]


def test_links_of_the_html_and_the_jats_lead_somewhere(html, jats):
    elements = Elements(html).all
    known = {at.get("id") for _, at in elements}
    assert {at["href"][1:] for tag, at in elements if tag == "a" and at["href"][0] == "#"} <= known
    known = {element.get("id") for element in jats.iter()}
    assert {xref.get("rid") for xref in jats.iter("xref")} <= known


def test_the_jats_has_tables_figures_and_references_as_such(jats):
    assert [e.findtext("label") for e in jats.iter("table-wrap")] == [
        "Table 1",
        "Table 2",
        "Table 3",
    ]
    assert [e.findtext("label") for e in jats.iter("fig")] == ["Figure 1"]
    assert jats.findtext(".//fig/alt-text").startswith("A bar chart with three bars")
    assert [e.get("id") for e in jats.iter("ref")] == [
        "ref-clopper1934",
        "ref-kaplan1958",
        "ref-many2011",
    ]
    assert "We treated" in jats.findtext("front/article-meta/abstract/p")


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_says_that_the_data_are_reconstructed(format, pages, word, html, jats):
    texts = {"pdf": pages[0], "docx": "".join(word.itertext()), "html": html}
    texts["xml"] = "".join(jats.itertext())
    assert "Reconstructed data." in texts[format]


# The same bytes, and whole or not at all


def test_another_folder_zone_locale_and_home_give_the_same_bytes(files, tmp_path, monkeypatch):
    changes = {
        "TZ": "Asia/Tokyo",
        "LANG": "C",
        "PYTHONHASHSEED": "7",
        "HOME": str(tmp_path / "none"),
    }
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    again = rendered_sample(tmp_path / "elsewhere" / "deep")
    assert [format for format in FORMATS if again[format] != files[format]] == []
    assert not (tmp_path / "none").exists()


def test_nothing_is_left_beside_the_manuscript(folder, files):
    expected = {path.name for path in (HERE / "fixtures" / "render").iterdir()} - {"__pycache__"}
    assert {path.name for path in folder.iterdir()} == expected | set(TEMPLATE) | {"build"}
    assert {path.name for path in (folder / "build").iterdir()} == {
        f"manuscript.{f}" for f in FORMATS
    }


def test_a_failure_leaves_the_previous_outputs_as_they_were(tmp_path):
    outputs = {format: tmp_path / f"out.{format}" for format in ("html", "pdf")}
    for path in outputs.values():
        path.write_bytes(b"previous")
    head = "| " + " | ".join("A" * 30 for _ in range(6)) + " |\n"
    wide = head + "|" + "---|" * 6 + "\n\n: Wide. {#tbl-wide}\n"
    with pytest.raises(RenderError, match=r"manuscript\.qmd:11: table too wide: tbl-wide$"):
        render(small_manuscript(tmp_path, wide), outputs)
    assert {path.read_bytes() for path in outputs.values()} == {b"previous"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_an_output_that_cannot_be_written_leaves_the_others_as_they_were(tmp_path):
    (tmp_path / "good.html").write_bytes(b"previous")
    (tmp_path / "file").write_bytes(b"")
    outputs = {"html": tmp_path / "good.html", "xml": tmp_path / "file" / "bad.xml"}
    with pytest.raises(Refusal) as refused:
        render(small_manuscript(tmp_path, "Text."), outputs)
    assert str(refused.value) == f"{outputs['xml']} cannot be written: File exists"
    assert (tmp_path / "good.html").read_bytes() == b"previous"


# What is refused


NOT = "is not supported by the embedded renderer"

REFUSED = {
    "Text {{< var a.c >}}.": "8: unknown variable 'a.c'",
    "Text {{< var a >}}.": "8: unknown variable 'a'",
    "Text {{< meta nothing >}}.": "8: unknown metadata key 'nothing'",
    "Text {{< pagebreak >}}.": f"8: shortcode 'pagebreak' {NOT}",
    "Text {{< var a.b.": "8: a shortcode is not in the form {{< name argument >}}",
    "It is `{{< var a.b >}}`.": f"8: a shortcode in code {NOT}",
    "{{< include none.md >}}": "8: cannot include 'none.md': no such file",
    "Text {{< include inner.md >}}.": "8: an include must be a paragraph of its own",
    "See @tbl-none.": "8: unknown cross-reference '@tbl-none'",
    "See @fig-none.": "8: unknown cross-reference '@fig-none'",
    "See @sec-none.": "8: unknown cross-reference '@sec-none'",
    "See @eq-one.": f"8: cross-reference '@eq-one' {NOT}",
    "# A {#sec-a}\n\n[@sec-a; @smith].": f"10: citations mixed with cross-references {NOT}",
    "# A {#sec-a}\n\n[@sec-a, p. 3].": f"10: text after '@sec-a' in brackets {NOT}",
    "So it is [@smith].": "8: unknown citation '@smith'",
    "See [there](#nowhere).": "8: a link to '#nowhere', which is nowhere",
    "# A {#a}\n\n# B {#a}": "8: identifier 'a' is used twice",
    "![A](none.png){#fig-a fig-alt='A.'}": "8: no such picture 'none.png'",
    "![A](none.png){#fig-a}": "8: picture 'none.png' has no fig-alt",
    "::: {#tbl-a}\nText.\n:::": "8: division 'tbl-a' does not begin with a table",
    "It is $x^2$.": f"8: TeX mathematics 'x^2' {NOT}",
    "It is <b>bold</b>.": f"8: raw HTML '<b>' {NOT}",
    "<div>\nA\n</div>": f"8: raw HTML '<div>' {NOT}",
    "::: {.callout-note}\nA\n:::": f"8: division '.callout-note' {NOT}",
    "::: {.panel-tabset}\nA\n:::": f"8: division '.panel-tabset' {NOT}",
    "::: {#fig-a layout-ncol=2}\nA\n:::": f"8: division '#fig-a' {NOT}",
    "```{=typst}\nA\n```": f"8: raw '{{=typst}}' {NOT}",
    "It is `{python} 1 + 1`.": f"8: inline code '{{python}}' {NOT}",
    "```{python}\n#| label: fig-a\nfrom tracedtrial.displays import figure\nfigure('none')\n```": (
        "8: no such picture '../figures/none.png'"
    ),
    "```{r}\n1\n```": f"8: code cell '{{r}}' {NOT}",
    "```{python}\n#| fig-width: 3\n1\n```": f"9: cell option 'fig-width' {NOT}",
    "```{python}\n#| label: [\n1\n```": "10: not valid YAML: ",
    "- A\n\n  ```{python}\n  1\n  ```": f"10: a code cell in a list or quotation {NOT}",
    "```{python}\n#| label: a\n```\n\n```{python}\n#| label: a\n```": (
        "12: 'a' is already the label of the cell at line 8"
    ),
}


@pytest.mark.parametrize("body", REFUSED, ids=list(REFUSED.values()))
def test_it_is_refused(tmp_path, body):
    (tmp_path / "inner.md").write_text("Inner.\n")
    assert refusal(tmp_path, body).startswith(f"manuscript.qmd:{REFUSED[body]}")


def test_a_fault_in_an_included_file_is_named_there(tmp_path):
    (tmp_path / "inner.md").write_text("First.\n\nThen {{< var none >}}.\n")
    assert refusal(tmp_path, "{{< include inner.md >}}") == "inner.md:3: unknown variable 'none'"
    (tmp_path / "inner.md").write_text("{{< include inner.md >}}\n")
    message = "inner.md:1: cannot include 'inner.md': it includes itself"
    assert refusal(tmp_path, "{{< include inner.md >}}") == message


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("filters: [a.lua]", f"2: header key 'filters' {NOT}"),
        ("execute:\n  freeze: true", f"3: header key 'freeze' {NOT}"),
        ("engine: knitr", f"2: header key 'engine' {NOT}"),
        ("author: [", "3: not valid YAML: "),
        ("date: yesterday", "2: date must be a date (YYYY-MM-DD), but got 'yesterday'"),
        ("abstract: '{{< var none >}}'\ndate: 2024-01-01", "2: unknown variable 'none'"),
    ],
)
def test_a_header_is_refused(tmp_path, key, message):
    path = small_manuscript(tmp_path, "")
    path.write_text(f"---\n{key}\n---\n\nText.\n")
    with pytest.raises(RenderError) as caught:
        render(path, {"xml": tmp_path / "out.xml"})
    assert str(caught.value).startswith(f"{path}:{message}")


def test_a_cell_that_raises_stops_with_its_line_and_its_last_words(tmp_path):
    body = "Text.\n\n```{python}\nraise ValueError('one\\ntwo')\n```"
    assert refusal(tmp_path, body) == "manuscript.qmd:10: the cell raised ValueError: two"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("#| label: tbl-a\n1", "9: the output of cell 'tbl-a' does not begin with a table"),
        ("#| label: fig-a\n#| fig-alt: A\n1", "9: the output of cell 'fig-a' is no picture"),
        ("print('a')", f"8: printing without 'output: asis' {NOT}"),
    ],
)
def test_a_cell_with_the_wrong_output_is_refused(tmp_path, code, message):
    assert refusal(tmp_path, f"```{{python}}\n{code}\n```") == f"manuscript.qmd:{message}"


def test_cells_are_fenced_blocks_only():
    text = "```{python}\n#| label: a\n1\n```\n\n````markdown\n```{python}\n2\n```\n````\n"
    found = page(Path("a.qmd"), text)
    assert [(cell.label, cell.first, cell.last) for cell in found.cells] == [("a", 1, 4)]
    assert found.text.count("\n") == text.count("\n")


# The command line


def test_the_command_line_says_a_refusal_on_one_line(tmp_path, capsys, monkeypatch):
    small_manuscript(tmp_path, "Text {{< var none >}}.")
    monkeypatch.chdir(tmp_path)
    assert main(["--manuscript", "manuscript.qmd", "--xml", "out.xml"]) == 2
    assert capsys.readouterr().err == "manuscript.qmd:8: unknown variable 'none'\n"
    assert not Path("out.xml").exists()


def test_the_command_line_writes_what_is_asked_for(tmp_path):
    path = small_manuscript(tmp_path, "Text {{< var a.b >}}.")
    arguments = ["--manuscript", str(path), "--pdf", str(tmp_path / "new" / "out.pdf")]
    assert main([*arguments, "--attach", f"{path}=The source"]) == 0
    assert (tmp_path / "new" / "out.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_the_command_line_wants_an_output(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--manuscript", "manuscript.qmd"])
    assert caught.value.code == 2
    assert "no output was asked for" in capsys.readouterr().err


# Reading back


def small_manuscript(folder: Path, body: str) -> Path:
    """A manuscript without a bibliography, whose body begins at line 8."""
    for name in ("typst-template.typ", "typst-show.typ"):
        shutil.copy(SHARED / name, folder)
    (folder / "_variables.yml").write_text("a:\n  b: '[1](https://example.org)'\n")
    path = folder / "manuscript.qmd"
    path.write_text(f"{HEADER}\n{body}\n")
    return path


def small_pdf(folder: Path, body: str) -> bytes:
    render(small_manuscript(folder, body), {"pdf": folder / "out.pdf"})
    return (folder / "out.pdf").read_bytes()


def refusal(folder: Path, body: str) -> str:
    """The message that stops a small manuscript, its path relative to the folder."""
    with pytest.raises(RenderError) as caught:
        render(small_manuscript(folder, body), {"xml": folder / "out.xml"})
    assert not (folder / "out.xml").exists()
    return str(caught.value).removeprefix(str(folder) + os.sep)


class Elements(HTMLParser):
    """The start tags of a page with their attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.all.append((tag, dict(attributes)))


def visible_text(html: str) -> str:
    body = html[html.index("<body>") :]
    parser = HTMLParser()
    texts: list[str] = []
    parser.handle_data = texts.append
    parser.feed(body)
    return " ".join("".join(texts).split())


def link_targets(pdf, page) -> list[tuple[int, float]]:
    """Page number and height of the place that each link of a page leads to."""
    raw = pypdfium2.raw
    place, link, targets = ctypes.c_int(0), raw.FPDF_LINK(), []
    while raw.FPDFLink_Enumerate(page, ctypes.byref(place), ctypes.byref(link)):
        target = raw.FPDFLink_GetDest(pdf, link)
        has = [raw.FPDF_BOOL() for _ in range(3)]
        values = [raw.FS_FLOAT() for _ in range(3)]
        raw.FPDFDest_GetLocationInPage(target, *map(ctypes.byref, has + values))
        targets.append((raw.FPDFDest_GetDestPageIndex(pdf, target), values[1].value))
    return targets


def text_at(pdf, number: int, top: float) -> str:
    """The line that a link leads to; typst's destinations lie 10 points above it."""
    page = pdf[number]
    return page.get_textpage().get_text_bounded(0, top - 17, page.get_width(), top - 10)


# The supplement

SUPPLEMENT = (
    HEADER
    + """# One {#sec-one}

See @tbl-main, @tbl-supp-first, @tbl-supp-next, and @tbl-last.

| a | b |
|---|---|
| x | y |

: Main. {#tbl-main}

| a | b |
|---|---|
| x | y |

: First of the supplement. {#tbl-supp-first}

| a | b |
|---|---|
| x | y |

: Next of the supplement. {#tbl-supp-next}

| a | b |
|---|---|
| x | y |

: Last of the article. {#tbl-last}
"""
)


def test_displays_of_the_supplement_are_numbered_in_their_own_series_in_every_format(tmp_path):
    manuscript = copy_of_the_sample(tmp_path)
    manuscript.write_text(SUPPLEMENT)
    outputs = {format: tmp_path / f"out.{format}" for format in FORMATS}
    render(manuscript, outputs)
    with zipfile.ZipFile(outputs["docx"]) as package:
        word = ElementTree.fromstring(package.read("word/document.xml"))
    pdf = pypdfium2.PdfDocument(outputs["pdf"])
    texts = {
        "docx": "\n".join("".join(p.itertext()) for p in word.iter(f"{WORD}p")),
        "html": re.sub(r"<[^>]+>", "", outputs["html"].read_text()),
        "pdf": " ".join(" ".join(page.get_textpage().get_text_range() for page in pdf).split()),
    }
    pdf.close()
    for text in texts.values():
        text = " ".join(text.replace("\u00a0", " ").split())
        assert "See Table 1, Table S1, Table S2, and Table 2." in text
        for caption in ("1. Main", "S1. First", "S2. Next", "2. Last"):
            assert f"Table {caption}" in text
    jats = ElementTree.fromstring(outputs["xml"].read_bytes())
    assert [table.findtext("label") for table in jats.iter("table-wrap")] == [
        "Table 1",
        "Table S1",
        "Table S2",
        "Table 2",
    ]
