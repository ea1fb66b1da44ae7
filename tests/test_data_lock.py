"""The data lock: raw tables as locked, or a draft on every page."""

import re
import shutil
from pathlib import Path

import pypdfium2
import pytest
import yaml
from typer.testing import CliRunner

from tracedtrial.cli import app
from tracedtrial.inputs import data_lock
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.paths import FORMATS
from tracedtrial.refusal import Refusal
from tracedtrial.rendering.command import main
from tracedtrial.rendering.pandoc import HERE as TEMPLATES

HERE = Path(__file__).parent
TEMPLATE = (
    "typst-template.typ",
    "typst-show.typ",
    "vancouver.csl",
    "_quarto.yml",
    "reference.docx",
)


@pytest.fixture
def trial(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped trial's tables and protocol, locked."""
    shutil.copytree(root / "data/raw", tmp_path / "data/raw")
    shutil.copytree(root / "analysis", tmp_path / "analysis")
    monkeypatch.chdir(tmp_path)
    entry = CliRunner().invoke(app, ["lock", "--entry"])
    assert entry.exit_code == 0
    with (tmp_path / "analysis/protocol.yaml").open("a") as protocol:
        protocol.write("\n" + entry.stdout)
    return tmp_path


def outcome() -> tuple[int, list[str]]:
    answer = CliRunner().invoke(app, ["lock"])
    return answer.exit_code, answer.stdout.splitlines()


def test_tables_as_locked_hold(trial: Path) -> None:
    status, (said,) = outcome()
    assert status == 0 and re.fullmatch(r"9 raw tables as locked on \d{4}-\d\d-\d\d", said)


def test_a_trial_without_a_lock_holds(trial: Path, root: Path) -> None:
    shutil.copy(root / "analysis/protocol.yaml", trial / "analysis")
    assert outcome() == (0, ["no data lock in the protocol"])


def test_each_table_that_differs_is_a_finding(trial: Path) -> None:
    with (trial / "data/raw/ae.csv").open("a") as table:
        table.write("\n")
    (trial / "data/raw/ss.csv").rename(trial / "data/raw/zz.csv")
    assert outcome() == (
        1,
        [
            data_lock.DRAFT,
            "data/raw/ae.csv differs from the lock",
            "data/raw/ss.csv is in the lock, but missing",
            "data/raw/zz.csv is not in the lock",
        ],
    )


@pytest.mark.parametrize(
    "lock",
    [
        {"date": "2016-13-01", "files": {"dm": "0" * 64}},
        {"date": "2016-12-01"},
        {"date": "2016-12-01", "files": {"dm": "0" * 63}},
        {"date": "2016-12-01", "files": {}},
    ],
)
def test_a_lock_that_could_not_be_compared_is_refused(
    root: Path, tmp_path: Path, lock: dict
) -> None:
    path = tmp_path / "protocol.yaml"
    text = (root / "analysis/protocol.yaml").read_text(encoding="utf-8")
    path.write_text(text + "\n" + yaml.safe_dump({"data_lock": lock}), encoding="utf-8")
    with pytest.raises(Refusal, match="data_lock"):
        read_protocol(path)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory):
    """What the sample manuscript's pages say, by the first line of the lock's outcome."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(HERE / "fixtures/render", folder, dirs_exist_ok=True)
    for name in TEMPLATE:
        shutil.copy(HERE.parent / "manuscript" / name, folder)

    def rendered(first_line: str) -> Path:
        (folder / "lock.txt").write_text(first_line + "\n")
        kinds = [word for kind in FORMATS for word in (f"--{kind}", str(folder / f"out.{kind}"))]
        assert (
            main(
                [
                    "--manuscript",
                    str(folder / "manuscript.qmd"),
                    *kinds,
                    "--lock",
                    str(folder / "lock.txt"),
                ]
            )
            == 0
        )
        return folder

    return rendered


def notices(folder: Path) -> list[int]:
    """How often the notice stands on each page of the PDF."""
    with pypdfium2.PdfDocument(folder / "out.pdf") as document:
        return [page.get_textpage().get_text_bounded().count(data_lock.DRAFT) for page in document]


def test_each_page_of_each_format_says_that_data_differ_from_the_lock(pages) -> None:
    import docx

    folder = pages(data_lock.DRAFT)
    assert len(notices(folder)) > 1 and set(notices(folder)) == {1}
    header = docx.Document(str(folder / "out.docx")).sections[0].header._element
    assert data_lock.DRAFT in "".join(header.itertext())
    html = " ".join((folder / "out.html").read_text().split())
    assert f'<p class="draft" role="alert"><strong>{data_lock.DRAFT}</strong></p>' in html
    assert (folder / "out.xml").read_text().count(data_lock.DRAFT) == 1
    assert ".draft { position: fixed; top: 0;" in (TEMPLATES / "page.css").read_text()


def test_no_page_says_it_of_data_as_locked(pages) -> None:
    folder = pages("9 raw tables as locked on 2016-12-01")
    assert set(notices(folder)) == {0}
    texts = [(folder / name).read_text() for name in ("out.html", "out.xml")]
    assert not any("DRAFT" in text for text in texts)
