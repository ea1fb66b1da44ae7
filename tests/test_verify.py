"""`tracedtrial.checks.verify`: every numeral of a rendered file accounted for, at its place."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
import typst

from tracedtrial.checks.terms import term_spans
from tracedtrial.checks.verify import report, verified
from tracedtrial.checks.verify.__main__ import main
from tracedtrial.checks.verify.displays import _beside
from tracedtrial.checks.verify.pieces import compact, stands
from tracedtrial.record.ledger.entries import provenance
from tracedtrial.record.ledger.variables import variables_yaml
from tracedtrial.refusal import Refusal
from tracedtrial.rendering import render

HERE = Path(__file__).parent
SHARED = HERE.parent / "manuscript"
FORMATS = ("pdf", "docx", "html", "xml")

SOURCE = """\
---
title: A small trial
author:
  - name: Ada Author
    affiliations:
      - name: A Place
date: 2024-02-29
lang: en-US
title-page:
  - term: Words
    text: "text, {{< var document.text.words >}}"
running-head: A small trial
running-note: Synthetic data.
abstract: >-
  Of {{< var population.n >}} patients in phase {{< var trial.phase >}},
  {{< var response.percent >}} responded and {{< var population.n_words >}} were treated.
number-sections: true
link-citations: true
bibliography: references.bib
csl: vancouver.csl
---

# Methods {#sec-methods}

The phase II dose is a name [@kaplan1958]. Intervals follow another work [@clopper1934], and the
limits were {{< var response.ci >}}. Another {{< var response.percent >}} is printed.

## Tables {#sec-tables}

@tbl-one and @fig-one show it (@sec-methods).

```{python}
#| label: tbl-one
#| tbl-cap: "Responses of {{< var population.n >}} patients."
#| echo: false
from shown import figure, table

table("responses")
```

```{python}
#| label: fig-one
#| fig-cap: "The curve of {{< var population.n >}} patients."
#| fig-alt: A curve.
#| echo: false
figure("curve")
```

# References {.unnumbered}

::: {#refs}
:::

::: {.appendix}
# Provenance {#sec-provenance .unnumbered}

{{< include _provenance.md >}}
:::
"""
SHOWN = """\
from pathlib import Path

from IPython.display import Markdown


def table(name):
    return Markdown(Path("table.md").read_text())


class Figure:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/png": Path("../figures/curve.png").read_bytes(),
                "application/vnd.trial.figure+json": {"name": "curve", "folder": "../figures"}}


def figure(name):
    return Figure()
"""
TABLE = """\
| Response | Level 7 (n = 25) | All |
|:---------|:-----------------|:----|
| Yes      | 12 (48)          | 13  |
| 95% CI   | 27.8–68.7%       |     |
| Grade 2  |                  | 25  |

In 25 patients.
"""
GRID = {
    "name": "responses",
    "columns": [
        {"text": "Response"},
        {
            "text": "Level 7 (n = 25)",
            "ids": ["population.n"],
            "texts": ["25"],
            "origin": "levels.A.label",
        },
        {"text": "All"},
    ],
    "rows": [
        {
            "level": 0,
            "label": {"text": "Yes"},
            "cells": [
                {
                    "text": "12 (48)",
                    "ids": ["response.n", "response.percent"],
                    "texts": ["12", "48"],
                },
                {"text": "13", "ids": ["all.n"], "texts": ["13"]},
            ],
        },
        {
            "level": 0,
            "label": {"text": "95% CI", "ids": ["level.percent"], "texts": ["95%"]},
            "cells": [
                {"text": "27.8–68.7%", "ids": ["response.ci"], "texts": ["27.8–68.7%"]},
                {"text": ""},
            ],
        },
        {
            "level": 0,
            "label": {"text": "Grade 2", "origin": "grades"},
            "cells": [{"text": ""}, {"text": "25", "ids": ["population.n"], "texts": ["25"]}],
        },
    ],
    "notes": [{"text": "In 25 patients.", "ids": ["population.n"], "texts": ["25"]}],
}
TEXTS = [
    {"panel": "a", "kind": "axis tick", "text": "50"},
    {"panel": "a", "kind": "legend", "text": "Level 7", "origin": "levels.A.label"},
    {
        "panel": "a",
        "kind": "ledger",
        "text": "12 of 25",
        "ids": ["response.n", "population.n"],
        "texts": ["12", "25"],
    },
]
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200" viewBox="0 0 400 200">
<rect width="400" height="200" fill="#fff"/><path d="M20 180L200 {} L380 20" stroke="#000"
 stroke-width="4" fill="none"/></svg>
"""
BIB = """\
@article{kaplan1958, author = {Kaplan, E. L. and Meier, P.}, title = {Nonparametric estimation},
  journal = {J Am Stat Assoc}, year = {1958}, volume = {53}, pages = {457--481}}
@article{clopper1934, author = {Clopper, C. J. and Pearson, E. S.}, title = {Confidence limits},
  journal = {Biometrika}, year = {1934}, volume = {26}, pages = {404--413}}
"""


