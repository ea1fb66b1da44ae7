"""Tables print the ledger and nothing else; the figure lists every text that it draws."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

import pytest

from tracedtrial.displays import figure, ink, markdown, table
from tracedtrial.displays.adverse_events import adverse_event_table
from tracedtrial.displays.baseline import baseline_table
from tracedtrial.displays.escalation import escalation_table
from tracedtrial.displays.grid import Table
from tracedtrial.displays.printed import Numbers, Printed
from tracedtrial.displays.response import response_table
from tracedtrial.displays.tables import TABLES
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.refusal import Refusal

ROOT = Path(__file__).parents[1]
PROTOCOL = read_protocol(ROOT / "analysis/protocol.yaml")
HOSTILE = [
    "a|b",
    "*bold* _it_",
    "`code`",
    "<b>x</b>",
    "[@smith2000] @tbl-x",
    "$x$ \\alpha",
    "{{< var population.treated.n >}}",
    "{{< include /etc/passwd >}}",
    "^sup^ ~sub~ ~~no~~",
    "\"quoted\" 'and' -- --- ...",
    "![x](y.png) [z](http://a.b)",
    "&amp; &lt;",
    "# head",
    "`r 1+1` `{python} 1`",
    "<!-- gone -->",
    ":::",
    "a\\",
    "^[note]",
    ":smile:",
    "(@x)",
]


class AnyLedger(Mapping):
    """A ledger that has a row for every id it is asked, and remembers which."""

    def __init__(self, rows: Mapping[str, dict], absent: tuple[str, ...] = ()) -> None:
        self.rows, self.absent = dict(rows), absent

    def __contains__(self, id: object) -> bool:
        return id in self.rows or not any(mark in str(id) for mark in self.absent)

    def __getitem__(self, id: str) -> dict:
        place = len(self.rows)
        forms = {"bare": f"B{place}", "counted": f"T{place} patients"}
        return self.rows.setdefault(id, row(f"T{place}", place, **forms))

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self.rows))

    def __len__(self) -> int:
        return len(self.rows)


def row(text: str, value: object = None, **forms: str) -> dict:
    return {"text": text, "value": value, "forms": forms, "keys": {}}


def any_numbers(
    rows: Mapping[str, dict] = {}, absent: tuple[str, ...] = ("g1", "g5", "_cohort")
) -> Numbers:
    known = {"dlt.rp2d.level": row("dose level 2", "dose level 2")}
    known |= {
        f"{prefix}.{entry['id']}.missing.n": row("0", 0)
        for prefix in ("baseline", "baseline.by.dl1", "baseline.by.dl2")
        for entry in PROTOCOL["baseline"]["characteristics"]
    }
    return Numbers(AnyLedger(known | dict(rows), absent), "table")


def event_rows(events: list[tuple]) -> dict[str, dict]:
    """Ledger rows of (class, term or None, patients at grades 2, 3 and 4)."""
    rows = {}
    for place, (system, term, grades) in enumerate(events):
        base = f"ae.{'term' if term else 'class'}.e{place}"
        keys = {
            "table": "ae",
            "row": "term" if term else "class",
            "AEBODSYS": system,
            "AEDECOD": term or "",
            "column": "total",
            "statistic": "n",
        }
        for grade, count in zip((2, 3, 4), grades, strict=True):
            rows[f"{base}.g{grade}.n"] = row(str(count), count)
        rows[f"{base}.total.n"] = row(str(sum(grades)), sum(grades)) | {"keys": keys}
    return rows


def category_rows() -> dict[str, dict]:
    """Ledger rows of two categories, the better one last, of which one is a summary too."""
    shared = {"table": "response", "column": "dl1", "statistic": "n"}
    vgpr = {"summary": "vgpr", "label": "Very good partial response", "rank": "3"}
    best = {"category": "CR", "label": "Complete response", "rank": "2"}
    return {
        "response.dl1.vgpr.n": row("1", 1) | {"keys": shared | vgpr},
        "response.dl1.best.cr.n": row("2", 2) | {"keys": shared | best},
    }


def labels(made: Table) -> list[str]:
    return [line.label.text for line in made.rows]


# Tables


@pytest.mark.parametrize("name", TABLES)
def test_a_cell_prints_the_texts_of_its_ids_and_no_other_numeral(name):
    numbers = any_numbers(event_rows([("Blood", None, (1, 2, 3)), ("Blood", "Anemia", (1, 2, 3))]))
    made = TABLES[name](numbers, PROTOCOL)
    for cell in (cell for line in made.rows for cell in line.cells):
        left = cell.text
        for id, text in cell.parts:
            entry = numbers.rows.rows[id]
            assert text in (entry["text"], *entry["forms"].values())
            assert text in left
            left = left.replace(text, "", 1)
        assert not any(mark.isdigit() for mark in left), cell.text


def test_patients_print_the_count_and_the_bare_percentage():
    numbers = Numbers({"a.n": row("12", 12), "a.percent": row("48%", 48.0, bare="48")}, "table")
    assert numbers.patients("a") == Printed("12 (48)", (("a.n", "12"), ("a.percent", "48")))


def test_baseline_rows_follow_the_protocol():
    made = baseline_table(any_numbers(), PROTOCOL)
    assert labels(made)[:5] == [
        "Age, years, median (range)",
        "Sex",
        "Female",
        "Male",
        "ECOG performance status",
    ]
    assert labels(made)[-4:] == ["Refractory to", "Lenalidomide", "Bortezomib", "Carfilzomib"]
    assert [line.level for line in made.rows][:4] == [0, 0, 1, 1]
    female = made.rows[2].cells
    assert [cell.ids[0] for cell in female] == [
        "baseline.by.dl1.sex.f.n",
        "baseline.by.dl2.sex.f.n",
        "baseline.sex.f.n",
    ]


def test_patients_without_a_value_have_a_row_of_their_own():
    missing = {"baseline.by.dl2.iss.missing.n": row("1", 1)}
    made = baseline_table(any_numbers(missing), PROTOCOL)
    place = labels(made).index("Missing")
    assert labels(made).count("Missing") == 1
    assert labels(made)[place - 1] == "Unknown"
    assert [cell.ids[0] for cell in made.rows[place].cells][1] == "baseline.by.dl2.iss.missing.n"


def test_cohorts_stand_under_their_level_in_the_order_treated():
    rows = {
        f"dlt.dl1.{ordinal}_cohort.{what}": row(ordinal)
        for ordinal in ("first", "second")
        for what in ("n", "treated", "size", "replaced", "decision")
    }
    made = escalation_table(any_numbers(rows), PROTOCOL)
    assert labels(made) == [
        "Dose level 1",
        "Initial cohort",
        "Added cohort",
        "Dose level 2",
        "Recommended dose: dose level 2",
    ]
    assert made.rows[0].cells[4].ids == ("dlt.dl1.total.n",)
    assert made.rows[1].cells[6].ids == ("dlt.dl1.first_cohort.decision",)


def test_a_cohort_shows_who_was_treated_who_counts_and_who_was_replaced():
    rows = {
        f"dlt.dl1.first_cohort.{what}": row(what)
        for what in ("n", "treated", "size", "replaced", "decision")
    }
    made = escalation_table(any_numbers(rows), PROTOCOL)
    assert [column.text for column in made.columns[2:5]] == [
        "Treated, n",
        "Evaluable, n",
        "Replaced, n",
    ]
    assert [cell.text for cell in made.rows[1].cells[1:4]] == ["treated", "size", "replaced"]


def test_the_escalation_table_shows_the_dose_that_was_escalated_and_notes_the_others():
    made = escalation_table(any_numbers(), PROTOCOL)
    assert made.columns[1].text == "Ixazomib"
    assert made.rows[0].cells[0].ids == ("dose.dl1.ixazomib",)
    assert [part.id for part in made.notes[2].parts][:3] == [
        "dose.dl1.ixazomib",
        "dose.dl1.pomalidomide",
        "dose.dl1.dexamethasone",
    ]


def test_a_level_that_was_not_opened_says_so():
    made = escalation_table(any_numbers(absent=("_cohort", "dl2.total")), PROTOCOL)
    assert made.rows[1].cells[-1].text == "not opened"


def test_without_a_recommended_level_no_dose_is_printed_for_it():
    made = escalation_table(any_numbers({"dlt.rp2d.level": row("NE")}), PROTOCOL)
    assert made.rows[-1].label.text == "Recommended dose: NE"
    assert made.rows[-1].cells[0].text == ""


def test_the_recommended_level_is_shown_through_its_own_population():
    made = response_table(any_numbers(), PROTOCOL)
    assert [column.ids for column in made.columns[1:]] == [
        ("level.dl1.evaluable.n",),
        ("population.rp2d.n",),
        ("population.evaluable.n",),
        ("population.treated.n",),
    ]


def test_without_a_recommended_level_every_level_has_its_column():
    made = response_table(any_numbers({"dlt.rp2d.level": row("NE")}), PROTOCOL)
    assert [column.ids[0] for column in made.columns[1:3]] == [
        "level.dl1.evaluable.n",
        "level.dl2.evaluable.n",
    ]


def test_a_summary_that_is_one_category_has_one_row_and_its_interval_below():
    made = response_table(any_numbers(category_rows()), PROTOCOL)
    assert labels(made)[:2] == ["Complete response", "Very good partial response"]
    place = labels(made).index("Very good partial response")
    assert labels(made).count("Very good partial response") == 1
    assert made.rows[place].cells[1].ids[0] == "response.rp2d.vgpr.n"
    assert made.rows[place + 1].cells[1].ids == ("response.rp2d.vgpr.ci",)


@pytest.mark.parametrize(
    "rules, why",
    [
        ({}, "a progression that nothing confirmed."),
        ({"stable_disease": {"days": 49}}, "stable disease that was not shown to last."),
    ],
)
def test_who_is_evaluable_and_yet_not_evaluable_for_best_response_is_explained(rules, why):
    protocol = PROTOCOL | {"response": PROTOCOL["response"] | rules}
    said = [
        response_table(any_numbers({"response.evaluable.best.ne.n": row(str(n), n)}), protocol)
        .notes[0]
        .text
        for n in (1, 0)
    ]
    assert said[0].endswith(f"had no assessment that counts: {why}")
    assert "no assessment that counts" not in said[1]


def test_events_are_coded_and_graded_in_stated_versions():
    versions = {"safety.dictionary.version": row("4.03"), "safety.coding.version": row("19.1")}
    notes = [note.text for note in adverse_event_table(any_numbers(versions), PROTOCOL).notes]
    assert "coded by MedDRA, version 19.1, graded by CTCAE, version 4.03." in notes[0]
    assert notes[1] == (
        "CTCAE, Common Terminology Criteria for Adverse Events; MedDRA, Medical "
        "Dictionary for Regulatory Activities."
    )


def test_one_patient_is_no_patients():
    rows = {"population.treated.n": row("1", 1, counted="1 patient")}
    (note, *_) = adverse_event_table(any_numbers(rows), PROTOCOL).notes
    assert ", in 1 patient; coded" in note.text


def test_events_come_by_frequency_then_severity_then_name():
    rows = event_rows(
        [
            ("Eye", None, (2, 0, 0)),
            ("Blood", None, (3, 2, 1)),
            ("Gut", None, (1, 1, 0)),
            ("Blood", "Rare", (1, 0, 0)),
            ("Blood", "Zoster", (4, 1, 0)),
            ("Blood", "Beta", (5, 0, 0)),
            ("Blood", "Alpha", (5, 0, 0)),
            ("Blood", "Worst", (3, 1, 1)),
            ("Eye", "Cataract", (2, 0, 0)),
        ]
    )
    made = adverse_event_table(any_numbers(rows), PROTOCOL)
    assert labels(made)[4:] == [
        "Blood",
        "Worst",
        "Zoster",
        "Alpha",
        "Beta",
        "Rare",
        "Gut",
        "Eye",
        "Cataract",
    ]


def test_event_groups_come_first_and_by_frequency():
    rows = {"ae.group.neuropathy.total.n": row("9", 9), "ae.group.infections.total.n": row("2", 2)}
    made = adverse_event_table(any_numbers(rows), PROTOCOL)
    assert labels(made) == [
        "Any adverse event",
        "Event groups",
        "Peripheral neuropathy",
        "Infections",
    ]


def test_a_grade_that_occurred_has_a_column_in_every_row():
    made = adverse_event_table(any_numbers(absent=("g1", "_cohort")), PROTOCOL)
    assert [column.text for column in made.columns][1:5] == [
        "Grade 2",
        "Grade 3",
        "Grade 4",
        "Grade 5",
    ]
    fatal = {line.cells[3].ids[0] for line in made.rows if line.label.text != "Event groups"}
    assert fatal == {"ae.overall.g5.n", "ae.group.infections.g5.n", "ae.group.neuropathy.g5.n"}


def test_a_number_that_the_ledger_lacks_is_refused():
    numbers = Numbers({"interval.level.percent": row("95%")}, "table response")
    with pytest.raises(Refusal) as refused:
        response_table(numbers, PROTOCOL)
    assert str(refused.value) == (
        "table response must print numbers that the ledger holds, "
        "but got 'dlt.rp2d.level' (build/numbers.json)"
    )


def test_a_form_that_the_number_lacks_is_refused():
    numbers = Numbers({"a.n": row("12"), "a.percent": row("48%")}, "table baseline")
    with pytest.raises(Refusal) as refused:
        numbers.patients("a")
    assert str(refused.value) == (
        "table baseline, a.percent must have the form it prints, but got "
        "'bare' (build/numbers.json)"
    )


def test_an_unknown_table_is_refused():
    with pytest.raises(Refusal) as refused:
        table("survival")
    said = str(refused.value)
    assert said.startswith("table must be one of baseline, escalation, response, adverse_events, ")
    assert said.endswith(", but got 'survival' (table())") and "survival_by_level" in said


def test_a_trial_without_a_build_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("TRIAL_ROOT", str(tmp_path))
    with pytest.raises(Refusal) as refused:
        table("baseline")
    assert str(refused.value) == (
        "table baseline must find the ledger of a finished build, but got 'numbers.json' (build/)"
    )


def test_a_folder_that_is_no_trial_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("TRIAL_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        Refusal,
        match="^trial folder must be in or above the working one and hold "
        r"analysis/protocol\.yaml, but got 'test_a_folder_that_is_no_trial0'",
    ):
        table("baseline")


def test_a_row_holds_a_cell_for_each_column():
    with pytest.raises(ValueError, match="a row of t must have 1 cells, but got 2"):
        Table("t", (Printed("a"), Printed("b"))).with_row("x", Printed("1"), Printed("2"))


# Texts from data


def shown_cells(text: str) -> list[str]:
    """What pandoc reads in the first column of the pipe table in `text`."""
    import pypandoc

    document = json.loads(pypandoc.convert_text(text, "json", format="markdown"))
    (body,) = [block["c"][4] for block in document["blocks"] if block["t"] == "Table"]
    return [plain(line[1][0][4]) for line in body[0][3]]


def plain(blocks: list) -> str:
    """The text of blocks that may hold nothing but words, blanks and empty spans."""
    parts = [part for block in blocks for part in block["c"]]
    assert all(part["c"] == [["", [], []], []] for part in parts if part["t"] == "Span")
    marks = {"Space": " ", "SoftBreak": " ", "Span": ""}
    return "".join(marks[part["t"]] if part["t"] in marks else part["c"] for part in parts)


def test_hostile_text_is_shown_as_text():
    made = Table("t", (Printed("Event"), Printed("n")))
    for text in HOSTILE:
        made = made.with_row(Printed(text), Printed(text))
    assert shown_cells(made._repr_markdown_()) == HOSTILE


def test_no_shortcode_survives_in_a_table():
    made = Table("t", (Printed("{{< var x >}}"), Printed("n")), notes=(Printed("{{< meta x >}}"),))
    made = made.with_row("{{< var x >}}", Printed("{{< var x >}}"))
    assert "{{<" not in made._repr_markdown_()


def test_a_line_break_in_a_text_does_not_break_the_table():
    assert markdown.escaped("Lung\ninfection\t|") == "Lung infection \\|"


def test_a_spreadsheet_runs_no_formula():
    made = Table("t", (Printed("Event"), Printed("n"))).with_row("=1+1", Printed("@x"), level=1)
    assert made.csv == "Event,n\n'  =1+1,'@x\n"


def test_units_stand_under_units():
    made = Table("t", (Printed("a"), Printed("b"))).with_row("x", Printed("5 (8)"))
    made = made.with_row("y", Printed("12 (38)")).with_row("z", Printed("NE"))
    cells = [line.split("|")[2].strip(" ") for line in made._repr_markdown_().splitlines()[2:5]]
    assert cells == ["\u20075\u00a0(8)", "12\u00a0(38)", "NE"]


# Figure


def write_trial(root: Path, patients: int, *, extra: bool = False) -> Path:
    """A trial folder with panels of so many patients and a ledger that fits any table."""
    levels, panels = list(PROTOCOL["dose_levels"]), root / "build/panels"
    panels.mkdir(parents=True)
    (root / "analysis").mkdir()
    (root / "analysis/protocol.yaml").write_bytes((ROOT / "analysis/protocol.yaml").read_bytes())
    categories = ["sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE"]
    name = ",USUBJID" if extra else ""
    one = ",SECRET-001" if extra else ""
    a, b, c = (
        [f"{head}{name}"]
        for head in (
            "order,best_change,response,unconfirmed",
            "order,level,months,first_response,progression,death,ongoing",
            "months,survival,low,high,at_risk,events,censored",
        )
    )
    for k in range(patients):
        change = "" if k == 3 else 140 - 240 * k / max(patients - 1, 1)
        a.append(
            f"{k + 1},{change},{categories[7 - 8 * k // patients]},{'' if k % 5 else 'Y'}{one}"
        )
        months = round(19.5 * (patients - k) / patients, 3)
        b.append(
            f"{k + 1},{levels[k % 2]},{months},{months / 2},"
            f"{months + 0.3 if k % 3 else ''},{months + 2 if k % 4 == 1 else ''},"
            f"{'' if k % 3 else 'Y'}{one}"
        )
        share = 1 - (k + 1) / patients
        band = f"{max(share - 0.2, 0)},{min(share + 0.15, 1)}" if k else ","
        c.append(f"{(k + 1) * 19.5 / patients},{share},{band},{patients - k},1,{k % 2}{one}")
    for letter, lines in zip("abc", (a, b, c)):
        (panels / f"figure-1{letter}.csv").write_text("\n".join(lines) + "\n")
    criteria = {
        "thresholds": [
            {"change": change, "label": label}
            for change, label in ((25, "PD"), (-25, "MR"), (-50, "PR"), (-90, "VGPR"), (-93, "CR"))
        ],
        "thresholds_of": "Serum:",
        "ylabel": "Best change in M-protein, %",
        "levels": dict(zip(categories, [*categories[:-1], "Not evaluable"])),
    }
    (panels / "figure-1a.json").write_text(json.dumps(criteria))
    write_ledger(root)
    return root


def write_ledger(root: Path) -> None:
    """Every id that the tables and the figure ask for."""
    numbers = any_numbers(
        event_rows([("Blood", None, (1, 1, 1)), ("Blood", "Anemia", (1, 1, 1))])
        | {
            "interval.level.percent": row("95%", 95),
            "pfs.median.months": row("8.4", 8.4),
            "pfs.median.ci": row("4.9–NE", [4.9, None]),
        }
    )
    for make in TABLES.values():
        make(numbers, PROTOCOL)
    for month in PROTOCOL["endpoints"]["pfs"]["at_risk_months"]:
        numbers.row(f"pfs.at_risk.m{month}")
    (root / "build/numbers.json").write_text(json.dumps({"numbers": numbers.rows.rows}))


@pytest.fixture(scope="module")
def trial(tmp_path_factory) -> Path:
    return write_trial(tmp_path_factory.mktemp("trial") / "t", 32, extra=True)


def run(module: str, root: Path, **environment: str) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    fixed = {"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [sys.executable, "-W", "error", "-m", module],
        cwd=root,
        check=True,
        env=kept | fixed | environment,
    )


@pytest.fixture(scope="module")
def drawn(trial) -> Path:
    run("tracedtrial.displays.figures", trial, PYTHONHASHSEED="1", TZ="Asia/Tokyo", LANG="C")
    return trial / "figures"


def test_the_same_input_gives_the_same_bytes(drawn, trial, tmp_path):
    again = write_trial(tmp_path / "elsewhere", 32, extra=True)
    home = tmp_path / "home"
    home.mkdir()
    (again / "matplotlibrc").write_text("font.family: serif\naxes.facecolor: red\n")
    run(
        "tracedtrial.displays.figures",
        again,
        PYTHONHASHSEED="2",
        TZ="UTC",
        HOME=str(home),
        LC_ALL="C.UTF-8",
    )
    for extension in ("pdf", "svg", "png", "tiff"):
        name = f"figure-1.{extension}"
        assert (drawn / name).read_bytes() == (again / "figures" / name).read_bytes(), extension
    listed = Path("build/figures/figure-1.texts.json")
    assert (trial / listed).read_bytes() == (again / listed).read_bytes()


def test_no_identifier_and_no_date_is_in_a_figure_file(drawn, trial):
    for path in [*drawn.iterdir(), trial / "build/figures/figure-1.texts.json"]:
        contents = path.read_bytes()
        for mark in (b"SECRET", b"USUBJID", b"CreationDate", b"<dc:date>", str(trial).encode()):
            assert mark not in contents, (path.name, mark)


def bars(**more: object) -> dict[str, list]:
    """A waterfall of three patients, of whom the second has an unconfirmed response."""
    return {
        "order": [1, 2, 3],
        "best_change": [32.0, -55.0, -95.0],
        "response": ["NE", "SD", "VGPR"],
        "unconfirmed": [False, True, False],
    } | more


LEVELS = {"VGPR": "VGPR", "SD": "SD", "NE": "Not evaluable"}


@pytest.fixture
def waterfall_axes():
    """What draws a waterfall of the frame and gives its axes."""
    from matplotlib.figure import Figure

    from tracedtrial.displays.waterfall import waterfall

    def draw(frame: dict[str, list], thresholds_of: str) -> object:
        axes = Figure(figsize=(4, 3)).add_axes((0.2, 0.3, 0.6, 0.6))
        waterfall(
            axes,
            frame,
            ylabel="Best change, %",
            levels=LEVELS,
            width=69.0,
            thresholds=[{"change": -50, "label": "PR"}],
            thresholds_of=thresholds_of,
        )
        return axes

    with ink.drawing():
        yield draw


def test_not_evaluable_is_spelled_out_as_NE_means_not_estimable(waterfall_axes):
    legend = [text.get_text() for text in waterfall_axes(bars(), "").get_legend().get_texts()]
    assert sorted(legend) == ["Not evaluable", "SD", "Unconfirmed", "VGPR"]


def test_an_unconfirmed_response_is_marked_on_the_side_that_its_bar_leaves_free(waterfall_axes):
    def circles(frame: dict[str, list]) -> list[tuple[float, float]]:
        return [
            (line.get_xdata()[0], line.get_ydata()[0])
            for line in waterfall_axes(frame, "").lines
            if line.get_marker() == "o"
        ]

    assert circles(bars()) == [(2, 5)]
    assert circles(bars(unconfirmed=[True, False, False])) == [(1, -5)]
    assert circles(bars(unconfirmed=[False] * 3)) == []


def test_lines_that_hold_for_one_parameter_say_so_above_their_labels(waterfall_axes):
    def beside(parameter: str) -> list[str]:
        texts = [
            text for text in waterfall_axes(bars(), parameter).texts if text.get_position()[0] == 1
        ]
        return [text.get_text() for text in sorted(texts, key=lambda t: -t.get_position()[1])]

    assert beside("Serum:") == ["Serum:", "PR"]
    assert beside("") == ["PR"]


def test_pictures_are_180_mm_wide_at_600_dpi(drawn):
    from PIL import Image

    for name, kind in (("figure-1.png", "PNG"), ("figure-1.tiff", "TIFF")):
        with Image.open(drawn / name) as picture:
            assert picture.format == kind and picture.mode == "RGB"
            assert round(float(picture.info["dpi"][0])) == 600
            assert abs(picture.width / 600 * 25.4 - 180) < 0.1
            if kind == "TIFF":
                assert picture.info["compression"] == "tiff_lzw"


def test_fonts_are_embedded_in_the_pdf_and_outlined_in_the_svg(drawn):
    assert (drawn / "figure-1.pdf").read_bytes().count(b"/FontFile2") > 0
    assert b"<text" not in (drawn / "figure-1.svg").read_bytes()


@pytest.fixture(params=[1, 12, 32, 60])
def canvas(request, tmp_path):
    """A drawn figure of so many patients, and the strings that its renderer was given."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

    from tracedtrial.displays.figures import figure_1, read_panels

    panels = read_panels(write_trial(tmp_path / "t", request.param))
    strings: list[str] = []
    original = RendererAgg.draw_text

    def draw_text(self, gc, x, y, s, *rest, **more):
        strings.append(s)
        return original(self, gc, x, y, s, *rest, **more)

    with ink.drawing(), pytest.MonkeyPatch.context() as patch:
        made = figure_1(panels)
        canvas = FigureCanvasAgg(made)
        patch.setattr(RendererAgg, "draw_text", draw_text)
        canvas.draw()
        yield canvas, strings


