"""Declared analyses: read, refused, computed by two engines, and printed."""

import copy
import json
import pkgutil
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tracedtrial.analyses.declared.checking import check_declared
from tracedtrial.analyses.declared.conditions import SyntaxFault, parse_selection
from tracedtrial.analyses.declared.displays import read_displays
from tracedtrial.analyses.declared.engine import numbers as numbers_of_one
from tracedtrial.analyses.declared.methods import registered
from tracedtrial.analyses.declared.model import Analysis
from tracedtrial.analyses.declared.panels import declared_panels
from tracedtrial.analyses.declared.reading import read_analyses
from tracedtrial.analyses.sections import results
from tracedtrial.analyses.trial import Trial, trial_of
from tracedtrial.analyses.writing import write_results
from tracedtrial.checks.second_engine import declared_differences, second_numbers
from tracedtrial.checks.second_engine.declared import declared_analyses
from tracedtrial.checks.second_engine.methods import METHODS
from tracedtrial.checks.second_engine.settings import settings_of
from tracedtrial.datasets import derive
from tracedtrial.displays.declared import declared_table
from tracedtrial.displays.printed import Numbers
from tracedtrial.paths import ANALYSES
from tracedtrial.provenance.numbers import found_numbers
from tracedtrial.record.ledger.numbers import numbers_of
from tracedtrial.record.number import Number, slug
from tracedtrial.refusal import Refusal