def row(text, value, **more):
    kept = {
        "text": text,
        "forms": {},
        "value": value,
        "statistic": "count",
        "unit": "",
        "population": "treated",
        "n": 12,
        "denominator": 25,
        "method": "count of patients",
        "reference": "",
        "keys": {},
        "parents": [],
        "source": "data",
        "section": "populations",
        "functions": [
            {
                "module": "a",
                "name": "f",
                "file": "a/b.py",
                "first_line": 11,
                "last_line": 19,
                "sha256": "",
            }
        ],
        "records": {"supports": {"count": 31, "patients": 12, "digest": ""}},
        "inputs": {},
    }
    return kept | more


NUMBERS = {
    "population.n": row("25", 25, forms={"words": "twenty-five"}),
    "trial.phase": row("I/II", "I/II", source="protocol", n=None, denominator=None, records={}),
    "response.n": row("12", 12),
    "response.percent": row("48%", 48.0, forms={"bare": "48"}),
    "response.ci": row("27.8–68.7%", [27.79688, 68.70102]),
    "document.text.words": row("1,234", 1234, source="document"),
    "all.n": row("13", 13),
    "level.percent": row("95%", 95),
}
USED = [
    "population.n",
    "trial.phase",
    "response.percent",
    "response.ci",
    "document.text.words",
    "population.n_words",
]


def png(path: Path, shift: int = 0) -> None:
    from PIL import Image

    picture = Image.new("RGB", (400, 200), "white")
    picture.paste((0, 0, 0), (20 + shift, 20, 60 + shift, 180))
    picture.save(path)


def write_trial(folder: Path) -> None:
    manuscript, figures = folder / "manuscript", folder / "figures"
    for made in (
        manuscript,
        figures,
        folder / "analysis",
        folder / "build/tables",
        folder / "build/figures",
    ):
        made.mkdir(parents=True)
    for name in (
        "typst-template.typ",
        "typst-show.typ",
        "vancouver.csl",
        "_quarto.yml",
        "reference.docx",
    ):
        shutil.copy(SHARED / name, manuscript)
    ids = list(dict.fromkeys(name.removesuffix("_words") for name in USED))
    written = {
        "manuscript/manuscript.qmd": SOURCE,
        "manuscript/shown.py": SHOWN,
        "manuscript/table.md": TABLE,
        "manuscript/references.bib": BIB,
        "manuscript/terms.yml": "terms:\n  - {term: phase II, reason: a name}\n",
        "manuscript/_variables.yml": variables_yaml(USED, NUMBERS),
        "manuscript/_provenance.md": provenance(ids, NUMBERS),
        "analysis/protocol.yaml": "levels: {A: {label: level 7}}\ngrades: [2, 3]\n",
        "figures/curve.svg": SVG.format(60),
        "build/ledger.json": json.dumps({"numbers": NUMBERS}),
        "build/tables/responses.ids.json": json.dumps(GRID),
        "build/figures/curve.texts.json": json.dumps(TEXTS),
    }
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    png(figures / "curve.png")


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    """A small trial's folder, built and rendered; its PDF's typst source is kept beside."""
    folder = tmp_path_factory.mktemp("trial")
    write_trial(folder)
    compiler = typst.Compiler

    def keeping(*, input, root, **settings):
        shutil.copytree(root, folder / "typst")
        (folder / "typst" / "main.typ").write_bytes(input)
        return compiler(input=input, root=root, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typst, "Compiler", keeping)
        outputs = {format: folder / "build" / f"manuscript.{format}" for format in FORMATS}
        ledger = folder / "build" / "ledger.json"
        render(
            folder / "manuscript" / "manuscript.qmd",
            outputs,
            ledger=ledger,
            attachments=[(ledger, "The ledger")],
        )
    return folder


@pytest.fixture
def faults(trial, tmp_path):
    """Findings, without the file's name, in a format's file with some of its text replaced."""

    def found(format, old="", new="", count=1):
        path = tmp_path / f"manuscript.{format}"
        path.write_bytes(changed(trial, format, old, new, count))
        found = verified(path, trial).findings
        return [str(finding).removeprefix(f"{path}").removeprefix(", ") for finding in found]

    return found


