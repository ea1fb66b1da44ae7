"""The privacy scanner: each kind of identifier, planted in each kind of file, is found."""

import base64
import io
import json
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from tracedtrial.refusal import Refusal
from tracedtrial.release.bundle import contents
from tracedtrial.release.bundle.check import sealed
from tracedtrial.release.privacy.dates import dates
from tracedtrial.release.privacy.identifiers import Identifiers, identifiers
from tracedtrial.release.privacy.scan import Finding, Piece, Scanner
from tracedtrial.release.privacy.texts import pieces

KNOWN = Identifiers(
    frozenset({"STUDY-01-0017"}),
    frozenset({"01-0017", "7"}),
    frozenset({"2014-06-17"}),
    frozenset({"Low hemoglobin", "URI"}),
    (frozenset({"AESEQ", "AETERM", "AESTDTC"}), frozenset({"order", "best_change", "response"})),
)
PLANTED = {
    "USUBJID": "STUDY-01-0017",
    "SUBJID": "01-0017",
    "date of a subject": "17 June 2014",
    "age above 89": "aged 93",
    "free text of a subject": "low hemoglobin",
    "labelled SUBJID": "subject 7",
}


def found(name: str, content: bytes) -> set[str]:
    return {finding.kind for finding in Scanner(KNOWN).findings(name, pieces(name, content))}


def said(text: str) -> set[str]:
    return {kind for _, kind, _ in Scanner(KNOWN).found(text.lower(), table=True)}


def html(text: str) -> bytes:
    return f"<!DOCTYPE html><html><body><p>A result of {text}.</p></body></html>".encode()


def html_split(text: str) -> bytes:
    half = len(text) // 2
    return f"<p>{text[:half]}<span class='x'>{text[half:]}</span></p>".encode()


def html_attribute(text: str) -> bytes:
    return f"<p><img alt='{text}'>plain</p>".encode()


def html_comment(text: str) -> bytes:
    return f"<p>plain</p><!-- {text} -->".encode()


def html_picture(text: str) -> bytes:
    image = base64.b64encode(svg(text)).decode()
    return f"<p><img src='data:image/svg+xml;base64,{image}'></p>".encode()


def jats(text: str) -> bytes:
    return f"<?xml version='1.0'?><article><body><p>{text}</p></body></article>".encode()


def svg(text: str) -> bytes:
    return f"<svg xmlns='http://www.w3.org/2000/svg'><text>{text}</text></svg>".encode()


def svg_metadata(text: str) -> bytes:
    return f"<svg><metadata><title>{text}</title></metadata></svg>".encode()


def as_json(text: str) -> bytes:
    return json.dumps({"numbers": {"a.b": {"text": text}}}).encode()


def python(text: str) -> bytes:
    return f'"""A docstring of {text}."""\n'.encode()


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(text: str) -> bytes:
    half = len(text) // 2
    return packed(
        {
            "word/document.xml": (
                f"<w:document><w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{text[:half]}</w:t></w:r><w:r><w:t>"
                f"{text[half:]}</w:t></w:r></w:p></w:document>"
            ).encode()
        }
    )


def docx_properties(text: str) -> bytes:
    return packed(
        {"docProps/core.xml": f"<cp:core><dc:subject>{text}</dc:subject></cp:core>".encode()}
    )


def typst_pdf(source: str) -> bytes:
    import typst

    return typst.compile(source.encode())


def pdf(text: str) -> bytes:
    return typst_pdf(f"A result of {text}.")


def pdf_metadata(text: str) -> bytes:
    return typst_pdf(f'#set document(title: "{text}", keywords: ("é",))\nplain')


def pdf_alternative(text: str) -> bytes:
    return typst_pdf(f'#figure(alt: "about {text} and é", rect())')


def pdf_attachment(text: str) -> bytes:
    return typst_pdf(f'#pdf.attach("a.txt", bytes("of {text}"), description: "x")\nplain')


def png(text: str) -> bytes:
    known = PngImagePlugin.PngInfo()
    known.add_text("Comment", text, zip=True)
    return image("PNG", pnginfo=known)


def tiff(text: str) -> bytes:
    return image("TIFF", description=text)


