"""The reporting event, put together from its parts."""

import json

from tracedtrial.commands import command
from tracedtrial.displays.wording import slug
from tracedtrial.files import write_text
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.paths import ARS
from tracedtrial.provenance.methods import methods
from tracedtrial.provenance.places import DESCRIPTIVE
from tracedtrial.record.ledger import read_ledger
from tracedtrial.release.ars.analyses import Analysis, placed, written
from tracedtrial.release.ars.clauses import analysis_sets, data_subsets
from tracedtrial.release.ars.contents import analyses_list, notice, notices, outputs, outputs_list
from tracedtrial.release.ars.documents import Documents
from tracedtrial.release.ars.groupings import groupings

TERMS = [
    {
        "id": "terms.purpose",
        "enumeration": "AnalysisPurposeEnum",
        "sponsorTerms": [{"id": "term.descriptive", "submissionValue": DESCRIPTIVE}],
    },
    {
        "id": "terms.file",
        "enumeration": "OutputFileTypeEnum",
        "sponsorTerms": [{"id": "term.csv", "submissionValue": "csv"}],
    },
]


def reporting_event(ledger: dict, protocol: dict) -> dict:
    """Every number of the ledger that comes from data, as a CDISC ARS v1.0 `ReportingEvent`.

    Parameters
    ----------
    ledger : dict
        As `read_ledger` gives it.
    protocol : dict
        The protocol by which the ledger was made.

    Returns
    -------
    dict
        Plain values in a fixed order: the same ledger gives the same bytes of JSON. `rawValue`
        has 12 significant digits, `formattedValue` is the printed text.

    Raises
    ------
    Refusal
        Numbers that belong to one analysis differ in population, program or grouping.
    """
    numbers, said = ledger["numbers"], notice(protocol)
    analyses, documents = placed(numbers, protocol), Documents(numbers)
    made = [written(analysis, analyses, documents) for analysis in analyses.values()]
    shown = outputs(documents, said)
    topics = [analysis.topic for analysis in analyses.values()]
    return {
        "id": f"reporting-event.{slug(ledger['trial'])}",
        "version": 1,
        "name": f"Results of {ledger['trial']}",
        "description": said or "Results as the manuscript prints them.",
        "mainListOfContents": analyses_list(analyses),
        "otherListsOfContents": [outputs_list()],
        "referenceDocuments": documents.all(),
        "terminologyExtensions": TERMS,
        "analysisSets": analysis_sets(protocol, recommended_level(numbers, protocol)),
        "dataSubsets": data_subsets(protocol, {t.subset for t in topics if t.subset}),
        "analysisGroupings": groupings(protocol, _values(analyses)),
        "methods": methods({topic.method for topic in topics}, protocol),
        "analyses": made,
        "globalDisplaySections": notices(said),
        "outputs": shown,
    }


def recommended_level(numbers: dict[str, dict], protocol: dict) -> str | None:
    """The code of the recommended dose level; None where none is recommended."""
    codes = {slug(code): code for code in protocol["dose_levels"]}
    return codes.get(numbers.get("dlt.rp2d.level", {}).get("keys", {}).get("level"))


def _values(analyses: dict[str, Analysis]) -> dict[str, list[str]]:
    """The values of each grouping factor among the results, in order of appearance."""
    found: dict[str, dict[str, None]] = {}
    for analysis in analyses.values():
        for _, _, where in analysis.numbers:
            for factor, value in where.groups:
                found.setdefault(factor, {})[value] = None
    return {factor: list(values) for factor, values in found.items()}


def exported() -> None:
    """Write build/ars.json of the trial in the working directory, and say what it holds."""
    event = reporting_event(read_ledger(), read_protocol())
    write_text(ARS, json.dumps(event, indent=1, ensure_ascii=False) + "\n")
    results = sum(len(analysis["results"]) for analysis in event["analyses"])
    print(f"{ARS}: {len(event['analyses'])} analyses, {results} results")


main = command(exported)