def test_every_drawn_text_is_listed_with_a_kind_and_its_ids(canvas):
    from tracedtrial.displays.texts import drawn_texts

    canvas, strings = canvas
    listed = drawn_texts(canvas.figure)
    words = " ".join(entry["text"] for entry in listed).split()
    assert sorted(words) == sorted(" ".join(strings).split())
    for entry in listed:
        assert entry["kind"] in ("ledger", "axis tick", "axis label", "legend", "panel letter")
        assert entry["panel"] in ("a", "b", "c")
        numeral = any(mark.isdigit() for mark in entry["text"])
        assert not numeral or entry["kind"] == "axis tick" or "ids" in entry or "origin" in entry
    median = next(entry for entry in listed if entry["text"].startswith("Median"))
    assert median == {
        "panel": "c",
        "kind": "ledger",
        "text": "Median 8.4 months (95% CI 4.9–NE)",
        "ids": ["pfs.median.months", "interval.level.percent", "pfs.median.ci"],
        "texts": ["8.4", "95%", "4.9–NE"],
    }


def test_no_text_is_clipped_small_or_over_another(canvas):
    from matplotlib.text import Text

    canvas, _ = canvas
    texts = [text for text in canvas.figure.findobj(Text) if text.get_visible() and text.get_text()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    width, height = canvas.get_width_height()
    assert all(text.get_fontsize() >= 7 for text in texts)
    for text, box in boxes:
        assert 0 <= box.x0 and box.x1 <= width and 0 <= box.y0 and box.y1 <= height, text
    for (one, first), (other, second) in combinations(boxes, 2):
        assert not first.overlaps(second), (one, other)


def test_a_text_of_no_kind_stops_the_figure(canvas):
    from tracedtrial.displays.texts import drawn_texts

    canvas, _ = canvas
    canvas.figure.axes[0].text(0, 0, "48%")
    with pytest.raises(ValueError, match="a text must be of a known kind, but got '48%'"):
        drawn_texts(canvas.figure)


@pytest.mark.parametrize("fills", [ink.FILLS, ink.GREYS])
def test_fills_differ_in_grey_by_lightness_or_hatch(fills):
    from matplotlib.colors import to_rgb

    def lightness(colour: str) -> float:
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), to_rgb(colour)))

    for (one, hatch), (other, second) in combinations(fills, 2):
        assert hatch != second or abs(lightness(one) - lightness(other)) > 0.12, (one, other)


