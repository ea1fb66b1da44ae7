"""A real browser, and the pages that it opens: the build's own, and those of changed trials."""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tracedtrial.provenance.page.drawing import embedded
from tracedtrial.provenance.page.rows import runs

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build/screenshots"
PARTS = ("analysis", "data/raw", "data/published.csv", "manuscript")
SCRIPT = "<script>alert(1)</script>"
WIDE, NARROW = (1440, 900), (390, 844)
COPIES = 32  # of the trial's patients, so that there are a thousand
DATA = r'(<script type="application/json" id="%s">)(.*?)(</script>)'
NEEDED = [
    f"build/audit/{name}.txt"
    for name in (
        "lint",
        "coherence",
        "crosscheck",
        "rederive",
        "ledger",
        "journal",
        "verify-pdf",
        "verify-docx",
        "verify-html",
        "verify-xml",
    )
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium; without its sandbox where root runs it, which it would refuse."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a file; a request, an error or a dialog of the page fails the test."""
    contexts, faults = [], []

    def open_file(path: Path, place: str = "", size: tuple[int, int] = WIDE) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda request: (
                request.url.startswith(("file:", "data:"))
                or faults.append(f"request {request.url}")
            ),
        )
        page.on("pageerror", lambda error: faults.append(f"error {error}"))
        page.on("console", lambda said: said.type == "error" and faults.append(said.text))
        page.on("dialog", lambda dialog: (faults.append("a dialog"), dialog.dismiss()))
        page.goto(path.as_uri() + place)
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="session")
def auditor() -> Path:
    return ROOT / "build/audit/index.html"


@pytest.fixture(scope="session")
def public() -> Path:
    return ROOT / "build/audit/public.html"


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The auditor's page of a trial in which an event is called by a script, verbatim and coded."""
    folder = tmp_path_factory.mktemp("trial")
    for part in PARTS:
        source, target = ROOT / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
    table = folder / "data/raw/ae.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    for name in ("AETERM", "AEDECOD"):
        rows[0][header.index(name)] = SCRIPT
    with table.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows([header, *rows])
    subprocess.run(
        [
            str(Path(sys.executable).with_name("snakemake")),
            "--snakefile",
            str(ROOT / "Snakefile"),
            "--workflow-profile",
            str(ROOT / "profiles/default"),
            "--directory",
            str(folder),
            *NEEDED,
            "--quiet",
            "all",
        ],
        check=True,
        cwd=folder,
    )
    subprocess.run([sys.executable, "-m", "tracedtrial.provenance.page"], check=True, cwd=folder)
    return folder / "build/audit/index.html"


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keeps what the page looks like in build/screenshots."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return lambda page, name: page.screenshot(path=SHOTS / f"{name}.png")


@pytest.fixture(scope="session")
def large(auditor: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The auditor's page with every patient, and each row of theirs, many times over."""
    page = auditor.read_text(encoding="utf-8")
    ledger, tables = (
        json.loads(re.search(DATA % name, page, re.DOTALL)[2])
        for name in ("ledger-data", "rows-data")
    )
    places = [table["start"] for table in tables]
    for entry in ledger["sets"]:
        entry["records"] = runs(sorted(_copies(entry["records"], tables, places)))
    for table in tables:
        _multiply(table)
    for name, value in (("ledger-data", ledger), ("rows-data", tables)):
        page = re.sub(
            DATA % name, lambda found: found[1] + embedded(value) + found[3], page, flags=re.DOTALL
        )
    path = tmp_path_factory.mktemp("large") / "index.html"
    path.write_text(page, encoding="utf-8")
    return path


def _copies(written: str, tables: list[dict], places: list[int]) -> Iterator[int]:
    """The records of a set in every copy of the tables."""
    at = 0
    for gap, length in (run.split(".") for run in written.split()):
        start, at = at + int(gap, 36), at + int(gap, 36) + int(length, 36)
        for record in range(start, at):
            table = max(n for n, place in enumerate(places) if place <= record)
            for copy in range(COPIES):
                yield (
                    places[table] * COPIES + copy * tables[table]["count"] + record - places[table]
                )


def _multiply(table: dict) -> None:
    """A table's rows once more for each copy, their patients under other names."""
    subject = table["names"].index("USUBJID")
    for column, (texts, rows) in enumerate(table["columns"]):
        if column == subject:
            rows = [row + copy * len(texts) for copy in range(COPIES) for row in rows]
            texts = [f"{text}-{copy}" for copy in range(COPIES) for text in texts]
        elif rows != 0:
            rows = rows * COPIES
        table["columns"][column] = [texts, rows]
    table |= {
        "rows": table["rows"] * COPIES,
        "count": table["count"] * COPIES,
        "start": table["start"] * COPIES,
    }
