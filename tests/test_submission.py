"""What goes to a journal: limits, reporting checklist, folder and zip."""

import csv
import hashlib
import io
import json
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tracedtrial.displays.grid import Table
from tracedtrial.displays.printed import Printed
from tracedtrial.paths import RENDERED
from tracedtrial.record.ledger.document import document_rows
from tracedtrial.record.ledger.rows import stated_row
from tracedtrial.refusal import Refusal
from tracedtrial.release.submission import archive, checklist, package, profile, sheet
from tracedtrial.release.submission.outline import outline

HEADER = """---
title: "Five *words* of a title"
short-title: "Five words"
author:
  - name: Ada Example
  - name: {given: Ben, family: Sample}
date: 2024-02-29
---
"""
BODY = """
# Introduction {#sec-introduction}

Text.

# Methods {#sec-methods}

## Design of it {#sec-design}

```{python}
# No heading
```

# Results {#sec-results}

# References {.unnumbered}

::: {.appendix}
# Provenance {#sec-provenance .unnumbered}
:::
"""
DOCUMENT = {
    "document.abstract.words": 200,
    "document.text.words": 3000,
    "document.tables.n": 4,
    "document.figures.n": 1,
    "document.references.n": 30,
}
NUMBERS = {id: {"value": value} for id, value in DOCUMENT.items()}


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def manuscript(tmp_path: Path) -> Path:
    return written(tmp_path / "manuscript.qmd", HEADER + BODY)


def journal(**changed) -> profile.Profile:
    """A profile that the sample manuscript meets, but for what a test changes."""
    known = {
        "journal": "A journal",
        "limits": dict.fromkeys(profile.LIMITS, 5000),
        "sections": ("Introduction", "Methods", "Results", "Conclusions", "References"),
        "optional": ("Conclusions",),
        "figure_formats": ("pdf",),
        "anonymous": False,
        "sources": frozenset({"its guide"}),
    }
    return profile.Profile(**(known | changed))


def found(manuscript: Path, asked: profile.Profile) -> list[str]:
    read = outline(manuscript)
    return list(map(str, profile.findings(asked, read, profile.counts(asked, read, NUMBERS))))


# Outline


def test_an_outline_has_titles_authors_and_headings_with_their_lines(manuscript: Path) -> None:
    read = outline(manuscript)
    assert (read.title, read.short_title) == ("Five words of a title", "Five words")
    assert read.authors == ("Ada Example", "Ben Sample")
    assert [(h.label, h.level, h.line, h.appendix) for h in read.headings] == [
        ("sec-introduction", 1, 10, False),
        ("sec-methods", 1, 14, False),
        ("sec-design", 2, 16, False),
        ("sec-results", 1, 22, False),
        ("references", 1, 24, False),
        ("sec-provenance", 1, 27, True),
    ]


# Journal profile


def test_a_count_at_its_limit_is_within_it(manuscript: Path) -> None:
    limits = {
        "abstract_words": 200,
        "text_words": 3000,
        "displays": 5,
        "references": 30,
        "title_characters": 21,
        "short_title_characters": 10,
    }
    assert found(manuscript, journal(limits=limits)) == []


@pytest.mark.parametrize(
    ("name", "most", "said"),
    [
        ("abstract_words", 199, "words of the abstract must number at most 199, but got 200"),
        ("text_words", 2999, "words of the text must number at most 2,999, but got 3000"),
        ("displays", 4, "tables and figures must number at most 4, but got 5"),
        ("references", 29, "references must number at most 29, but got 30"),
        ("title_characters", 20, "characters of the title must number at most 20, but got 21"),
        (
            "short_title_characters",
            9,
            "characters of the short title must number at most 9, but got 10",
        ),
    ],
)
def test_a_count_over_its_limit_is_a_finding(
    manuscript: Path, name: str, most: int, said: str
) -> None:
    (finding,) = found(
        manuscript, journal(limits=dict.fromkeys(profile.LIMITS, 5000) | {name: most})
    )
    assert finding.startswith(f"{said} ({manuscript}")


