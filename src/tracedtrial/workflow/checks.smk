"""What is checked: sources, numbers, rendered files, the second derivation."""


rule coherence:
    input:
        numbers="build/numbers.json",
        protocol=stamped(PROTOCOL),
        code=modules("tracedtrial.checks.coherence"),
    output:
        update("build/audit/coherence.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.coherence"


rule lint:
    input:
        numbers="build/numbers.json",
        protocol=stamped(PROTOCOL),
        literature=LITERATURE,
        manuscript=stamped(MANUSCRIPT),
        terms=stamped("manuscript/terms.yml"),
        code=modules("tracedtrial.checks.lint"),
    output:
        update("build/audit/lint.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.lint"


rule verify:
    input:
        document="build/manuscript.{format}",
        ledger="build/ledger.json",
        protocol=stamped(PROTOCOL),
        tables=TABLES,
        figure=[
            "build/figures/figure-1.texts.json",
            "figures/figure-1.svg",
            "figures/figure-1.png",
            *DRAWN_TEXTS,
            *DRAWN_FIGURES,
        ],
        analyses=ANALYSES,
        source=[
            *stamped(MANUSCRIPT),
            "manuscript/_provenance.md",
            *stamped(
                "manuscript/_quarto.yml",
                "manuscript/references.bib",
                "manuscript/vancouver.csl",
                "manuscript/terms.yml",
            ),
        ],
        code=modules("tracedtrial.checks.verify.__main__"),
    output:
        update("build/audit/verify-{format}.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.verify {input.document} {output}"


rule crosscheck:
    input:
        ledger="build/ledger.json",
        published=stamped(*glob("data/published.csv")),
        manuscript=stamped(MANUSCRIPT),
        code=modules("tracedtrial.checks.crosscheck"),
    output:
        update("build/audit/crosscheck.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.crosscheck"


rule disagreements:
    input:
        protocol=stamped(PROTOCOL),
        results="build/results.json",
        code=modules("tracedtrial.checks.disagreements"),
    output:
        update("build/audit/disagreements.csv"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.disagreements"


rule rederive:
    input:
        ledger="build/ledger.json",
        datasets=DATASETS,
        queries="build/audit/queries.csv",
        manuscript=stamped(MANUSCRIPT),
        sql=stamped(*glob("analysis/rederive.sql")),
        analyses=ANALYSES,
        protocol=stamped(PROTOCOL),
        code=modules("tracedtrial.checks.rederive"),
    output:
        update("build/audit/rederive.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.rederive"


rule ledger_check:
    input:
        ledger="build/ledger.json",
        lineage=["build/lineage/numbers.parquet", "build/lineage/sets.parquet"],
        raw=rules.results.input.raw,
        protocol=stamped(PROTOCOL),
        analyses=ANALYSES,
        literature=LITERATURE,
        manuscript=stamped(MANUSCRIPT),
        code=modules("tracedtrial.checks.ledger_check"),
    output:
        update("build/audit/ledger.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.checks.ledger_check"
