"""From raw tables to a manuscript whose numbers can be asked where they come from."""

import sys
from glob import glob
from pathlib import Path

from tracedtrial.provenance.run import write_run
from tracedtrial.inputs.formats.files import raw_files
from tracedtrial.lock import hold
from tracedtrial.modules import modules
from tracedtrial.inputs.queries.listing import say_count
from tracedtrial.standing import let_outputs_stand

PYTHON = sys.executable
RENDERERS = {"embedded": "tracedtrial.rendering", "quarto": "tracedtrial.rendering.quarto"}

if config.setdefault("renderer", "embedded") not in RENDERERS:
    sys.exit(f"renderer must be {' or '.join(RENDERERS)}, but got {config['renderer']!r}")

if workflow.is_main_process and not workflow.dryrun:
    hold(Path.cwd())
    let_outputs_stand()


onsuccess:
    write_run(Path("build/run.json"))
    say_count()


rule build:
    input:
        "build/manuscript.pdf",
        "build/manuscript.docx",
        "build/manuscript.html",
        "build/manuscript.xml",
        "build/ledger.json",
        "build/audit/crosscheck.txt",
        "build/audit/journal.txt",
        "build/audit/queries.txt",
        expand("build/audit/verify-{format}.txt", format=["pdf", "docx", "html", "xml"]),
        "figures/figure-1.pdf",
        "figures/ae-table.md",