def test_a_finding_in_the_header_names_its_line(manuscript: Path) -> None:
    limits = dict.fromkeys(profile.LIMITS, 5000) | {"short_title_characters": 1}
    assert found(manuscript, journal(limits=limits))[0].endswith(f"({manuscript}, line 3)")


def test_sections_in_another_order_are_a_finding_at_the_first(manuscript: Path) -> None:
    asked = journal(sections=("Introduction", "Results", "Methods", "References"), optional=())
    assert found(manuscript, asked) == [
        f"next section must be Results, but got 'Methods' ({manuscript}, line 14)"
    ]


def test_a_missing_and_an_unknown_section_are_findings(manuscript: Path) -> None:
    assert (
        "next section must be Conclusions, but got 'References'"
        in found(manuscript, journal(optional=()))[0]
    )
    assert (
        "section must be one of the profile, but got 'References'"
        in found(manuscript, journal(sections=("Introduction", "Methods", "Results"), optional=()))[
            0
        ]
    )


def test_anonymous_review_refuses_named_authors(manuscript: Path) -> None:
    assert found(manuscript, journal(anonymous=True)) == [
        "author must be absent under anonymous review, but got 'Ada Example' "
        f"({manuscript}, line 4)"
    ]
    written(manuscript, "---\ntitle: A\n---\n" + BODY)
    assert found(manuscript, journal(anonymous=True)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("most: 200", "most: -1", "abstract_words.most must be a count, but got -1"),
        ("most: 200", "most: few", "abstract_words.most must be a count, but got 'few'"),
        ("  references: {", "  reference: {", "limits must have the keys abstract_words, "),
        ("value: false", "value: perhaps", "anonymous_review.value must be true or false"),
        ("optional: [Conclusions]", "optional: [Outlook]", "sections.optional must name sections"),
        ("[pdf, tiff]", "[600]", "figure_formats.value must be a list of texts"),
        ("journal: ", "paper: ", "profile must have the keys journal, "),
        ("source: check", "where: check", "entry.source must be a text"),
    ],
)
def test_a_profile_that_is_not_one_is_refused(
    root: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = (root / "manuscript/journal.yml").read_text()
    assert old in text
    path = written(tmp_path / "journal.yml", text.replace(old, new))
    with pytest.raises(Refusal) as refused:
        profile.read_profile(path)
    assert str(refused.value).startswith(said) and str(path) in str(refused.value)


def test_every_shipped_value_says_that_it_must_be_checked(root: Path) -> None:
    asked = profile.read_profile(root / "manuscript/journal.yml")
    assert asked.sources == {"check the journal's current guide"}


def test_the_shipped_manuscript_keeps_to_the_shipped_profile(root: Path) -> None:
    """Each number counts as a word here; the build counts with the numbers' texts."""
    manuscript = root / "manuscript/manuscript.qmd"
    asked, read = profile.read_profile(root / "manuscript/journal.yml"), outline(manuscript)
    counted = profile.counts(asked, read, document_rows(manuscript, {}))
    assert profile.findings(asked, read, counted) == []
    told = profile.report(asked, counted)
    assert all(f"{count.value:,d}" in told and count.name in told for count in counted)


def test_the_command_writes_the_table_and_exits_by_what_it_finds(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    assert profile.main() == 2
    text = (root / "manuscript/journal.yml").read_text()
    written(
        tmp_path / "manuscript/journal.yml",
        text.replace("Discussion, Conclusions, Declarations, ", "").replace(
            "optional: [Conclusions]", "optional: []"
        ),
    )
    written(tmp_path / "manuscript/manuscript.qmd", HEADER + BODY)
    written(tmp_path / "build/ledger.json", json.dumps({"numbers": NUMBERS}))
    assert profile.main() == 0
    kept = (tmp_path / profile.REPORT).read_text()
    assert "words of the abstract" in kept
    over = {**NUMBERS, "document.text.words": {"value": 4001}}
    written(tmp_path / "build/ledger.json", json.dumps({"numbers": over}))
    capsys.readouterr()
    assert profile.main() == 1
    assert capsys.readouterr().err == (
        "words of the text must number at most 4,000, but got 4001 (manuscript/manuscript.qmd)\n"
    )
    assert (tmp_path / profile.REPORT).read_text() == kept


# Reporting checklist


ITEM = {"number": "1a", "topic": "Title", "text": "Tells what it is."}


def listed(*items: dict) -> dict:
    return {"guideline": "G", "title": "List", "reference": "R", "note": "N", "items": list(items)}


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF with the sample manuscript's headings, numbered but for the unnumbered ones."""
    import typst

    source = written(
        tmp_path_factory.mktemp("pdf") / "sample.typ",
        """
#set heading(numbering: "1.1")
Title page #pagebreak()
#heading(numbering: none)[Abstract] #pagebreak()
= Introduction
= Methods
#pagebreak()
== Design of it
= Results
#pagebreak()
#heading(numbering: none)[References]
#pagebreak()
#heading(numbering: none)[Provenance]
""",
    )
    typst.compile(source, output=source.with_suffix(".pdf"))
    return source.with_suffix(".pdf")


def test_pages_are_those_on_which_the_pdf_has_the_sections(pdf: Path, manuscript: Path) -> None:
    known = checklist.places(pdf, outline(manuscript))
    assert {label: place.page for label, place in known.items()} == {
        "title": 1,
        "abstract": 2,
        "sec-introduction": 3,
        "sec-methods": 3,
        "sec-design": 4,
        "sec-results": 4,
        "references": 5,
        "sec-provenance": 6,
    }
    assert str(known["sec-design"]) == "Design of it (4)"


def test_a_pdf_without_a_section_of_the_manuscript_is_refused(pdf: Path, manuscript: Path) -> None:
    written(manuscript, HEADER + BODY.replace("# Results", "# Findings"))
    with pytest.raises(Refusal, match="heading must be in the outline of .*, but got 'Findings'"):
        checklist.places(pdf, outline(manuscript))


def test_an_item_is_printed_with_its_places_or_its_reason(
    pdf: Path, manuscript: Path, tmp_path: Path
) -> None:
    items = (
        {**ITEM, "where": ["abstract", "sec-design"]},
        {**ITEM, "number": "2", "why": "None."},
        {**ITEM, "number": "3", "where": ["title"], "why": "It is short | so."},
    )
    path = written(tmp_path / "list.yml", json.dumps(listed(*items)))
    text = checklist.markdown(
        checklist.read_checklist(path), checklist.places(pdf, outline(manuscript)), "list.yml"
    )
    assert text.startswith("# List\n\nG: R.\n\nN\n\n")
    assert text.splitlines()[-3:] == [
        "|1a|Title|Tells what it is.|Abstract (2); Design of it (4)|",
        "|2|Title|Tells what it is.|Not reported. None.|",
        "|3|Title|Tells what it is.|Title page (1), in part. It is short \\| so.|",
    ]


def test_an_unknown_section_is_refused(pdf: Path, manuscript: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "list.yml", json.dumps(listed({**ITEM, "where": ["sec-desing"]})))
    with pytest.raises(
        Refusal,
        match=r"item 1a, Title must name a section of the manuscript, but "
        r"got 'sec-desing' \(list.yml\)",
    ):
        checklist.markdown(
            checklist.read_checklist(path), checklist.places(pdf, outline(manuscript)), "list.yml"
        )


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([ITEM], "item must say where it is reported, or why not"),
        ([{**ITEM, "where": []}], "item must say where it is reported, or why not"),
        ([{**ITEM, "where": "abstract"}], "item must hold texts, and where a list of them"),
        ([{**ITEM, "number": 1, "why": "a"}], "item must hold texts"),
        ([{**ITEM, "because": "a"}], "item must have number, topic, text"),
        (
            [{**ITEM, "why": "a"}, {**ITEM, "why": "b"}],
            "item must stand there once, but got '1a Title'",
        ),
    ],
)
def test_a_checklist_that_is_not_one_is_refused(
    tmp_path: Path, items: list[dict], said: str
) -> None:
    path = written(tmp_path / "list.yml", json.dumps(listed(*items)))
    with pytest.raises(Refusal) as refused:
        checklist.read_checklist(path)
    assert str(refused.value).startswith(said) and str(path) in str(refused.value)


