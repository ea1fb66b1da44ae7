"""Hostile text in raw tables, protocol and bibliography: printed as text, executed nowhere."""

import csv
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pypandoc
import pypdfium2
import pytest
from lxml import etree, html

TERMS = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(2)>",
    "link": "[here](https://evil.example)",
    "shortcode": "{{< include /etc/passwd >}}",
    "markdown": "**bold** _it_ `code` | cell",
    "typst": '#read("/etc/passwd") #panic("x")',
    "latex": "\\input{/etc/passwd} $x^2$ \\immediate\\write18{touch T}",
    "shell": "$(touch TOUCHED) `touch TOUCHED`; touch TOUCHED",
    "formula": "=cmd|' /C calc'!A0",
    "cite": "@krishnan2018 [@nobody] <!-- x --> &amp; ^a^ ~b~",
}
SUBJECT = "=<b>ID</b>$(touch TOUCHED)[/red]"
LABELS = {
    "label: Sex,": 'Sex <script>alert(3)</script> #panic("x") \\input{x} $(touch TOUCHED)',
    "label: 'Age, years',": "Age *a* [here](https://evil.example/p) {{< include /etc/passwd >}}",
    "label: Prior lines of therapy,": 'Lines `touch TOUCHED` $x^2$ \\write18{touch T} #read("x")',
    "label: Lenalidomide,": "<img src=x onerror=alert(5)> @nobody &amp; {{< var nothing >}}",
    "label: Measurable disease,": "=cmd|' /C calc'!A0",
}
# In BibTeX, whose fields are LaTeX; and as it is to be read.
WORK = {
    "title": (
        'a <script>alert(4)</script> title \\$(touch TOUCHED) \\#panic("x")'
        " \\input{/etc/passwd} \\immediate\\write18{touch TOUCHED}",
        "<script>alert(4)</script> title $(touch TOUCHED) #panic",
    ),
    "journal": (
        "<img src=x onerror=alert(6)> [here](https://evil/b) *j* @nobody",
        "<img src=x onerror=alert(6)> [here](https://evil/b) *j* @nobody",
    ),
    "author": (
        "{{\\{\\{< include /etc/passwd >\\}\\}}} and {<b>Evil</b>}",
        "{{< include /etc/passwd >}}",
    ),
}


@pytest.fixture(scope="module")
def hostile(copied, build, tmp_path_factory) -> Path:
    """A built trial in which the commonest terms, a patient, a label and a title are hostile."""
    trial = copied(tmp_path_factory.mktemp("hostile") / "trial")
    rename_terms(trial / "data/raw/ae.csv")
    rename_subject(trial / "data/raw")
    protocol = trial / "analysis/protocol.yaml"
    text = protocol.read_text()
    for old, new in LABELS.items():
        assert old in text
        text = text.replace(old, f"label: {json.dumps(new)},")
    protocol.write_text(text)
    rename_work(trial / "manuscript/references.bib")
    run = build(trial)
    assert run.returncode == 0, run.stdout + run.stderr
    return trial


def rename_work(path: Path) -> None:
    """Give the first work of the bibliography hostile fields."""
    text = path.read_text()
    for name, (field, _) in WORK.items():
        text, number = re.subn(
            rf"^  {name} *= \{{.*\}},$",
            lambda _: f"  {name} = {{{field}}},",
            text,
            count=1,
            flags=re.M,
        )
        assert number == 1
    path.write_text(text)


def rename_terms(path: Path) -> None:
    """Give the commonest adverse events other names, and their rows another verbatim term."""
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    graded = [row["AEDECOD"] for row in rows if row["AETOXGR"] in "2345"]
    common = sorted(set(graded), key=lambda term: (-graded.count(term), term))
    kept = {
        "Neutropenia",
        "Thrombocytopenia",
        "Febrile neutropenia",
        "Anemia",
        "Peripheral sensory neuropathy",
        "Peripheral motor neuropathy",
    }  # named elsewhere
    names = dict(zip([term for term in common if term not in kept], TERMS.values()))
    assert len(names) == len(TERMS)
    for row in rows:
        row["AETERM"] = row["AEDECOD"] = names.get(row["AEDECOD"], row["AEDECOD"])
    write(path, rows)