rule results:
    input:
        protocol="analysis/protocol.yaml",
        raw=raw_files("data/raw"),
        code=modules("tracedtrial.analyses.__main__"),
    output:
        update("build/results.json"),
        update("build/lineage/numbers.parquet"),
        update("build/lineage/sets.parquet"),
        update("build/lineage/records.parquet"),
        update("build/panels/figure-1a.csv"),
        update("build/panels/figure-1a.json"),
        update("build/panels/figure-1b.csv"),
        update("build/panels/figure-1c.csv"),
        update("build/datasets/adsl.csv"),
        update("build/datasets/adex.csv"),
        update("build/datasets/adae.csv"),
        update("build/datasets/addl.csv"),
        update("build/datasets/adrs.csv"),
        update("build/datasets/adtte.csv"),
        update("build/audit/queries.csv"),
        update("build/audit/queries.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.analyses"


rule numbers:
    input:
        results="build/results.json",
        protocol="analysis/protocol.yaml",
        code=modules("tracedtrial.record.ledger.numbers"),
    output:
        update("build/numbers.json"),
    shell:
        "{PYTHON:q} -m tracedtrial.record.ledger.numbers"


rule coherence:
    input:
        numbers="build/numbers.json",
        protocol="analysis/protocol.yaml",
        code=modules("tracedtrial.checks.coherence"),
    output:
        update("build/audit/coherence.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.coherence"


rule lint:
    input:
        numbers="build/numbers.json",
        protocol="analysis/protocol.yaml",
        literature=glob("manuscript/literature.yml"),
        manuscript="manuscript/manuscript.qmd",
        terms="manuscript/terms.yml",
        code=modules("tracedtrial.checks.lint"),
    output:
        update("build/audit/lint.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.lint"


rule ledger:
    input:
        checks=["build/audit/coherence.txt", "build/audit/lint.txt"],
        numbers="build/numbers.json",
        protocol="analysis/protocol.yaml",
        literature=glob("manuscript/literature.yml"),
        manuscript="manuscript/manuscript.qmd",
        code=modules("tracedtrial.record.ledger.__main__"),
    params:
        base=config.get("source_base", ""),
    output:
        update("build/ledger.json"),
        update("manuscript/_variables.yml"),
        update("manuscript/_provenance.md"),
    shell:
        "{PYTHON:q} -m tracedtrial.record.ledger --source-base={params.base:q}"


rule figure:
    input:
        numbers="build/numbers.json",
        protocol="analysis/protocol.yaml",
        waterfall=["build/panels/figure-1a.csv", "build/panels/figure-1a.json"],
        swimmer="build/panels/figure-1b.csv",
        survival="build/panels/figure-1c.csv",
        code=modules("tracedtrial.displays.figures"),
    output:
        update("figures/figure-1.pdf"),
        update("figures/figure-1.svg"),
        update("figures/figure-1.png"),
        update("figures/figure-1.tiff"),
        update("build/figures/figure-1.texts.json"),
    shell:
        "{PYTHON:q} -m tracedtrial.displays.figures"


rule tables:
    input:
        numbers="build/numbers.json",
        protocol="analysis/protocol.yaml",
        code=modules("tracedtrial.displays.tables"),
    output:
        update("figures/ae-table.md"),
        update("figures/ae-table.csv"),
    shell:
        "{PYTHON:q} -m tracedtrial.displays.tables"


rule lock:
    input:
        protocol="analysis/protocol.yaml",
        raw=rules.results.input.raw,
        code=modules("tracedtrial.inputs.data_lock"),
    output:
        update("build/audit/lock.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.inputs.data_lock"


rule cells:
    input:
        manuscript=["manuscript/manuscript.qmd", "manuscript/_quarto.yml"],
        numbers="build/numbers.json",
        protocol="analysis/protocol.yaml",
        code=modules("tracedtrial.rendering.executed") + modules("tracedtrial.displays.notebook"),
    output:
        update("build/cells.json"),
    shell:
        "{PYTHON:q} -m tracedtrial.rendering.executed manuscript/manuscript.qmd {output}"


rule manuscript:
    input:
        cells="build/cells.json",
        lock="build/audit/lock.txt",
        ledger="build/ledger.json",
        numbers="build/numbers.json",
        protocol="analysis/protocol.yaml",
        figure=["figures/figure-1.svg", "figures/figure-1.png"],
        source=[
            "manuscript/manuscript.qmd",
            "manuscript/_quarto.yml",
            "manuscript/_variables.yml",
            "manuscript/_provenance.md",
            "manuscript/references.bib",
            "manuscript/vancouver.csl",
            "manuscript/reference.docx",
            "manuscript/typst-template.typ",
            "manuscript/typst-show.typ",
        ],
        code=modules("tracedtrial.rendering.__main__")
        + modules("tracedtrial.rendering.quarto")
        + modules("tracedtrial.displays.tables"),
    params:
        renderer=RENDERERS[config["renderer"]],
    output:
        update("build/manuscript.pdf"),
        update("build/manuscript.docx"),
        update("build/manuscript.html"),
        update("build/manuscript.xml"),
    shell:
        "{PYTHON:q} -m {params.renderer} --manuscript manuscript/manuscript.qmd"
        " --pdf build/manuscript.pdf --docx build/manuscript.docx --html build/manuscript.html"
        " --jats build/manuscript.xml --ledger build/ledger.json --displays build/cells.json"
        " --lock build/audit/lock.txt"
        " --attach build/ledger.json --attach analysis/protocol.yaml"


rule journal:
    input:
        ledger="build/ledger.json",
        manuscript="manuscript/manuscript.qmd",
        profile="manuscript/journal.yml",
        code=modules("tracedtrial.release.submission.profile"),
    output:
        update("build/audit/journal.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.release.submission.profile"


rule checklist:
    input:
        manuscript=["manuscript/manuscript.qmd", "build/manuscript.pdf"],
        checklist="manuscript/checklist.yml",
        code=modules("tracedtrial.release.submission.checklist"),
    output:
        update("build/submission-parts/checklist.md"),
        update("build/submission-parts/checklist.docx"),
        update("build/submission-parts/checklist.pdf"),
    shell:
        "{PYTHON:q} -m tracedtrial.release.submission.checklist"


rule submission:
    input:
        journal=["manuscript/journal.yml", "build/audit/journal.txt"],
        manuscript=[
            "build/manuscript.pdf",
            "build/manuscript.docx",
            "build/manuscript.html",
            "build/manuscript.xml",
        ],
        figure=[
            "figures/figure-1.pdf",
            "figures/figure-1.svg",
            "figures/figure-1.png",
            "figures/figure-1.tiff",
        ],
        tables=["build/numbers.json", "analysis/protocol.yaml"],
        ledger="build/ledger.json",
        checklist=[
            "build/submission-parts/checklist.md",
            "build/submission-parts/checklist.docx",
            "build/submission-parts/checklist.pdf",
        ],
        code=modules("tracedtrial.release.submission.package"),
    output:
        update("build/submission/manifest.txt"),
        update("build/submission.zip"),
    shell:
        "{PYTHON:q} -m tracedtrial.release.submission.package"


rule verify:
    input:
        document="build/manuscript.{format}",
        ledger="build/ledger.json",
        protocol="analysis/protocol.yaml",
        tables="figures/ae-table.md",
        figure=[
            "build/figures/figure-1.texts.json",
            "figures/figure-1.svg",
            "figures/figure-1.png",
        ],
        source=[
            "manuscript/manuscript.qmd",
            "manuscript/_quarto.yml",
            "manuscript/_provenance.md",
            "manuscript/references.bib",
            "manuscript/vancouver.csl",
            "manuscript/terms.yml",
        ],
        code=modules("tracedtrial.checks.verify.__main__"),
    output:
        update("build/audit/verify-{format}.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.verify {input.document} {output}"


rule crosscheck:
    input:
        ledger="build/ledger.json",
        published=glob("data/published.csv"),
        manuscript="manuscript/manuscript.qmd",
        code=modules("tracedtrial.checks.crosscheck"),
    output:
        update("build/audit/crosscheck.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.crosscheck"


rule disagreements:
    input:
        protocol="analysis/protocol.yaml",
        results="build/results.json",
        code=modules("tracedtrial.checks.disagreements"),
    output:
        update("build/audit/disagreements.csv"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.disagreements"


rule rederive:
    input:
        ledger="build/ledger.json",
        datasets=[name for name in rules.results.output if name.startswith("build/datasets")],
        queries="build/audit/queries.csv",
        manuscript="manuscript/manuscript.qmd",
        sql=glob("analysis/rederive.sql"),
        code=modules("tracedtrial.checks.rederive"),
    output:
        update("build/audit/rederive.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.rederive"


rule ledger_check:
    input:
        ledger="build/ledger.json",
        lineage=[
            "build/lineage/numbers.parquet",
            "build/lineage/sets.parquet",
        ],
        raw=rules.results.input.raw,
        protocol="analysis/protocol.yaml",
        literature=glob("manuscript/literature.yml"),
        manuscript="manuscript/manuscript.qmd",
        code=modules("tracedtrial.checks.ledger_check"),
    output:
        update("build/audit/ledger.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.ledger_check"


rule ars:
    input:
        ledger="build/ledger.json",
        protocol="analysis/protocol.yaml",
        code=modules("tracedtrial.release.ars"),
    output:
        update("build/ars.json"),
    shell:
        "{PYTHON:q} -m tracedtrial.release.ars"


rule lineage:
    input:
        protocol="analysis/protocol.yaml",
        raw=rules.results.input.raw,
        code=modules("tracedtrial.provenance.lineage.__main__"),
    output:
        update("build/audit/lineage.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.provenance.lineage"


rule page:
    input:
        manuscript="build/manuscript.html",
        ledger="build/ledger.json",
        protocol="analysis/protocol.yaml",
        raw=rules.results.input.raw,
        lineage=[
            "build/lineage/numbers.parquet",
            "build/lineage/sets.parquet",
            "build/lineage/records.parquet",
        ],
        tables="figures/ae-table.md",
        figure="build/figures/figure-1.texts.json",
        source=["manuscript/manuscript.qmd", "manuscript/_quarto.yml"],
        checks=expand(
            "build/audit/{check}.txt",
            check=["lint", "coherence", "lock", "crosscheck", "rederive", "ledger", "lineage"],
        ),
        journal="build/audit/journal.txt",
        queries=["build/audit/queries.csv", "build/audit/queries.txt"],
        verified=expand("build/audit/verify-{format}.txt", format=["pdf", "docx", "html", "xml"]),
        code=modules("tracedtrial.provenance.page.__main__"),
    output:
        update("build/audit/index.html"),
        update("build/audit/public.html"),
    shell:
        "{PYTHON:q} -m tracedtrial.provenance.page"


rule privacy:
    input:
        public=[
            *rules.build.input,
            "figures/figure-1.svg",
            "figures/figure-1.png",
            "figures/figure-1.tiff",
            "figures/ae-table.csv",
            "build/figures/figure-1.texts.json",
            "build/ars.json",
            "build/audit/coherence.txt",
            "build/audit/lint.txt",
            "build/audit/lock.txt",
            "build/audit/rederive.txt",
            "build/audit/lineage.txt",
            "build/audit/public.html",
        ],
        raw=rules.results.input.raw,
        protocol="analysis/protocol.yaml",
        manuscript="manuscript/manuscript.qmd",
        code=modules("tracedtrial.release.privacy.report"),
    output:
        update("build/audit/privacy.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.release.privacy.report {input.public:q}"


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