def test_a_median_that_is_not_reached_prints_ne():
    from tracedtrial.displays.figures import median_text

    numbers = Numbers(
        {
            "pfs.median.months": row("NE"),
            "pfs.median.ci": row("9.1–NE"),
            "interval.level.percent": row("95%"),
        },
        "figure 1",
    )
    assert median_text(numbers).text == "Median NE (95% CI 9.1–NE)"


def test_ticks_reach_past_the_longest_time_and_stay_few():
    from tracedtrial.displays.timeline import months_shown

    assert months_shown(18.0, 3) == [0, 3, 6, 9, 12, 15, 18]
    assert months_shown(18.1, 3)[-1] == 21
    assert months_shown(120, 3) == list(range(0, 121, 12))
    assert months_shown(0.2, 3) == [0, 3]


def test_a_panel_without_its_columns_is_refused(tmp_path):
    from tracedtrial.displays.figures import COLUMNS, read_frame

    path = tmp_path / "figure-1a.csv"
    path.write_text("order,response\n1,PR\n")
    with pytest.raises(Refusal) as refused:
        read_frame(path, COLUMNS["a"])
    assert str(refused.value) == (
        "panel must be a file with the columns order, best_change, response, unconfirmed, but got "
        "'figure-1a.csv' (build/panels)"
    )