def rename_subject(folder: Path) -> None:
    with (folder / "ex.csv").open(newline="") as lines:
        old = next(csv.DictReader(lines))["USUBJID"]
    for path in folder.glob("*.csv"):
        with path.open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        write(path, [row | {"USUBJID": SUBJECT} if row["USUBJID"] == old else row for row in rows])


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as lines:
        table = csv.DictWriter(lines, rows[0], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def joined(text: str) -> str:
    """The text without spaces, breaks of lines, and the hyphens that a PDF puts at them."""
    return re.sub(r"[\s\u00ad\u200b\ufffe\u2060-]+", "", text)


def texts(trial: Path) -> dict[str, str]:
    """What each format says, read back as text."""
    pdf = pypdfium2.PdfDocument(trial / "build/manuscript.pdf")
    docx = subprocess.run(
        [pypandoc.get_pandoc_path(), "--to=plain", "--wrap=none", trial / "build/manuscript.docx"],
        capture_output=True,
        check=True,
    )
    return {
        "pdf": "".join(page.get_textpage().get_text_range() for page in pdf),
        "docx": docx.stdout.decode(),
        "html": html.parse(trial / "build/manuscript.html").getroot().text_content(),
        "xml": "".join(etree.parse(trial / "build/manuscript.xml").getroot().itertext()),
    }


def test_hostile_terms_and_labels_stand_as_text_in_all_formats(hostile, count):
    table = joined((hostile / "figures/ae-table.csv").read_text().replace('""', '"'))
    printed = [term for term in TERMS.values() if joined(term) in table]
    assert len(printed) == len(TERMS)
    for format, text in texts(hostile).items():
        whole = joined(text)
        for term in [*printed, *LABELS.values(), *(read for _, read in WORK.values())]:
            assert joined(term) in whole, (format, term)
            count("hostile texts printed as text")


def test_no_element_script_or_link_is_made_of_hostile_text(hostile, built, count):
    kinds = {}
    for trial in (hostile, built):
        page = html.parse(trial / "build/manuscript.html").getroot()
        jats = etree.parse(trial / "build/manuscript.xml").getroot()
        with zipfile.ZipFile(trial / "build/manuscript.docx") as packed:
            links = packed.read("word/_rels/document.xml.rels").decode()
        kinds[trial] = [
            len(page.xpath("//script")),
            len(page.xpath("//img")),
            len(page.xpath("//*[@onerror]")),
            len(page.xpath("//b")),
            "https://evil" in str(page.xpath("//a/@href")),
            "https://evil" in str(jats.xpath("//@*[name() != 'alt']")),
            "https://evil" in links,
        ]
    assert kinds[hostile] == kinds[built]
    pdf = (hostile / "build/manuscript.pdf").read_bytes()
    assert b"/JavaScript" not in pdf and b"/Launch" not in pdf and b"(https://evil" not in pdf
    count("formats without an element, script or link of hostile text", 4)


def test_nothing_was_executed_and_no_file_outside_was_read(hostile, count):
    assert [path for path in hostile.rglob("*") if path.name.startswith("TOUCHED")] == []
    assert not (hostile / "manuscript/T").exists() and not (hostile / "T").exists()
    whole = "".join(texts(hostile).values())
    assert "root:x:0:0" not in whole
    count("commands of hostile text that ran", 0)


def test_the_auditors_page_holds_patients_and_terms_as_data(hostile, build, count):
    (hostile / "build/audit/lineage.txt").write_text("in place of the proof: 0 violations\n")
    run = build(hostile, "build/audit/index.html")
    assert run.returncode == 0, run.stdout + run.stderr
    content = (hostile / "build/audit/index.html").read_text()
    page = html.fromstring(content.encode())
    rows, ledger = (
        json.loads(page.get_element_by_id(name).text) for name in ("rows-data", "ledger-data")
    )
    assert SUBJECT in json.dumps(rows, ensure_ascii=False)
    assert page.xpath("//script[not(@type='application/json')]/text()")[0].count("alert(") == 0
    assert len(page.xpath("//script")) == 3 and not page.xpath("//*[@onerror or @src='x']")
    assert not page.xpath("//b[.='ID']") and "https://evil" not in str(page.xpath("//a/@href"))
    assert TERMS["link"] in json.dumps(ledger, ensure_ascii=False)
    count("auditor's pages without an element, script or link of hostile text")


def test_the_terminal_shows_a_patient_as_text(hostile, count):
    run = subprocess.run(
        [Path(sys.executable).with_name("audit"), "explain", "population.treated.n"],
        cwd=hostile,
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert run.returncode == 0 and SUBJECT in run.stdout, run.stderr
    count("hostile texts printed as text")


def cells(path: Path) -> list[str]:
    with path.open(newline="") as lines:
        return [cell for row in csv.reader(lines) for cell in row]


def test_tables_for_a_spreadsheet_run_nothing_and_datasets_are_exact(hostile, build, count):
    run = build(hostile, "submission", "build/audit/disagreements.csv")
    assert run.returncode == 0, run.stdout + run.stderr
    tables = [
        hostile / "figures/ae-table.csv",
        hostile / "build/audit/disagreements.csv",
        *(hostile / "build/submission").rglob("*.csv"),
    ]
    assert len(tables) >= 5
    for path in tables:
        for cell in cells(path):
            assert not cell.lstrip(" ").startswith(tuple("=+-@")) or float(cell) < 0, (path, cell)
    assert f"'{TERMS['formula']}" in {text.replace("'  ", "'") for text in cells(tables[0])}
    assert f"'{SUBJECT}" in cells(tables[1])
    assert TERMS["formula"] in cells(hostile / "build/datasets/adae.csv")
    assert SUBJECT in cells(hostile / "build/datasets/adsl.csv")
    count("tables for a spreadsheet without a formula", len(tables))


def test_no_hostile_identifier_leaves_with_the_manuscript(hostile, count):
    whole = joined("".join(texts(hostile).values()))
    assert joined(SUBJECT) not in whole
    count("formats without a patient's identifier", 4)


@pytest.mark.parametrize(
    "old, new",
    [
        ("value: IMWG 2016", "value: ../../etc/passwd"),
        ("value: IMWG 2016", "value: /etc/passwd"),
        ("value: IMWG 2016", "value: !!python/name:os.system"),
        ("unit: g/dL", "unit: ../../../etc/passwd"),
        ("  POMALIDOMIDE:\n", "  ../../POMALIDOMIDE:\n"),
        ("  DL1: {", "  ../DL1: {"),
        ("id: orr,", "id: ../../orr,"),
        ("    infections: {", "    ../../infections: {"),
    ],
)
def test_a_protocol_that_points_outside_its_folder_is_refused(
    copied, build, outputs, said, count, tmp_path, old, new
):
    trial = copied(tmp_path / "outer" / "trial")
    around = sorted(path.name for path in tmp_path.iterdir())
    protocol = trial / "analysis/protocol.yaml"
    text = protocol.read_text()
    assert old in text
    protocol.write_text(text.replace(old, new))
    run = build(trial, "build/numbers.json")
    assert run.returncode == 1 and "Traceback" not in run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == around
    assert [path.name for path in trial.parent.iterdir()] == ["trial"]
    count("protocols that point outside their folder, refused")