EVERY = """
analyses:
  pfs.levels:
    label: Progression-free survival by dose level
    data: ADTTE where PARAMCD = PFS_FDA
    of: [treated, rp2d]
    by: ARMCD
    total: true
    method: kaplan_meier
    statistics:
      {size: {}, n: {}, events: {}, q1: {}, median: {}, q3: {},
       survival_at: {months: [3, 6, 12, 40]}, at_risk: {months: [0, 4.5, 12]}}
  follow.up:
    label: Follow-up
    data: ADTTE where PARAMCD = OS
    of: treated
    method: kaplan_meier
    statistics: {reverse: {}, median: {}}
  responders:
    label: Responders
    data: ADRS where PARAMCD = CBOR and AVALC in (sCR, CR, VGPR, PR)
    of: evaluable
    by: [DEL17P, SEX]
    labels: {POSITIVE: With del(17p)}
    method: patients_with
    statistics: {n: {}, percent: {}, ci: {interval: wilson, level: 0.9}}
  exact:
    label: Exact intervals
    data: ADRS where PARAMCD = CBOR
    of: treated
    method: patients_with
    rows: AVALC
    statistics: {n: {}, percent: {}, ci: {}}
  related:
    label: Related events
    data: ADAE where TRTEMFL = Y and AEREL = RELATED
    of: treated
    by: ARMCD
    total: true
    method: patients_at_highest_grade
    rows: [overall, AEBODSYS, AEDECOD]
    grades: [any, 1, 2, 3+, 3-4, 5]
    statistics: {n: {}, percent: {}}
  age:
    label: Age
    data: ADSL
    of: treated
    by: ARMCD
    method: summary
    value: AGE
    statistics: {n: {}, missing: {}, mean: {}, sd: {}, median: {}, quartiles: {}, range: {}}
  rate:
    label: Serious events per time
    data: ADAE where TRTEMFL = Y and AESER = Y
    of: treated
    by: ARMCD
    total: true
    method: event_rate
    statistics: {events: {}, years: {}, rate: {}, ci: {}}
  two.shares:
    label: Response by dose level
    data: ADRS where PARAMCD = CBOR and AVALC in (CR, VGPR, PR)
    of: evaluable
    by: ARMCD
    method: compare_patients_with
    statistics: {size: {}, difference: {}, risk_ratio: {}, odds_ratio: {}, fisher: {}}
  two.times:
    label: Survival by dose level
    data: ADTTE where PARAMCD = OS
    of: treated
    by: ARMCD
    method: log_rank
    statistics: {statistic: {}, p: {}}
  two.hazards:
    label: Hazard by dose level
    data: ADTTE where PARAMCD = OS
    of: treated
    by: ARMCD
    method: cox
    statistics: {hazard_ratio: {}}
  three.times:
    label: Progression by del(17p)
    data: ADTTE where PARAMCD = PFS_EMA
    of: treated
    by: DEL17P
    method: log_rank
    statistics: {statistic: {}, p: {}}
  trend:
    label: Deaths by stage
    data: ADSL where DTHFL = Y
    of: treated
    by: ISS
    method: trend_of_patients_with
    statistics: {statistic: {}, p: {}}
tables:
  shown:
    head: End point
    of: pfs.levels
    rows:
      - {label: Progression or death}
      - {label: "At {times.m6} months", cell: "{m6.percent} ({m6.ci})", level: 1}
  events:
    head: Event
    of: related
    note: "Of {population.treated.n} patients."
    rows:
      - {label: "{category}", each: AEDECOD, cell: "{any.n} ({any.percent:bare})"}
figures:
  curves: {kind: kaplan_meier, analysis: pfs.levels, ylabel: "Progression-free, %"}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "analyses.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(**entry: object) -> str:
    """A file of one analysis, with these keys in place of its own; None takes a key out."""
    own = {
        "label": "Age",
        "data": "ADSL where SEX = F",
        "of": "treated",
        "method": "summary",
        "value": "AGE",
        "statistics": {"median": {}},
    } | entry
    held = {key: value for key, value in own.items() if value is not None}
    return yaml.safe_dump({"analyses": {"age": held}}, sort_keys=False)


@pytest.fixture(scope="module")
def datasets(raw, protocol):
    return derive(raw, protocol)


@dataclass(frozen=True)
class Every:
    """The trial with every method declared, and what it gives."""

    folder: Path
    trial: Trial
    declared: tuple[Analysis, ...]
    numbers: dict[str, Number]
    rows: dict[str, dict]

    def differences(self, protocol: dict, changed: dict[str, dict]) -> list[str]:
        """What the engines do not give alike where these rows are changed."""
        ledger = {id: row | changed.get(id, {}) for id, row in self.rows.items()}
        second = second_numbers(self.folder, self.declared, settings_of(protocol))
        by_two = {one.id: one.method in METHODS for one in self.trial.analyses}
        return list(declared_differences(ledger, second, by_two))


@pytest.fixture(scope="module")
def every(datasets, protocol, tmp_path_factory) -> Every:
    folder = tmp_path_factory.mktemp("every")
    made = trial_of(datasets, protocol, read_analyses(write(folder, EVERY)))
    write_results(made, folder / "build")
    content = json.loads((folder / "build/results.json").read_text())
    rows = numbers_of(content, protocol["display"])["numbers"]
    (folder / "analysis").mkdir()
    shutil.copy(folder / "analyses.yaml", folder / ANALYSES)
    return Every(folder, made, declared_analyses(folder), results(made), rows)


@pytest.fixture
def trial(datasets, protocol, tmp_path) -> Callable[[str], Trial]:
    def made(text: str) -> Trial:
        return trial_of(datasets, protocol, read_analyses(write(tmp_path, text)))

    return made


def refused(trial: Callable[[str], Trial], text: str) -> list[str]:
    with pytest.raises(Refusal) as error:
        check_declared(trial(text))
    return [line.rpartition("analyses.yaml:")[2] for line in str(error.value).splitlines()]


# Conditions


@pytest.mark.parametrize(
    "text",
    [
        "ADSL",
        "ADAE where AETOXGR >= 3",
        "ADAE where AEREL = RELATED and AEACN in (DOSE REDUCED, DRUG WITHDRAWN)",
        "ADSL where DEL17P is not missing and SEX != F and AGE not in (70, 71)",
    ],
)
def test_a_selection_reads_as_it_is_written(text):
    assert str(parse_selection(text)) == text


def test_a_quoted_value_may_hold_the_words_of_a_condition():
    (clause,) = parse_selection("ADAE where AEDECOD = 'Nausea and vomiting'").clauses
    assert clause.values == ("Nausea and vomiting",)


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("adsl", 1, "a dataset in capital letters, but got 'adsl'"),
        ("ADSL were SEX = F", 6, "'where', but got 'were'"),
        ("ADSL where SEX", 15, "in, not in or is, but got the end"),
        ("ADSL where SEX = ", 17, "a value, but got the end"),
        ("ADSL where SEX = F or AGE > 3", 27, "'and', but got '>'"),
        ("ADSL where SEX in (F, M", 24, "')', but got the end"),
        ("ADSL where SEX = 'F", 18, "a closed quote or a word"),
    ],
)
def test_a_fault_of_syntax_has_its_column(text, column, expected):
    with pytest.raises(SyntaxFault) as fault:
        parse_selection(text)
    assert expected in str(fault.value)
    assert fault.value.column in (column, column - 1, column + 1)


# Refusals


def test_what_is_unknown_is_named_with_its_place_and_the_nearest(trial):
    assert refused(trial, changed(method="sumary")) == [
        "6:13: age: method must be one of those known, but got 'sumary' (nearest: summary)"
    ]
    (line,) = refused(trial, changed(data="ADSL where SX = F"))
    assert line.startswith("4:22: age: ADSL: variable must be one of those known, but got 'SX'")
    assert "SEX" in line
    (line,) = refused(
        trial,
        changed(
            data="ADAE where AEREL = RELATD",
            method="patients_with",
            value=None,
            statistics={"n": {}},
        ),
    )
    assert "got 'RELATD'" in line and "RELATED" in line
    (line,) = refused(trial, changed(of="treatd"))
    assert "population must be one of those known, but got 'treatd'" in line and "treated" in line
    (line,) = refused(trial, changed(data="ADLS"))
    assert "dataset must be one of those known, but got 'ADLS'" in line and "ADSL" in line


def test_several_mistakes_are_all_told_at_once(trial):
    text = changed(data="ADSL where SX = F and AGE = old", of=["treatd", "evaluabel"], by="SXE")
    assert len(refused(trial, text)) == 5


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"statistics": {"medan": {}}}, "statistic must be one of those known, but got 'medan'"),
        ({"statistics": {"median": {"level": 1}}}, "option must be one of those known"),
        ({"value": "SEX"}, "SEX must be a number to be summarized, but holds texts"),
        ({"value": None}, "value must be given to summary, but is missing"),
        (
            {"method": "patients_with", "value": None, "statistics": {"ci": {"interval": "wald"}}},
            "interval must be one of those known, but got 'wald'",
        ),
        ({"grades": [3]}, "grades must not be given to summary, which does not use it"),
        ({"data": "ADSL where AGE = old"}, "AGE must be compared with a number, but got 'old'"),
        ({"data": "ADSL where SEX > F"}, "SEX holds texts, which > does not order"),
        ({"data": "ADSL where TRTSDT > soon"}, "TRTSDT must be compared with a day"),
        ({"method": "kaplan_meier", "value": None}, "kaplan_meier must be asked of ADTTE, not of"),
        ({"labels": {"X": "x"}, "by": "SEX"}, "value of a group must be one of those known"),
        (
            {
                "method": "log_rank",
                "value": None,
                "data": "ADTTE where PARAMCD = OS",
                "total": True,
                "by": "SEX",
                "statistics": {"p": {}},
            },
            "total must not be given to log_rank, which compares the groups",
        ),
        (
            {
                "method": "log_rank",
                "value": None,
                "data": "ADTTE where PARAMCD = OS",
                "statistics": {"p": {}},
            },
            "by must be given to log_rank, but is missing",
        ),
        ({"stats": {}}, "Additional properties are not allowed"),
        (
            {
                "method": "compare_patients_with",
                "value": None,
                "by": "DEL17P",
                "statistics": {"fisher": {}},
            },
            "compare_patients_with must compare 2 groups, but treated has 3",
        ),
    ],
)
def test_what_does_not_fit_is_refused(trial, entry, said):
    assert any(said in line for line in refused(trial, changed(**entry)))


def test_an_id_given_twice_or_taken_is_refused(trial, tmp_path):
    twice = changed() + changed().partition("\n")[2]
    with pytest.raises(Refusal, match="key must be given once"):
        trial(twice)
    taken = changed().replace("age:", "baseline.age:").replace("baseline.age", "baseline.age", 1)
    with pytest.raises(Refusal, match="id must be issued once"):
        results(trial(taken))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"label": "x", "cell": "{n}", "of": "pfs.level"}, "analysis must be one of those known"),
        ({"label": "{category}", "each": "AEBODSY", "cell": "{n}", "of": "related"}, "AEBODSYS"),
    ],
)
def test_a_table_names_what_is_declared(tmp_path, row, said):
    content = yaml.safe_load(EVERY)
    content["tables"]["shown"]["rows"] = [row]
    with pytest.raises(Refusal, match=said):
        read_displays(write(tmp_path, yaml.safe_dump(content)))


# Numbers


def test_a_declared_number_is_the_one_that_the_article_has(every):
    numbers = every.numbers
    same = {
        "pfs.levels.treated.all.median.months": "pfs.median.months",
        "pfs.levels.treated.all.median.ci": "pfs.median.ci",
        "pfs.levels.treated.all.m6.percent": "pfs.m6.percent",
        "pfs.levels.treated.all.events.n": "pfs.events.n",
        "follow.up.median.months": "followup.median.months",
        "exact.pr.n": "response.treated.best.pr.n",
        "age.dl2.median": "baseline.by.dl2.age.median",
    }
    for declared, built in same.items():
        assert numbers[declared].value == numbers[built].value, declared
        for role, records in numbers[built].records.items():
            assert set(records) == set(numbers[declared].records[role]), (declared, role)


def test_every_method_is_derived_twice_and_agrees(every, protocol):
    analyses = every.trial.analyses
    assert {analysis.method for analysis in analyses} == set(registered())
    assert set(registered()) - set(METHODS) == {"cox"}
    assert every.differences(protocol, {}) == []
    once = {one.id for one in analyses if one.method not in METHODS}
    declared = [
        id for id, row in every.rows.items() if row["keys"].get("analysis") not in {None, *once}
    ]
    second = second_numbers(every.folder, every.declared, settings_of(protocol))
    assert [id for id in declared if every.rows[id]["source"] == "data"] == [
        id for id in declared if id in second
    ]


@pytest.mark.parametrize(
    ("id", "change"),
    [
        ("related.dl2.overall.g3plus.n", {"n": 1}),
        ("pfs.levels.treated.all.m6.ci", {"value": [50.0, 70.0]}),
        ("age.dl1.sd", {"value": 7.0}),
        ("two.times.p", {"value": 0.05}),
        ("rate.all.years", {"value": None}),
    ],
)
def test_another_value_is_a_difference(every, protocol, id, change):
    (line,) = every.differences(protocol, {id: change})
    assert line.startswith(f"{id}: ") and line.endswith("by engine two")


def test_a_group_without_a_patient_is_not_estimable(every):
    assert every.numbers["pfs.levels.rp2d.dl1.n"].value == 0
    assert every.numbers["pfs.levels.rp2d.dl1.median.months"].value is None
    assert every.rows["pfs.levels.rp2d.dl1.m6.ci"]["text"] == "NE"


def test_groups_stand_in_the_order_of_their_labels(every):
    ids = [id for id in every.numbers if id.startswith("responders.")]
    assert ids[0].startswith("responders.positive.")


# Displays


def test_declared_tables_print_the_record_alone(every, protocol):
    table = read_displays(every.folder / "analyses.yaml").tables["events"]
    shown = declared_table(table, Numbers(every.rows, "table events"), protocol)
    first = shown.rows[0]
    term = slug(first.label.text)
    assert [cell.ids[0] for cell in first.cells] == [
        f"related.{group}.term.{term}.any.n" for group in ("dl1", "dl2", "all")
    ]
    counts = [int(row.cells[-1].text.partition(" ")[0]) for row in shown.rows]
    assert counts == sorted(counts, reverse=True)
    assert shown.notes[0].text == "Of 32 patients."


def test_the_source_of_a_figure_has_a_curve_for_each_group_and_no_patient(every):
    figures = read_displays(every.folder / "analyses.yaml").figures
    frame = declared_panels(every.trial, figures)["curves"]
    assert list(frame) == ["group", "months", "survival", "low", "high", "censored"]
    first = frame.groupby("group").first()
    assert (first["survival"] == 1).all() and (first["months"] == 0).all()


# Found


def test_a_number_is_found_by_id_words_and_text(every):
    def found(pattern: str) -> list[str]:
        return [one.id for one in found_numbers(pattern, every.rows)]

    assert "age.dl1.mean" in found(every.rows["age.dl1.mean"]["text"])
    assert found("Age standard deviation") == ["age.dl1.sd", "age.dl2.sd"]
    assert found("age.*.sd") == ["age.dl1.sd", "age.dl2.sd"]
    assert found("no such number") == []
    assert len(found("")) == len(every.rows)


def test_the_shipped_file_is_read_and_its_displays_have_their_analyses(root, tmp_path):
    shutil.copy(root / "analysis/analyses.yaml", tmp_path / "analyses.yaml")
    displays = read_displays(tmp_path / "analyses.yaml")
    assert displays.tables and displays.figures


# Populations


def subgroup(protocol: dict, where: str) -> dict:
    changed = copy.deepcopy(protocol)
    changed["populations"]["high_risk"] = {
        "of": "treated",
        "label": "high-risk patients",
        "all": [{"where": where}],
        "source": "assumed",
        "why": "A subgroup",
    }
    return changed


def test_a_population_may_rest_on_any_variable_of_adsl(datasets, protocol):
    made = trial_of(datasets, subgroup(protocol, "DEL17P = POSITIVE and AGE >= 60"))
    population = made.populations["high_risk"]
    frame = datasets.adsl.frame
    assert 0 < population.size < made.populations["treated"].size
    assert (frame["AGE"][population.members] >= 60).all()
    number = results(made)["population.high_risk.n"]
    assert number.value == population.size
    assert set(datasets.raw.subject_of[number.records["population"]]) == set(
        population.members.nonzero()[0]
    )


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (
            "DEL17 = POSITIVE",
            "variable must be one of those known, but got 'DEL17' (nearest: DEL17P",
        ),
        ("DEL17P = POSITIV", "but got 'POSITIV' (nearest: POSITIVE"),
        ("DEL17P POSITIVE", "not in or is, but got 'POSITIVE'"),
    ],
)
def test_a_subgroup_names_what_is_there(datasets, protocol, where, said):
    with pytest.raises(Refusal) as error:
        check_declared(trial_of(datasets, subgroup(protocol, where)))
    assert said in str(error.value) and "analysis/protocol.yaml" in str(error.value)


# Errors planted in the first engine


def events_as_censored(function: Callable) -> Callable:
    return lambda time, event, *rest, **how: function(time, ~event, *rest, **how)


def first_left_out(function: Callable) -> Callable:
    return lambda values: function(values[1:])


def exchanged(function: Callable) -> Callable:
    return lambda first, second, *level: function(second, first, *level)


def one_more(function: Callable) -> Callable:
    return lambda n, of, **how: function(n + 1, of + 1, **how)


def without_ties(function: Callable) -> Callable:
    return lambda first, second: 2 * function(first, second)


def one_death_less(function: Callable) -> Callable:
    return lambda events, sizes: function([max(n - 1, 0) for n in events], sizes)


def of_others(function: Callable) -> Callable:
    return lambda self, *clauses: ~function(self, *clauses)


METHODS_OF = "tracedtrial.analyses.declared.methods"


@pytest.mark.parametrize(
    ("place", "error", "analysis"),
    [
        (f"{METHODS_OF}.kaplan_meier.kaplan_meier", events_as_censored, "pfs.levels"),
        (f"{METHODS_OF}.kaplan_meier.reverse_kaplan_meier", events_as_censored, "follow.up"),
        (f"{METHODS_OF}.summary.summary", first_left_out, "age"),
        (f"{METHODS_OF}.event_rate.event_rate", one_more, "rate"),
        (f"{METHODS_OF}.comparison.risk_difference", exchanged, "two.shares"),
        (f"{METHODS_OF}.comparison.risk_ratio", exchanged, "two.shares"),
        (f"{METHODS_OF}.comparison.odds_ratio", exchanged, "two.shares"),
        (f"{METHODS_OF}.comparison.fisher_exact", without_ties, "two.shares"),
        (f"{METHODS_OF}.comparison.log_rank", events_as_censored, "two.times"),
        (f"{METHODS_OF}.comparison.cochran_armitage", one_death_less, "trend"),
        (f"{METHODS_OF}.highest_grade.bounds", lambda f: lambda column: (2, 4), "related"),
        ("tracedtrial.analyses.declared.asked.Asked.rows_of_all", of_others, "responders"),
        ("tracedtrial.analyses.declared.counting.exact_interval", one_more, "exact"),
    ],
)
def test_an_error_of_the_first_engine_is_found_by_the_second(
    every, protocol, monkeypatch, place, error, analysis
):
    module, _, name = place.rpartition(".")
    holder = pkgutil.resolve_name(module)
    monkeypatch.setattr(holder, name, error(getattr(holder, name)))
    if name == "exact_interval":
        intervals = {"exact": (holder.exact_interval, "")}
        monkeypatch.setattr(holder, "INTERVALS", holder.INTERVALS | intervals)
    (declared,) = (one for one in every.trial.analyses if one.id == analysis)
    wrong = {number.id: number for number in numbers_of_one(every.trial, declared)}
    changed = {
        id: {"value": number.value, "n": number.n, "denominator": number.denominator}
        for id, number in wrong.items()
    }
    assert every.differences(protocol, changed)
