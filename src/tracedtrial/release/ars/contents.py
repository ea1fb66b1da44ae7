"""Outputs (the tables and the figure) and lists of contents: which analyses stand in which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tracedtrial.paths import FIGURES, TABLES
from tracedtrial.release.ars.analyses import Analysis, referenced_operations
from tracedtrial.release.ars.documents import Documents

IN_TEXT = "Results in the text"


@dataclass(frozen=True)
class Display:
    """A display of the manuscript: its title, its file, the program that draws it."""

    title: str
    location: str
    program: str


DISPLAYS = {
    "baseline": Display(
        "Baseline characteristics", f"{TABLES}/baseline.csv", "src/tracedtrial/displays/baseline.py"
    ),
    "escalation": Display(
        "Dose escalation", f"{TABLES}/escalation.csv", "src/tracedtrial/displays/escalation.py"
    ),
    "response": Display(
        "Best confirmed response", f"{TABLES}/response.csv", "src/tracedtrial/displays/response.py"
    ),
    "figure-1": Display(
        "Outcomes, with progression-free survival",
        f"{FIGURES}/figure-1.pdf",
        "src/tracedtrial/displays/figures.py",
    ),
    "adverse_events": Display(
        "Adverse events by class and term",
        f"{TABLES}/adverse_events.csv",
        "src/tracedtrial/displays/adverse_events.py",
    ),
}


def notice(protocol: dict) -> str:
    """What must be said of reconstructed data, with the protocol's reason; else nothing."""
    entry = protocol["trial"]["reconstructed"]
    return f"Synthetic patient data. {entry.get('why', '')}".strip() if entry["value"] else ""


def outputs(documents: Documents, said: str) -> list[dict]:
    """The displays; each refers to the notice `said`, if there is one."""
    return [
        {
            "id": f"output.{name}",
            "name": display.title,
            "fileSpecifications": [_file(display.location)],
            "displays": [{"order": 1, "display": _display(name, display, said)}],
            "programmingCode": {
                "context": documents.context,
                "documentRef": {"referenceDocumentId": documents.file(display.program)},
            },
        }
        for name, display in DISPLAYS.items()
    ]


def _file(location: str) -> dict:
    ending = location.rpartition(".")[2]
    kind = {"controlledTerm": ending} | ({"sponsorTermId": "term.csv"} if ending == "csv" else {})
    return {"name": location.rpartition("/")[2], "location": location, "fileType": kind}


def _display(name: str, display: Display, said: str) -> dict:
    sections = [
        {
            "sectionType": "Title",
            "orderedSubSections": [
                {"order": 1, "subSection": {"id": f"title.{name}", "text": display.title}}
            ],
        }
    ]
    if said:
        sections.append(
            {
                "sectionType": "Footnote",
                "orderedSubSections": [{"order": 1, "subSectionId": "footnote.synthetic"}],
            }
        )
    return {
        "id": f"display.{name}",
        "name": display.title,
        "displayTitle": display.title,
        "displaySections": sections,
    }


def notices(said: str) -> list[dict]:
    """The footnote that all displays share, if there is one."""
    return (
        [{"sectionType": "Footnote", "subSections": [{"id": "footnote.synthetic", "text": said}]}]
        if said
        else []
    )


def analyses_list(analyses: Mapping[str, Analysis]) -> dict:
    """The displays with their analyses (the sizes of their populations first), then the text's."""
    shown = {name: _in_display(name, analyses) for name in DISPLAYS}
    named = [id for ids in shown.values() for id in ids]
    items = [
        {
            "name": DISPLAYS[name].title,
            "level": 1,
            "order": order,
            "outputId": f"output.{name}",
            "sublist": _sublist(ids, analyses),
        }
        for order, (name, ids) in enumerate(shown.items(), 1)
    ]
    rest = [id for id in analyses if id not in named]
    if rest:
        items.append(
            {
                "name": IN_TEXT,
                "level": 1,
                "order": len(items) + 1,
                "sublist": _sublist(rest, analyses),
            }
        )
    return {"name": "List of analyses", "contentsList": {"listItems": items}}


def _in_display(name: str, analyses: Mapping[str, Analysis]) -> list[str]:
    own = [analysis for analysis in analyses.values() if analysis.topic.output == name]
    weighed = {
        reference["analysisId"].removeprefix("analysis.")
        for analysis in own
        for reference in referenced_operations(analysis, analyses)
    }
    own_ids = {analysis.id for analysis in own}
    return [id for id in analyses if id in weighed - own_ids] + [a.id for a in own]


def _sublist(ids: Iterable[str], analyses: Mapping[str, Analysis]) -> dict:
    return {
        "listItems": [
            {
                "name": analyses[id].topic.name,
                "level": 2,
                "order": order,
                "analysisId": f"analysis.{id}",
            }
            for order, id in enumerate(ids, 1)
        ]
    }


def outputs_list() -> dict:
    """The displays alone."""
    return {
        "name": "List of outputs",
        "contentsList": {
            "listItems": [
                {"name": display.title, "level": 1, "order": order, "outputId": f"output.{name}"}
                for order, (name, display) in enumerate(DISPLAYS.items(), 1)
            ]
        },
    }