def changed(trial, format, old, new, count):
    original = trial / "build" / f"manuscript.{format}"
    if format == "pdf":
        return typeset(trial, old, new, count)
    if format == "docx":
        return rezipped(original, old, new, count)
    text = original.read_text(encoding="utf-8")
    assert re.search(old, text)
    return re.sub(old, new, text, count=count).encode()


def typeset(trial, old, new, count):
    folder = trial / "typst"
    text = (folder / "main.typ").read_text(encoding="utf-8")
    head, mark, body = text.partition("#show: body =>")
    assert re.search(old, body)
    source = head + mark + re.sub(old, new, body, count=count)
    compiler = typst.Compiler(input=source.encode(), root=str(folder), ignore_system_fonts=True)
    return compiler.compile(format="pdf")


def rezipped(original, old, new, count, name="word/document.xml"):
    from io import BytesIO

    made = BytesIO()
    with zipfile.ZipFile(original) as archive, zipfile.ZipFile(made, "w") as copy:
        for entry in archive.namelist():
            contents = archive.read(entry)
            if entry == name:
                text = contents.decode()
                assert re.search(old, text)
                contents = re.sub(old, new, text, count=count).encode()
            copy.writestr(entry, contents)
    return made.getvalue()


# By hand


@pytest.mark.parametrize("format", FORMATS)
def test_every_numeral_of_a_rendered_file_is_accounted_for(faults, format):
    assert faults(format) == []


def test_the_report_counts_each_class(trial):
    # Ledger: 1 on the title page, 4 in the abstract, 2 in prose, 1 in each of two captions, 8 in
    # the table with head and note, 2 in the figure.
    account = verified(trial / "build" / "manuscript.html", trial)
    assert account.counts["terms"] == 4  # phase II, Level 7 twice, Grade 2
    assert account.counts["ledger"] == 19
    assert re.fullmatch(
        r"\d+ numerals: 19 ledger, \d+ provenance, 4 terms, \d+ structural, "
        "0 orphans",
        report(account),
    )


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "old, new, id",
    [
        ("48%", "49%", "response.percent"),
        ("twenty-five", "twenty-four", "population.n"),
        ("I/II", "I/III", "trial.phase"),
        ("1,234", "1,235", "document.text.words"),
    ],
)
def test_an_altered_number_is_named_with_the_id_that_it_links_to(faults, format, old, new, id):
    before, after = "[]" if format == "pdf" else "><"
    lines = faults(format, re.escape(before + old + after), before + new + after)
    assert any(f"'{new}' is linked to {id}, which prints" in line for line in lines)


@pytest.mark.parametrize("format", FORMATS)
def test_an_altered_number_is_missed_where_the_source_uses_it(faults, format):
    before, after = "[]" if format == "pdf" else "><"
    lines = faults(format, re.escape(f"{before}48%{after}"), f"{before}49%{after}")
    assert any(
        line.endswith("response.percent '48%' is used 2 times in the source, but shown 1 times")
        for line in lines
    )


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "cell, where",
    [
        ("12.?\\(48\\)", "table responses, row 'Yes', column 'Level 7 (n = 25)' for '12 (48)'"),
        ("13", "table responses, row 'Yes', column 'All' for '13'"),
        ("In 25 patients", "table responses, note for 'In 25 patients.'"),
    ],
)
def test_an_altered_cell_is_named_with_its_row_and_column(faults, format, cell, where):
    lines = faults(format, f"(?<=[>\\[]){cell}", "17 (68)")
    assert any(f"stands in {where}" in line for line in lines)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "old, new, wanted",
    [
        ("n/N 12/25", "n/N 12/26", "n/N 12/25"),
        ("value 27.79688", "value 27.79689", "value 27.79688"),
        ("supports 31", "supports 32", "records: supports 31 (12 patients)"),
    ],
)
def test_an_altered_provenance_entry_is_named_with_its_field(faults, format, old, new, wanted):
    assert any(
        " stands at " in line and wanted in line
        for line in faults(format, old.replace(" ", r"\s"), new)
    )


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("word", ["31%", "three", "phase III", "half"])
def test_a_typed_numeral_is_an_orphan(faults, format, word):
    token = word.removeprefix("phase ")
    lines = faults(format, r"is\s+a\s+name", f"is {word} a name")
    assert [line for line in lines if f"'{token}' is accounted for by nothing" in line]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "old, new",
    [("1934;26:404", "1934;27:404"), ("1958;53", "1985;53"), (r"457(–|--)481", "457–482")],
)
def test_the_reference_list_is_compared_with_the_bibliography(faults, format, old, new):
    old = old.replace(";", r"\\?;")
    assert any("stands in reference" in line for line in faults(format, old, new))


