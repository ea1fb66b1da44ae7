"""From raw tables to a manuscript whose numbers can be asked where they come from."""

import sys
from pathlib import Path

from analysis.lock import hold
from analysis.modules import modules

PYTHON = sys.executable

if workflow.is_main_process and not workflow.dryrun:
    hold(Path.cwd())


rule build:
    input:
        "build/manuscript.pdf",
        "build/ledger.json",
        "build/audit/crosscheck.txt",
        "figures/figure-1.pdf",
        "figures/ae-table.md",


rule results:
    input:
        protocol="protocol.yaml",
        raw=[
            "data/raw/dm.csv",
            "data/raw/sc.csv",
            "data/raw/cm.csv",
            "data/raw/ex.csv",
            "data/raw/ae.csv",
            "data/raw/lb.csv",
            "data/raw/rs.csv",
            "data/raw/ds.csv",
            "data/raw/ss.csv",
        ],
        code=modules("analysis.results.__main__"),
    output:
        update("build/results.json"),
        update("build/lineage/numbers.parquet"),
        update("build/lineage/sets.parquet"),
        update("build/lineage/records.parquet"),
        update("build/panels/figure-1a.csv"),
        update("build/panels/figure-1a.json"),
        update("build/panels/figure-1b.csv"),
        update("build/panels/figure-1c.csv"),
    shell:
        "{PYTHON:q} -m analysis.results"


rule ledger:
    input:
        results="build/results.json",
        protocol="protocol.yaml",
        literature="manuscript/literature.yml",
        manuscript="manuscript/manuscript.qmd",
        code=modules("analysis.ledger.__main__"),
    output:
        update("build/ledger.json"),
        update("manuscript/_variables.yml"),
        update("manuscript/_provenance.md"),
    shell:
        "{PYTHON:q} -m analysis.ledger"


rule figure:
    input:
        ledger="build/ledger.json",
        protocol="protocol.yaml",
        waterfall=["build/panels/figure-1a.csv", "build/panels/figure-1a.json"],
        swimmer="build/panels/figure-1b.csv",
        survival="build/panels/figure-1c.csv",
        code=modules("analysis.display.figures"),
    output:
        update("figures/figure-1.pdf"),
        update("figures/figure-1.svg"),
        update("figures/figure-1.png"),
        update("figures/figure-1.tiff"),
        update("build/figures/figure-1.texts.json"),
    shell:
        "{PYTHON:q} -m analysis.display.figures"


rule tables:
    input:
        ledger="build/ledger.json",
        protocol="protocol.yaml",
        code=modules("analysis.display.tables"),
    output:
        update("figures/ae-table.md"),
        update("figures/ae-table.csv"),
    shell:
        "{PYTHON:q} -m analysis.display.tables"


rule lint:
    input:
        ledger="build/ledger.json",
        manuscript="manuscript/manuscript.qmd",
        terms="manuscript/terms.yml",
        code=modules("analysis.audit.lint"),
    output:
        update("build/audit/lint.txt"),
    shell:
        "{PYTHON:q} -m analysis.audit.lint"


rule manuscript:
    input:
        lint="build/audit/lint.txt",
        ledger="build/ledger.json",
        protocol="protocol.yaml",
        figure=["figures/figure-1.svg", "figures/figure-1.png"],
        source=[
            "manuscript/manuscript.qmd",
            "manuscript/_quarto.yml",
            "manuscript/_variables.yml",
            "manuscript/_provenance.md",
            "manuscript/references.bib",
            "manuscript/vancouver.csl",
            "manuscript/typst-template.typ",
            "manuscript/typst-show.typ",
        ],
        code=modules("analysis.render.__main__") + modules("analysis.display.tables"),
    output:
        update("build/manuscript.pdf"),
    shell:
        "{PYTHON:q} -m analysis.render --manuscript manuscript/manuscript.qmd"
        " --pdf build/manuscript.pdf --attach build/ledger.json --attach protocol.yaml"


rule crosscheck:
    input:
        ledger="build/ledger.json",
        published="data/published.csv",
        code=modules("analysis.audit.crosscheck"),
    output:
        update("build/audit/crosscheck.txt"),
    shell:
        "{PYTHON:q} -m analysis.audit.crosscheck"