def image(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("L", (2, 2)).save(out, kind, **options)
    return out.getvalue()


def bundle(text: str) -> bytes:
    return sealed({"inner.zip": packed({"deep.csv": f"a,b\n1,{text}\n".encode()})})


FORMATS = {
    "html": (html, html_split, html_attribute, html_comment, html_picture),
    "xml": (jats,),
    "svg": (svg, svg_metadata),
    "json": (as_json,),
    "py": (python,),
    "yaml": (lambda text: f"key: {text}\n".encode(),),
    "csv": (lambda text: f"1,{text}\n".encode(),),
    "docx": (docx, docx_properties),
    "zip": (bundle,),
    "png": (png,),
    "tiff": (tiff,),
    "pdf": (pdf, pdf_metadata, pdf_alternative, pdf_attachment),
}
CASES = [
    (kind, suffix, plant)
    for kind in PLANTED
    for suffix, plants in FORMATS.items()
    for plant in plants
]


@pytest.mark.parametrize(("kind", "suffix", "plant"), CASES)
def test_each_planted_identifier_is_found_in_each_format(kind: str, suffix: str, plant) -> None:
    assert kind in found(f"output.{suffix}", plant(PLANTED[kind]))
    assert found(f"output.{suffix}", plant("nothing of note")) == set()


@pytest.mark.parametrize(
    "content",
    [
        b"AESEQ,AETERM,AESTDTC\n1,a,b\n",
        b"order\tbest_change\tresponse\n1\t2\tPR\n",
        b"| order | best_change | response |\n|---|---|---|\n",
        b'[{"order": 1, "best_change": 2.5, "response": "PR"}]',
        b"<table><tr><th>order</th><th>best_change</th><th>response</th></tr></table>",
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "json", "md", "html"])
def test_a_table_of_rows_of_subjects_is_found(content: bytes, suffix: str) -> None:
    if (suffix == "json") == content.startswith(b"["):
        assert found(f"table.{suffix}", content) == {"row-level record"}


def test_parquet_and_a_name_of_a_file_are_found() -> None:
    assert found("rows.parquet", b"PAR1....PAR1") == {"row-level record"}
    assert "USUBJID" in found("profile of STUDY-01-0017.txt", b"plain")


@pytest.mark.parametrize(
    "text",
    [
        "2014-06-17",
        "2014-06-17T09:30",
        "20140617",
        "20140617093000",
        "2014:06:17",
        "2014/6/17",
        "17 June 2014",
        "17th of June 2014",
        "17 Jun. 2014",
        "17JUN2014",
        "17-Jun-14",
        "June 17, 2014",
        "Jun 17th 2014",
        "06/17/2014",
        "6/17/14",
        "17/06/2014",
        "17.06.2014",
        "2014 Jun 17",
    ],
)
def test_a_date_is_found_in_every_common_form(text: str) -> None:
    assert "2014-06-17" in [day for _, day in dates(f"on {text}, seen")]
    assert said(f"on {text}, seen") == {"date of a subject"}


@pytest.mark.parametrize(
    "text",
    [
        "STUDY-01-0017",
        "study-01-0017",
        "STUDY\u201101\u20110017",
        "STUDY-01-\n0017",
        "STUDY\u00ad-01-0017",
    ],
)
def test_an_identifier_is_found_in_any_case_with_any_hyphen_and_over_a_line_end(text: str) -> None:
    assert "USUBJID" in found("a.txt", f"of {text} it".encode())


@pytest.mark.parametrize(
    "text",
    [
        "age: 93",
        "aged 91 years",
        "a 95-year-old",
        "93 years of age",
        "ages 48 to 93",
        "Age, years, median (range)\t65 (48–93)",
        '"AGE": 101',
        "age 120",
    ],
)
def test_an_age_above_89_is_found(text: str) -> None:
    assert "age above 89" in found("a.txt", text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "7 patients",
        "in 7 of 17",
        "Table 7",
        "URI of the schema",
        "hemoglobin, low",
        "2014",
        "June 2014",
        "17 June 2015",
        "aged 89 years",
        "ages 48-76; 95% CI",
        "93% of them",
        "STUDY-01",
        "X-STUDY-01-00171",
        "101-00179",
        "at 90 days",
        "a stage of 90",
    ],
)
def test_what_only_resembles_an_identifier_is_not(text: str) -> None:
    assert found("a.txt", text.encode()) == set()