def test_the_shipped_checklist_names_sections_of_the_shipped_manuscript(root: Path) -> None:
    read = outline(root / "manuscript/manuscript.qmd")
    known = {"title", "abstract", *(heading.label for heading in read.headings)}
    items = checklist.read_checklist(root / "manuscript/checklist.yml").items
    assert {label for item in items for label in item.where} <= known
    assert len(items) > 40 and {item.number for item in items} >= {"1a", "3a", "17a", "19", "25"}


SHEET = "# A sheet\n\n|a|b|\n|:-|:-|\n" + "|one|two|\n" * 100
DATE = datetime(2024, 2, 29, tzinfo=UTC)


def test_a_sheet_is_the_same_bytes_in_any_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for zone in ("UTC", "Asia/Tokyo"):
        monkeypatch.setenv("TZ", zone)
        made.append((sheet.docx(SHEET, DATE), sheet.pdf(SHEET, DATE, title="A sheet")))
    assert made[0] == made[1]


def test_a_sheet_keeps_its_table_whole_in_word_and_breaks_it_over_pages_in_pdf() -> None:
    import pypdfium2

    word = zipfile.ZipFile(io.BytesIO(sheet.docx(SHEET, DATE))).read("word/document.xml").decode()
    assert word.count("<w:tbl>") == 1 and word.count("<w:tr>") == 101
    with pypdfium2.PdfDocument(sheet.pdf(SHEET, DATE, title="A sheet")) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    assert len(texts) > 1 and sum(text.count("one") for text in texts) == 100