def test_a_response_without_a_colour_is_refused():
    from tracedtrial.displays.figures import check_known

    with pytest.raises(Refusal) as refused:
        check_known({"response": ["PR", "BEST", "WORST"]}, "response", ["PR", "PD"])
    assert str(refused.value) == (
        "response must be one of PR, PD, but got 'BEST' (build/panels; 2 rows in all)"
    )


# Files and notebooks


def test_every_table_is_written_with_the_ids_of_each_cell(trial):
    run("tracedtrial.displays.tables", trial, HOME=str(trial))
    for name in TABLES:
        value = json.loads((trial / f"build/tables/{name}.ids.json").read_text(encoding="utf-8"))
        lines = (trial / f"build/tables/{name}.csv").read_text(encoding="utf-8").splitlines()
        assert len(lines) == len(value["rows"]) + 1
        assert any("ids" in cell for line in value["rows"] for cell in line["cells"])
    assert (trial / "figures/ae-table.csv").read_bytes() == (
        trial / "build/tables/adverse_events.csv"
    ).read_bytes()
    assert "Anemia" in (trial / "figures/ae-table.md").read_text(encoding="utf-8")


def test_a_refused_table_leaves_the_files_as_they_were(tmp_path):
    root = write_trial(tmp_path / "t", 12)
    run("tracedtrial.displays.tables", root, HOME=str(tmp_path))
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    ledger = root / "build/numbers.json"
    rows = json.loads(ledger.read_text())["numbers"]
    del rows["ae.overall.total.events"]
    ledger.write_text(json.dumps({"numbers": rows}))
    with pytest.raises(subprocess.CalledProcessError):
        run("tracedtrial.displays.tables", root, HOME=str(tmp_path))
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert {path for path in after if after[path] != before.get(path)} == {ledger}
    assert after.keys() == before.keys()