def test_a_version_after_its_package_is_no_date_and_elsewhere_it_is() -> None:
    scanner = Scanner(replace(KNOWN, versions=(("some-package", "17.6.14"),)))
    told = {
        text: [kind for _, kind, _ in scanner.found(text, table=False)]
        for text in (
            "some-package==17.6.14 \\",
            "| some-package  | 17.6.14 |",
            "some-package 17.6.14",
            "other==17.6.14",
            "some-package, on 17.6.14",
            "some-package 17.6.2014",
        )
    }
    assert [len(kinds) for kinds in told.values()] == [0, 0, 0, 1, 1, 1]


def test_a_digest_holds_no_date_and_a_date_beside_one_is_found() -> None:
    digest = "70f9aad7de812d6541d29d2bbf8feb22ff7e1c299523db288004e3157ff4674e"
    scanner = Scanner(replace(KNOWN, dates=frozenset({"2022-02-08"})))
    assert [day for _, day in dates(digest)] == ["2022-02-08"]
    assert list(scanner.found(f"sha256:{digest} \\", table=False)) == []
    for text in ("8feb22", f"{digest} 8 feb 22", f"2022-02-08 {digest}", f"{digest}, 20220208"):
        assert {kind for _, kind, _ in scanner.found(text, table=False)} == {"date of a subject"}


def test_a_finding_shows_its_place_and_little_of_the_identifier() -> None:
    (finding,) = Scanner(KNOWN).findings("a.txt", [Piece("page 2", "x\nof 17 June 2014")])
    assert finding == Finding("a.txt", "page 2, line 2", "date of a subject", "2014-06-17")
    assert str(finding) == "a.txt: page 2, line 2: date of a subject (2...7, 10 characters)"


def test_a_damaged_file_is_refused_as_it_could_not_be_searched() -> None:
    for name, content in (
        ("a.pdf", b"%PDF-1.7 cut"),
        ("a.docx", b"PK\3\4cut"),
        ("a.png", b"\x89PNG cut"),
        ("a.json", b"{"),
    ):
        with pytest.raises(Refusal, match=f"{name} must be readable to be searched"):
            list(pieces(name, content))


def test_the_shipped_identifiers_are_those_of_the_raw_tables(root: Path, raw_rows) -> None:
    known = identifiers(root)
    assert known.usubjid == {row["USUBJID"] for row in raw_rows["dm"]}
    assert {row["RFSTDTC"] for row in raw_rows["dm"]} - {""} <= known.dates
    assert "Low hemoglobin" in known.terms and "Anemia" not in known.terms


def test_a_day_that_the_protocol_declares_is_the_trials(root: Path, protocol) -> None:
    assert protocol["trial"]["cutoff"]["value"] not in identifiers(root).dates


def test_the_shipped_sources_hold_no_identifier(root: Path) -> None:
    scanner = Scanner(identifiers(root))
    paths = [
        path
        for part in ("analysis", "src", "manuscript", "figures")
        for path in (root / part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    named = [root / name for name in ("requirements.lock", "Snakefile")]
    assert [
        str(finding)
        for path in (*paths, *named)
        for finding in scanner.findings(path.name, pieces(path.name, path.read_bytes()))
    ] == []


def test_without_raw_tables_nothing_could_be_looked_for(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="without them no identifier is known"):
        identifiers(tmp_path)


def test_the_tools_own_files_name_no_day_that_may_be_a_later_trials_subjects(root: Path) -> None:
    days = {f"{date(2019, 1, 1) + timedelta(day)}" for day in range(365 * 12)}
    nobody = Identifiers(
        frozenset(), frozenset(), frozenset(days), frozenset(), (), identifiers(root).versions
    )
    files = dict(contents._matches(root, contents.TOOL))
    assert len(files) > 200 and "requirements.lock" in files
    assert [
        str(finding)
        for name, path in files.items()
        for finding in Scanner(nobody).findings(name, pieces(name, path.read_bytes()))
    ] == []