# Folder and zip


FILES = {"b.txt": b"two", "a/deep.txt": b"one"}


def test_a_zip_is_the_same_bytes_in_any_order_and_stores_fixed_entries() -> None:
    made = archive.zipped(FILES, "out")
    assert made == archive.zipped(dict(reversed(FILES.items())), "out")
    entries = zipfile.ZipFile(io.BytesIO(made)).infolist()
    assert [entry.filename for entry in entries] == ["out/a/deep.txt", "out/b.txt"]
    assert {
        (entry.date_time, entry.external_attr >> 16, entry.create_system) for entry in entries
    } == {((1980, 1, 1, 0, 0, 0), 0o100644, 3)}


def test_the_manifest_is_what_sha256sum_checks(tmp_path: Path) -> None:
    archive.write_folder(archive.with_manifest(FILES), tmp_path / "out")
    lines = (tmp_path / "out/manifest.txt").read_text().splitlines()
    assert lines == [f"{hashlib.sha256(FILES[name]).hexdigest()}  {name}" for name in sorted(FILES)]
    subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "manifest.txt"],
        cwd=tmp_path / "out",
        check=True,
    )


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    archive.write_folder({"old.txt": b""}, tmp_path / "out")
    archive.write_folder(FILES, tmp_path / "out")
    assert {path.relative_to(tmp_path / "out").as_posix() for path in tmp_path.rglob("*.txt")} == {
        "b.txt",
        "a/deep.txt",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_cannot_be_made_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.write_folder(FILES, tmp_path / "out")
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        archive.write_folder({"c.txt": b"new"}, tmp_path / "out")
    assert {path.name for path in tmp_path.rglob("*.txt")} == {"b.txt", "deep.txt"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_provenance_table_has_a_line_for_each_number_and_no_records() -> None:
    function = {"module": "a.b", "name": "rate", "file": "a/b.py", "first_line": 3, "last_line": 9}
    numbers = {
        "a.percent": {
            **stated_row(
                "48%",
                48.0,
                source="data",
                statistic="percentage",
                method="patients / population",
                functions=[function],
            ),
            "n": 12,
            "denominator": 25,
            "records": {"supports": {"digest": "secret"}},
        },
        "a.ci": stated_row(
            "27.8-68.7%", [27.8, 68.7], source="data", statistic="interval", method="exact"
        ),
        "a.text": stated_row("=cmd()", "=cmd()", source="document", statistic="text", method=""),
        "a.change": stated_row("-3.5", -3.5, source="data", statistic="change", method=""),
    }
    text = package.provenance_csv(numbers)
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(text))}
    assert list(rows) == list(numbers) and "secret" not in text
    assert rows["a.percent"]["code"] == "a/b.py:3-9 rate"
    assert (rows["a.percent"]["n"], rows["a.percent"]["denominator"]) == ("12", "25")
    assert rows["a.ci"]["value"] == "[27.8, 68.7]" and rows["a.change"]["text"] == "-3.5"
    assert rows["a.text"]["text"] == "'=cmd()"


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built trial of small files."""
    rows = {
        id: stated_row(str(value), value, source="document", statistic="count", method="count")
        for id, value in DOCUMENT.items()
    }
    written(tmp_path / "build/ledger.json", json.dumps({"numbers": rows}))
    for path in RENDERED.values():
        written(tmp_path / path, path.name)
    for name in package.CHECKLIST:
        written(tmp_path / "build/submission-parts" / name, name)
    for kind in ("pdf", "svg", "png", "tiff"):
        written(tmp_path / f"figures/figure-1.{kind}", kind)
    written(tmp_path / "build/panels/figure-1b.csv", "patients' rows")
    table = Table("adverse_events", (Printed("Event"), Printed("All"))).with_row(
        "Any", Printed("31 (97)")
    )
    monkeypatch.setattr("tracedtrial.displays.tables.all_tables", lambda root: [table])
    return tmp_path


def test_a_submission_holds_every_part_once(trial: Path) -> None:
    files = package.contents(trial, journal(figure_formats=("tiff", "pdf")))
    assert sorted(files) == [
        "checklist.docx",
        "checklist.md",
        "checklist.pdf",
        "figures/figure-1.pdf",
        "figures/figure-1.tiff",
        "manuscript.docx",
        "manuscript.html",
        "manuscript.pdf",
        "manuscript.xml",
        "supplement/provenance.csv",
        "tables/adverse-events.csv",
        "tables/adverse-events.md",
    ]
    assert files["tables/adverse-events.csv"] == b"Event,All\nAny,31 (97)\n"


def test_a_figure_that_is_not_built_or_not_the_manuscripts_is_refused(trial: Path) -> None:
    with pytest.raises(
        Refusal, match="figures as eps must number 1, as in the manuscript, but got 0"
    ):
        package.contents(trial, journal(figure_formats=("pdf", "eps")))
    written(trial / "figures/figure-2.pdf", "of an earlier build")
    with pytest.raises(Refusal, match="figures as pdf must number 1, .* but got 2"):
        package.contents(trial, journal())


def test_a_submission_without_a_built_part_is_refused(trial: Path) -> None:
    (trial / "build/manuscript.docx").unlink()
    with pytest.raises(Refusal, match="manuscript.docx must be built before it is submitted"):
        package.contents(trial, journal())


def test_folder_and_zip_hold_the_same_and_stay_when_a_later_one_fails(
    trial: Path, root: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(trial)
    written(trial / "manuscript/journal.yml", (root / "manuscript/journal.yml").read_text())
    package.main()
    packed = zipfile.ZipFile(package.SUBMISSION_ZIP)
    assert {name: packed.read(name) for name in packed.namelist()} == {
        f"submission/{path.relative_to(package.SUBMISSION).as_posix()}": path.read_bytes()
        for path in package.SUBMISSION.rglob("*")
        if path.is_file()
    }
    before = package.SUBMISSION_ZIP.read_bytes()
    package.main()
    assert package.SUBMISSION_ZIP.read_bytes() == before
    (trial / "build/manuscript.xml").unlink()
    assert package.main() == 2 and "manuscript.xml must be built" in capsys.readouterr().err
    assert package.SUBMISSION_ZIP.read_bytes() == before
    assert (package.SUBMISSION / "manuscript.xml").is_file()