@pytest.mark.parametrize(
    "format, old, new, message",
    [
        ("html", ">2</a></sup>", ">1</a></sup>", "must be '2', as its citation says"),
        ("html", ">1.1</span>", ">1.2</span>", "must be '1.1', as its heading number says"),
        ("html", "Table\u00a01.</strong>", "Table\u00a02.</strong>", "as its caption number says"),
        (
            "html",
            "Table\u00a01</a>",
            "Table\u00a02</a>",
            "must be 'Table 1', as its cross-reference",
        ),
        (
            "html",
            "Section\u00a01<",
            "Section\u00a03<",
            "must be 'Section 1', as its cross-reference",
        ),
        ("html", "<sup>1</sup> A", "<sup>2</sup> A", "'2' is accounted for by nothing"),
        ("html", 'data-number="1"', 'data-number="2"', "must be '1', which it repeats"),
        ("html", "n/N: 12/25", "n/N: 12/26", "stands at document.text.words for 'n/N: 12/25'"),
        ("html", 'alt="A curve."', 'alt="3 curves"', "'3' is accounted for by nothing"),
        ("xml", "<label>1.1</label>", "<label>1.2</label>", "must be '1.1', as its label says"),
        ("xml", 'alt="48%"', 'alt="47%"', "must be '48%', which it repeats"),
        ("xml", "<day>29</day>", "<day>28</day>", "must be '29', as its date says"),
        ("pdf", r"Table(~| |\u00a0)1", "Table 2", "must be 'Table1', as the source refers to it"),
        (
            "pdf",
            r"Section(~| |\u00a0)1",
            "Section 2",
            "must be 'Section 1', as its cross-reference",
        ),
        ("docx", ">1.1<", ">1.2<", "must be '1.1', as its heading number says"),
        (
            "docx",
            '(?<=ARABIC "><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">)1',
            "3",
            "must be '1', as its caption number says",
        ),
        ("docx", 'descr="A curve."', 'descr="3 curves"', "'3' is accounted for by nothing"),
    ],
)
def test_what_the_structure_counts_must_be_as_it_counts(faults, format, old, new, message):
    assert any(message in line for line in faults(format, old, new))


def test_page_and_line_numbers_must_follow_each_other(trial, tmp_path):
    template = trial / "typst" / "templates"
    assert template.is_dir()
    text = (trial / "typst" / "main.typ").read_text(encoding="utf-8")
    for old, new, what in (
        ("str(number)", "str(number + 1)", "line number"),
        ('counter(page).display("1")', "str(7)", "page number"),
    ):
        assert old in text
        compiler = typst.Compiler(
            input=text.replace(old, new, 1).encode(),
            root=str(trial / "typst"),
            ignore_system_fonts=True,
        )
        path = tmp_path / "manuscript.pdf"
        path.write_bytes(compiler.compile(format="pdf"))
        assert any(f"as its {what} says" in str(found) for found in verified(path, trial).findings)


@pytest.mark.parametrize("format", FORMATS)
def test_another_picture_than_the_built_one_is_found(trial, tmp_path, format):
    folder = tmp_path / "trial"
    shutil.copytree(trial, folder)
    (folder / "figures" / "curve.svg").write_text(SVG.format(70), encoding="utf-8")
    png(folder / "figures" / "curve.png", shift=3)
    if format == "xml":
        png(folder / "build" / "curve.png")
    path = folder / "build" / f"manuscript.{format}"
    assert [str(found) for found in verified(path, folder).findings] == [
        f"{path}, Figure 1: the picture must be figures/curve as the build drew it, "
        "but is another or none"
    ]


def test_a_text_of_a_figure_that_is_no_number_of_the_ledger_is_an_orphan(trial, tmp_path):
    folder = tmp_path / "trial"
    shutil.copytree(trial, folder)
    texts = [
        {"panel": "b", "kind": "ledger", "text": "13 of 25", "ids": ["response.n"], "texts": ["13"]}
    ]
    (folder / "build/figures/curve.texts.json").write_text(json.dumps(texts))
    path = folder / "build" / "manuscript.html"
    assert [finding.token for finding in verified(path, folder).findings] == ["13", "25"]


def test_a_table_that_is_not_shown_is_missed(faults):
    lines = faults("html", '<figure id="tbl-one">', '<figure id="tbl-two">')
    assert "Table 1 (responses) is not shown" in [line.removeprefix(": ") for line in lines]


