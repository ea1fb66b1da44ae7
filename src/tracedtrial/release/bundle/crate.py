"""The RO-Crate of a bundle (Workflow Run Crate 0.5): workflow, inputs, outputs, run, software."""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version

from rocrate.model import ComputationalWorkflow, ContextEntity, File
from rocrate.rocrate import ROCrate

from tracedtrial.paths import BUILD, FIGURES, LEDGER, RUN

NAME = "ro-crate-metadata.json"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
TERMS = "https://w3id.org/ro/terms/workflow-run/context"
MIT = "https://spdx.org/licenses/MIT"
TYPES = {
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".py": "text/x-python",
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".xml": "application/xml",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".tiff": "image/tiff",
    ".parquet": "application/vnd.apache.parquet",
    ".xpt": "application/x-sas-xport",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
ABOUT = {
    "auditor": "For the auditor: the manuscript with all that it was made from. It holds the raw "
    "tables, analysis datasets and row lineage, which are records of subjects: it is "
    "not for publication.",
    "public": "For the public: the manuscript, the ledger of its numbers, protocol and code. It "
    "holds no record, identifier or date of a subject; the records of a number appear as "
    "counts and keyed digests, which whoever has the raw tables can confirm.",
}


def metadata(files: Mapping[str, bytes], reader: str) -> bytes:
    """`ro-crate-metadata.json` of a bundle's files; the same bytes for the same files."""
    run, ledger = json.loads(files[RUN.as_posix()]), json.loads(files[LEDGER.as_posix()])
    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(TERMS)
    crate.name = f"Traced manuscript of the trial {ledger['trial']}, bundle for the {reader}"
    crate.description, crate.datePublished = ABOUT[reader], run["finished"]
    crate.root_dataset["license"] = crate.add(_entity(crate, MIT, "CreativeWork", name="MIT"))
    crate.root_dataset["conformsTo"] = [
        crate.add(_entity(crate, id, "CreativeWork", name=name, version=id.rpartition("/")[2]))
        for id, name in PROFILES.items()
    ]
    workflow = _workflow(crate)
    held = {
        name: _file(crate, name, content)
        for name, content in sorted(files.items())
        if name != "Snakefile"
    }
    _add_run(crate, workflow, held, run, ledger["inputs"])
    return (json.dumps(crate.metadata.generate(), indent=1, ensure_ascii=False) + "\n").encode()


def _entity(crate: ROCrate, id: str, kind: str | list[str], **properties: object) -> ContextEntity:
    return ContextEntity(crate, id, properties={"@type": kind, **properties})


def _workflow(crate: ROCrate) -> ComputationalWorkflow:
    language = crate.add(
        _entity(
            crate,
            "#snakemake",
            ["ComputerLanguage", "SoftwareApplication"],
            name="Snakemake",
            version=version("snakemake"),
            url={"@id": "https://snakemake.github.io"},
        )
    )
    workflow = ComputationalWorkflow(
        crate,
        dest_path="Snakefile",
        properties={"name": "From raw tables to the manuscript", "encodingFormat": "text/plain"},
    )
    crate.add(workflow)
    workflow["programmingLanguage"] = language
    crate.mainEntity = workflow
    return workflow


def _file(crate: ROCrate, name: str, content: bytes) -> File:
    suffix = "." + name.rpartition(".")[2]
    return crate.add(
        File(
            crate,
            dest_path=name,
            properties={
                "name": name,
                "contentSize": str(len(content)),
                "sha256": hashlib.sha256(content).hexdigest(),
                "encodingFormat": TYPES.get(suffix, "text/plain"),
            },
        )
    )


def _add_run(
    crate: ROCrate,
    workflow: ComputationalWorkflow,
    held: Mapping[str, File],
    run: Mapping,
    inputs: Mapping[str, str],
) -> None:
    """The run as an action on the workflow, with its inputs, outputs, times and software."""
    given = [
        held.get(name) or crate.add(_absent(crate, name, digest))
        for name, digest in sorted(inputs.items())
    ]
    made = [
        entity
        for name, entity in held.items()
        if name.startswith((f"{BUILD}/", f"{FIGURES}/")) and not name.endswith("README.md")
    ]
    for direction, entities in (("input", given), ("output", made)):
        workflow[direction] = [
            crate.add(_parameter(crate, direction, entity)) for entity in entities
        ]
    python = crate.add(
        _entity(
            crate,
            "#python",
            "SoftwareApplication",
            name="Python",
            version=run["python"],
            url={"@id": "https://www.python.org"},
        )
    )
    workflow["softwareRequirements"] = [python, *filter(None, [held.get("requirements.lock")])]
    action = crate.add(
        _entity(
            crate,
            "#run",
            "CreateAction",
            name="The run that made the outputs",
            startTime=run.get("started", run["finished"]),
            endTime=run["finished"],
            actionStatus={"@id": "http://schema.org/CompletedActionStatus"},
            description=f"commit {run['commit']}; Python {run['python']}; {run['machine']}",
        )
    )
    action["instrument"], action["object"], action["result"] = workflow, given, made
    crate.root_dataset["mentions"] = action


def _absent(crate: ROCrate, name: str, digest: str) -> ContextEntity:
    """An input that the bundle does not hold, known by its SHA-256 only."""
    return _entity(
        crate,
        f"#{name}",
        "CreativeWork",
        name=name,
        sha256=digest,
        description="Not in this bundle: records of subjects.",
    )


def _parameter(crate: ROCrate, direction: str, entity: ContextEntity) -> ContextEntity:
    parameter = _entity(
        crate,
        f"#{direction}-{entity.id.lstrip('#')}",
        "FormalParameter",
        name=entity["name"],
        additionalType="File",
        conformsTo={"@id": "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"},
    )
    entity["exampleOfWork"] = parameter
    return parameter