def test_a_notebook_shows_the_built_picture_and_names_it(drawn, trial, monkeypatch):
    monkeypatch.setenv("TRIAL_ROOT", str(trial))
    shown, settings = figure("figure-1")._repr_mimebundle_()
    named = shown["application/vnd.trial.figure+json"]
    assert named == {"name": "figure-1", "folder": "../figures"}
    assert shown["image/png"].startswith("iVBORw0KGgo")
    assert settings == {"image/png": {"width": 680}}
    assert repr(figure("figure-1")) == "figure('figure-1')"


def test_a_renderer_that_sets_the_built_files_is_given_the_name_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("TRIAL_ROOT", str(tmp_path))
    monkeypatch.setenv("TRIAL_FIGURES_DEFERRED", "1")
    shown, settings = figure("figure-1")._repr_mimebundle_()
    assert shown == {
        "application/vnd.trial.figure+json": {"name": "figure-1", "folder": "../figures"}
    }
    assert settings == {}


def test_a_figure_that_was_not_built_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("TRIAL_ROOT", str(tmp_path))
    with pytest.raises(Refusal) as refused:
        figure("figure-9")._repr_mimebundle_()
    assert str(refused.value) == (
        "figure must be one that the build drew, but got 'figure-9' (figures/)"
    )


def test_a_table_is_found_from_a_folder_inside_the_trial(trial, monkeypatch):
    (trial / "manuscript").mkdir(exist_ok=True)
    monkeypatch.delenv("TRIAL_ROOT", raising=False)
    monkeypatch.chdir(trial / "manuscript")
    made = table("baseline")
    assert repr(made) == "table('baseline')"
    assert made._repr_markdown_().startswith("| Characteristic")


def test_tables_need_neither_pandas_nor_matplotlib():
    code = (
        "import sys; from tracedtrial.displays import table, figure; "
        "print({'pandas', 'numpy', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("module", ["printed", "timeline", "wording"])
def test_the_examples_in_the_docstrings_hold(module):
    import doctest
    import importlib

    found = doctest.testmod(importlib.import_module(f"tracedtrial.displays.{module}"))
    assert found.attempted and not found.failed