def test_a_text_that_differs_takes_what_lies_between_its_neighbours():
    found = stands("one two\nthree 4 five", ["one", "twofold", "three", "4", "five"])
    assert [(each.start, each.end, each.equal) for each in found] == [
        (0, 3, True),
        (4, 7, False),
        (8, 13, True),
        (14, 15, True),
        (16, 20, True),
    ]
    assert compact("27.8–\n68.7 %") == "27.8–68.7%"


# Refusals


def minimal_pdf(*, text: str = "", encrypted: bool = False) -> bytes:
    """A PDF of one page, with a text or without, and with a password if encrypted."""
    stream = f"BT /F 12 Tf 20 20 Td ({text}) Tj ET" if text else "0 0 50 50 re f"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources "
        "<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{'00' * 32}> /U <{'11' * 32}> >>",
    ]
    out, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    secret = f"/Encrypt 5 0 R /ID [<{'22' * 16}> <{'22' * 16}>]" if encrypted else ""
    return (
        f"{out}xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R {secret} "
        f">>\nstartxref\n{len(out)}\n%%EOF\n"
    ).encode()


@pytest.mark.parametrize(
    "name, contents, message",
    [
        (
            "a.pdf",
            minimal_pdf(encrypted=True),
            "must be a PDF that opens without a password, but is encrypted",
        ),
        (
            "a.pdf",
            minimal_pdf(),
            "must have text on every page, but page 1 has none: images cannot be read",
        ),
        ("a.pdf", minimal_pdf(text="A")[:-40], "must be a whole PDF, but is truncated"),
        ("a.pdf", b"no PDF", "must be a PDF, but does not begin as one"),
        ("a.docx", b"no zip", "must be a DOCX, but is no whole zip archive"),
        (
            "a.html",
            b"<p>No anchors, 48%.</p>",
            "must have the anchors of the provenance entries, but has none",
        ),
        ("a.html", b"", "must be an HTML file, but is empty"),
        ("a.xml", b"<article><p>48%", "must be well-formed XML: "),
        ("a.xml", b"<book/>", "must be a JATS article, but its root is 'book'"),
        ("a.xml", b"<article/>", "must have the anchors of the provenance entries, but has none"),
        ("a.txt", b"48%", "must be named .pdf, .docx, .html, .xml"),
    ],
)
def test_an_unreadable_file_is_refused_in_one_line(trial, tmp_path, name, contents, message):
    path = tmp_path / name
    path.write_bytes(contents)
    with pytest.raises(Refusal) as refused:
        verified(path, trial)
    assert str(refused.value).startswith(f"{path} {message}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("format", ["pdf", "docx", "html", "xml"])
def test_a_file_of_another_build_is_refused(trial, tmp_path, format):
    folder = tmp_path / "trial"
    shutil.copytree(trial, folder)
    (folder / "build/ledger.json").write_text(json.dumps({"numbers": NUMBERS}, indent=1))
    path = folder / "build" / f"manuscript.{format}"
    with pytest.raises(Refusal, match="must carry the ledger of this build, but its ledger is"):
        verified(path, folder)


@pytest.mark.parametrize("name", ["absent.pdf", "absent.docx", "absent.html", "absent.xml"])
def test_an_absent_file_is_refused(trial, tmp_path, name):
    with pytest.raises(Refusal, match=f"{name} must be a readable file: No such file"):
        verified(tmp_path / name, trial)


def test_the_exit_status_says_whether_every_numeral_is_accounted_for(trial, monkeypatch, capsys):
    monkeypatch.chdir(trial)
    assert main(["build/manuscript.html", "build/audit/verify.txt"]) == 0
    said = capsys.readouterr().out
    assert (trial / "build/audit/verify.txt").read_text() == f"manuscript.html: {said}"
    assert main(["build/absent.html"]) == 2
    altered = (trial / "build/manuscript.html").read_text().replace(">48%<", ">47%<", 1)
    (trial / "build/altered.html").write_text(altered)
    assert main(["build/altered.html"]) == 1
    assert "'47%' is linked to response.percent, which prints '48%'" in capsys.readouterr().err


def test_a_number_is_read_beside_a_label_of_the_same_digit():
    shown = "Level 3 (n = 3)"
    named = term_spans(shown, ["Level 3"])
    assert _beside(named, shown, "3", 0) == (13, 14)
    assert _beside(named, "Level 3 (n = 4)", "3", 0) == (6, 7)  # nowhere else: within the label
