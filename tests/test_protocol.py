"""The trial as designed: the shipped protocol is valid; what nothing could follow is refused."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.refusal import Refusal

SOURCES = {"published", "registry", "assumed"}
UNSOURCED = {"format"}  # the version of the file's own format


def entries(node: object, place: tuple = ()) -> Iterator[tuple[tuple, dict]]:
    """Every entry of the protocol that says where it comes from, with its place."""
    if isinstance(node, dict) and "source" in node:
        yield place, node
    elif isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from entries(child, (*place, key))


def leaves(node: object, sourced: bool = False, place: tuple = ()) -> Iterator[tuple[tuple, bool]]:
    """Every value, and whether an entry around it says where it comes from."""
    sourced = sourced or isinstance(node, dict) and "source" in node
    if isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(child, sourced, (*place, key))
    else:
        yield place, sourced


@pytest.fixture
def refused(tmp_path, monkeypatch) -> Callable[[object], str]:
    """The message with which a changed protocol is refused; a text is written as it is."""
    monkeypatch.chdir(tmp_path)
    Path("analysis").mkdir()

    def message(content: object) -> str:
        text = content if isinstance(content, str) else json.dumps(content)
        Path("analysis/protocol.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(Refusal) as error:
            read_protocol()
        return str(error.value)

    return message


@pytest.fixture
def changed(protocol) -> dict:
    return copy.deepcopy(protocol)


@pytest.fixture(scope="module")
def text(root) -> str:
    return (root / "analysis/protocol.yaml").read_text(encoding="utf-8")


def at(protocol: dict, place: tuple) -> dict:
    for key in place:
        protocol = protocol[key]
    return protocol


# By-hand truth


def test_the_shipped_protocol_is_valid_and_plain(protocol):
    assert json.loads(json.dumps(protocol)) == protocol
    assert protocol["trial"]["registration"] == {"value": "NCT02119468", "source": "registry"}
    assert protocol["dose_levels"]["DL2"]["doses"] == {
        "IXAZOMIB": 4,
        "POMALIDOMIDE": 4,
        "DEXAMETHASONE": 40,
    }


def test_dose_levels_and_populations_keep_their_order(protocol):
    assert list(protocol["dose_levels"]) == ["DL1", "DL2"]
    assert list(protocol["populations"]) == [
        "treated",
        "dlt_evaluable",
        "evaluable",
        "expansion",
        "rp2d",
    ]


def test_every_value_has_a_source(protocol):
    assert {place[0] for place, sourced in leaves(protocol) if not sourced} == UNSOURCED


def test_every_source_is_one_of_three_and_an_assumption_says_why(protocol):
    for place, entry in entries(protocol):
        assert entry["source"] in SOURCES, place
        assert entry["source"] != "assumed" or len(entry["why"]) >= 8, place


def test_only_what_the_abstract_or_the_registry_says_is_not_assumed(protocol):
    published = {
        ".".join(map(str, place))
        for place, entry in entries(protocol)
        if entry["source"] == "published"
    }
    assert {"dose_levels.DL1", "dose_levels.DL2", "escalation.rule"} <= published
    assert not published & {"trial.cutoff", "dlt.window", "endpoints.pfs", "response.criteria"}


def test_the_criteria_named_in_the_shipped_protocol_fit_it(protocol):
    criteria = response_criteria(protocol)
    assert (criteria.name, criteria.version) == ("IMWG 2016", "2016")


# Refusal: where an entry comes from


def test_an_entry_without_a_source_is_refused(refused, changed):
    # What is not said to be published or registered is taken as assumed, and must say why, too.
    unsaid = [entry for _, entry in entries(changed)]
    count = sum(1 if "why" in entry else 2 for entry in unsaid)
    for entry in unsaid:
        del entry["source"]
    assert refused(changed) == (
        "analysis/protocol.yaml, baseline.characteristics[0]: 'source' is a required property "
        f"({count} findings in all)"
    )


def test_an_assumption_that_does_not_say_why_is_refused(refused, changed):
    assumed = [entry for _, entry in entries(changed) if entry["source"] == "assumed"]
    for entry in assumed:
        del entry["why"]
    assert refused(changed) == (
        "analysis/protocol.yaml, baseline.characteristics[0]: 'why' is a required property "
        f"({len(assumed)} findings in all)"
    )


def test_the_message_names_the_entry(refused, changed):
    del changed["cycle"]["why"]
    assert refused(changed) == "analysis/protocol.yaml, cycle: 'why' is a required property"


def test_an_unknown_source_is_refused(refused, changed):
    changed["cycle"]["source"] = "guessed"
    assert refused(changed) == (
        "analysis/protocol.yaml, cycle.source: 'guessed' is not one of "
        "['published', 'registry', 'protocol', 'assumed']"
    )


# Refusal: YAML


def test_a_missing_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refusal) as error:
        read_protocol()
    assert str(error.value) == "analysis/protocol.yaml cannot be read: No such file or directory"


@pytest.mark.parametrize(
    "old, new, message",
    [
        (
            "format: 1",
            "format: 1\nformat: 1",
            "analysis/protocol.yaml: key must be given once, but got 'format' (line 4)",
        ),
        (
            "format: 1",
            "format: 1\n1: one",
            "analysis/protocol.yaml: key must be text, but got 1 (line 5)",
        ),
        (
            "format: 1",
            "format: 1\n? [a]\n: b",
            "analysis/protocol.yaml: key must be text, but got ['a'] (line 5)",
        ),
        (
            "{F: Female, M: Male}",
            "{F: Female, NO: Other}",
            "analysis/protocol.yaml: key must be text, but got False (line 75)",
        ),
        (
            "format: 1",
            "format: !!python/object/apply:os.getcwd []",
            "analysis/protocol.yaml must be YAML in UTF-8: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object/apply:os.getcwd' in \"analysis/protocol.yaml\", line 4, column 9",
        ),
        (
            "format: 1",
            "format: !mine 1",
            "analysis/protocol.yaml must be YAML in UTF-8: could not determine a constructor for the tag '!mine' "
            'in "analysis/protocol.yaml", line 4, column 9',
        ),
        (
            "value: '2016-11-30'",
            "value: 2016-13-45",
            "analysis/protocol.yaml must be YAML in UTF-8: month must be in 1..12",
        ),
        ("format: 1", "format: [1", None),
    ],
    ids=[
        "key twice",
        "number as key",
        "list as key",
        "NO as key",
        "Python tag",
        "own tag",
        "impossible timestamp",
        "open bracket",
    ],
)
def test_YAML_that_is_ambiguous_or_builds_objects_is_refused(refused, text, old, new, message):
    assert text.count(old) == 1
    got = refused(text.replace(old, new))
    assert (
        got == message
        if message
        else got.startswith("analysis/protocol.yaml must be YAML in UTF-8: ")
    )


def test_text_that_is_not_UTF_8_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("analysis").mkdir()
    Path("analysis/protocol.yaml").write_bytes("trial: Müller".encode("latin-1"))
    with pytest.raises(
        Refusal, match="^analysis/protocol.yaml must be YAML in UTF-8: 'utf-8' codec can't"
    ):
        read_protocol()


def test_nesting_without_end_is_refused(refused):
    assert refused("a: " + "[" * 5_000).startswith("analysis/protocol.yaml must be YAML in UTF-8: ")


@pytest.mark.parametrize("content", ["", "- a list", "only text", "{}", "null"])
def test_a_file_that_holds_no_protocol_is_refused(refused, content):
    assert refused(content).startswith("analysis/protocol.yaml, ")


# Refusal: values


@pytest.mark.parametrize(
    "place, value, message",
    [
        (
            ("trial", "cutoff", "value"),
            "2016-13-45",
            "analysis/protocol.yaml, trial.cutoff.value: '2016-13-45' is not a 'date'",
        ),
        (
            ("trial", "cutoff", "value"),
            "2016-02-30",
            "analysis/protocol.yaml, trial.cutoff.value: '2016-02-30' is not a 'date'",
        ),
        (
            ("escalation", "rule", "value"),
            "4 + 4",
            "analysis/protocol.yaml, escalation.rule.value: '3 + 3' was expected",
        ),
        (
            ("dlt", "window", "days"),
            0,
            "analysis/protocol.yaml, dlt.window.days: 0 is less than the minimum of 1",
        ),
        (
            ("endpoints", "level", "value"),
            1,
            "analysis/protocol.yaml, endpoints.level.value: 1 is greater than or equal to the maximum of 1",
        ),
        (
            ("endpoints", "pfs", "rule"),
            "ITT",
            "analysis/protocol.yaml, endpoints.pfs.rule: 'ITT' is not one of ['FDA', 'EMA']",
        ),
        (
            ("dose_levels", "DL1", "doses", "IXAZOMIB"),
            0,
            "analysis/protocol.yaml, dose_levels.DL1.doses.IXAZOMIB: 0 is less than or equal to the minimum of 0",
        ),
    ],
)
def test_a_value_that_its_entry_cannot_have_is_refused(refused, changed, place, value, message):
    at(changed, place[:-1])[place[-1]] = value
    assert refused(changed) == message


@pytest.mark.parametrize(
    "place",
    [
        (),
        ("trial",),
        ("cycle",),
        ("dlt", "window"),
        ("display",),
        ("populations", "treated"),
        ("safety", "grade"),
        ("drugs", "IXAZOMIB"),
        ("response", "summaries", 0),
    ],
)
def test_an_unknown_key_is_refused(refused, changed, place):
    at(changed, place)["surprise"] = 1
    message = refused(changed)
    assert "('surprise' was unexpected)" in message or "'surprise'" in message


def test_several_findings_are_counted(refused, changed):
    del changed["cycle"], changed["dlt"]
    assert refused(changed) == (
        "analysis/protocol.yaml, $: 'cycle' is a required property (2 findings in all)"
    )


# Refusal: references within


@pytest.mark.parametrize(
    "place, value, message",
    [
        (
            ("populations", "rp2d", "of"),
            "responders",
            "populations.rp2d.of must be a population defined above it, but got 'responders'",
        ),
        (
            ("populations", "dlt_evaluable", "of"),
            "evaluable",
            "populations.dlt_evaluable.of must be a population defined above it, but got 'evaluable'",
        ),
        (
            ("endpoints", "pfs", "population"),
            "all",
            "endpoints.pfs.population must be a defined population, but got 'all'",
        ),
        (
            ("endpoints", "followup", "population"),
            "all",
            "endpoints.followup.population must be a defined population, but got 'all'",
        ),
        (
            ("response", "population", "value"),
            "all",
            "response.population.value must be a defined population, but got 'all'",
        ),
        (
            ("safety", "population", "value"),
            "all",
            "safety.population.value must be a defined population, but got 'all'",
        ),
        (
            ("safety", "infrequent", "of"),
            ["neuropathy", "cataract"],
            "safety.infrequent.of must be a defined event group, but got 'cataract'",
        ),
        (
            ("dose_levels", "DL2", "doses"),
            {"IXAZOMIB": 4, "POMALIDOMIDE": 4},
            "dose_levels.DL2.doses must name every drug once, but got ['IXAZOMIB', 'POMALIDOMIDE']",
        ),
        (
            ("dose_levels", "DL2", "doses"),
            {"IXAZOMIB": 4, "POMALIDOMIDE": 4, "DEXAMETHASONE": 40, "ASPIRIN": 100},
            "dose_levels.DL2.doses must name every drug once, "
            "but got ['ASPIRIN', 'DEXAMETHASONE', 'IXAZOMIB', 'POMALIDOMIDE']",
        ),
        (
            ("drugs", "IXAZOMIB", "escalated"),
            False,
            "drugs must have exactly one that is escalated, "
            "but got ['DEXAMETHASONE', 'IXAZOMIB', 'POMALIDOMIDE']",
        ),
        (
            ("drugs", "POMALIDOMIDE", "escalated"),
            True,
            "drugs must have exactly one that is escalated, "
            "but got ['DEXAMETHASONE', 'IXAZOMIB', 'POMALIDOMIDE']",
        ),
        (
            ("baseline", "characteristics", 1, "test"),
            "ISS",
            "baseline.characteristics.sex must have either column or test, "
            "but got ['column', 'id', 'kind', 'label', 'levels', 'source', 'test', 'why']",
        ),
        (
            ("laboratory", "tests", "HGB", "values"),
            ["HIGH", "LOW"],
            "laboratory.tests.HGB must have either unit or values, "
            "but got ['label', 'source', 'unit', 'values', 'why']",
        ),
        (
            ("response", "summaries", 0, "equal"),
            "PR",
            "response.summaries.orr must have either at_least or equal, "
            "but got ['at_least', 'equal', 'id', 'label', 'source']",
        ),
    ],
)
def test_a_dangling_or_unclear_reference_is_refused(refused, changed, place, value, message):
    at(changed, place[:-1])[place[-1]] = value
    assert refused(changed) == f"{message} (analysis/protocol.yaml)"


@pytest.mark.parametrize(
    "place, message",
    [
        (
            ("baseline", "characteristics", 1, "levels"),
            "baseline.characteristics.sex must have levels, "
            "but got ['column', 'id', 'kind', 'label', 'source', 'why']",
        ),
        (
            ("laboratory", "tests", "HGB", "unit"),
            "laboratory.tests.HGB must have either unit or values, but got ['label', 'source', 'why']",
        ),
        (
            ("response", "summaries", 1, "equal"),
            "response.summaries.vgpr must have either at_least or equal, "
            "but got ['id', 'label', 'source']",
        ),
        (
            ("populations", "treated"),
            "populations must define treated and evaluable, "
            "but got ['dlt_evaluable', 'evaluable', 'expansion', 'rp2d']",
        ),
    ],
)
def test_an_entry_that_lacks_what_it_needs_is_refused(refused, changed, place, message):
    del at(changed, place[:-1])[place[-1]]
    assert refused(changed) == f"{message} (analysis/protocol.yaml)"


@pytest.mark.parametrize(
    "place, value, message",
    [
        (
            ("response", "criteria", "value"),
            "Cheson 2014",
            "response.criteria must be IMWG 2016 or RECIST 1.1, but got 'Cheson 2014' (analysis/protocol.yaml)",
        ),
        (
            ("response", "stable_disease"),
            {"days": 42},
            "response.stable_disease must be left out for IMWG 2016, but got {'days': 42} "
            "(analysis/protocol.yaml)",
        ),
        (
            ("response", "summaries", 0, "at_least"),
            "nCR",
            "response.summaries.orr must name a category of IMWG 2016, but got 'nCR' (analysis/protocol.yaml)",
        ),
        (
            ("laboratory", "tests", "MPROTS", "unit"),
            "g/L",
            "laboratory.tests.MPROTS.unit must be g/dL, but got 'g/L' (analysis/protocol.yaml)",
        ),
        (
            ("baseline", "characteristics", 7, "test"),
            "KIND",
            "baseline.characteristics must have the test MEASDIS, but got [None, None, 'ECOG', 'ISS', "
            "'DEL17P', 'T414', 'GAIN1Q', 'KIND'] (analysis/protocol.yaml)",
        ),
    ],
)
def test_what_the_response_criteria_cannot_serve_is_refused(changed, place, value, message):
    at(changed, place[:-1])[place[-1]] = value
    with pytest.raises(Refusal) as error:
        response_criteria(changed)
    assert str(error.value) == message


# Property


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_protocol_with_a_value_of_another_kind_is_read_or_refused_but_breaks_nothing(
    data, protocol, tmp_path
):
    places = [place for place, _ in leaves(protocol)]
    place = data.draw(st.sampled_from(places))
    changed = copy.deepcopy(protocol)
    at(changed, place[:-1])[place[-1]] = data.draw(
        st.sampled_from([None, -1, 0, 1e9, "", "x", [], {}, [None], True])
    )
    path = tmp_path / "protocol.yaml"
    path.write_text(json.dumps(changed), encoding="utf-8")
    try:
        assert read_protocol(path) == changed
    except Refusal as error:
        assert str(error).startswith((str(path), *protocol))
