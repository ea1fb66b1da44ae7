"""All rules of a trial, in the order of its way from raw tables to a manuscript."""

import sys
from functools import partial
from glob import glob
from pathlib import Path

from tracedtrial.analyses.declared.names import declared_names
from tracedtrial.build_lock import hold
from tracedtrial.inputs.formats.files import raw_files
from tracedtrial.inputs.queries.listing import say_count
from tracedtrial.modules import modules
from tracedtrial.paths import FIGURE_FORMATS, FORMATS, MANUSCRIPT, PROTOCOL
from tracedtrial.provenance.run import write_run
from tracedtrial.workflow.outputs import let_outputs_stand
from tracedtrial.workflow.stamps import with_stamps

PYTHON = sys.executable
RENDERERS = {"embedded": "tracedtrial.rendering", "quarto": "tracedtrial.rendering.quarto"}
DRAWINGS = declared_names("figures")
FIGURE = expand("figures/figure-1.{suffix}", suffix=FIGURE_FORMATS)
DRAWN_FIGURES = expand("figures/{name}.{suffix}", name=DRAWINGS, suffix=FIGURE_FORMATS)
DRAWN_TEXTS = expand("build/figures/{name}.texts.json", name=DRAWINGS)
TABLES = expand(
    "build/tables/{name}.{suffix}",
    name=["baseline", "escalation", "response", "adverse_events", *declared_names("tables")],
    suffix=["csv", "ids.json"],
) + ["figures/ae-table.md", "figures/ae-table.csv"]
RENDERED = expand("build/manuscript.{format}", format=FORMATS)

if config.setdefault("renderer", "embedded") not in RENDERERS:
    sys.exit(f"renderer must be {' or '.join(RENDERERS)}, but got {config['renderer']!r}")

if workflow.is_main_process and not workflow.dryrun:
    hold(Path.cwd())
    let_outputs_stand()

stamped = partial(with_stamps, write=workflow.is_main_process)
ANALYSES = stamped(*glob("analysis/analyses.yaml"))
LITERATURE = stamped(*glob("manuscript/literature.yml"))


onsuccess:
    write_run(Path("build/run.json"))
    say_count()


rule build:
    input:
        RENDERED,
        "build/ledger.json",
        "build/audit/crosscheck.txt",
        "build/audit/journal.txt",
        "build/audit/queries.txt",
        expand("build/audit/verify-{format}.txt", format=FORMATS),
        FIGURE,
        DRAWN_FIGURES,
        TABLES,


include: "analyses.smk"
include: "record.smk"
include: "displays.smk"
include: "rendering.smk"
include: "checks.smk"
include: "provenance.smk"
include: "release.smk"


rule audit:
    input:
        rules.build.input,
        "build/audit/index.html",
        "build/audit/public.html",
        "build/audit/privacy.txt",
        "build/audit/disagreements.csv",
        "build/audit/rederive.txt",
        "build/audit/ledger.txt",
        "build/ars.json",
