"""The build for people: row lineage tried by mutation, the audit page."""


rule lineage:
    input:
        protocol=stamped(PROTOCOL),
        analyses=ANALYSES,
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
        protocol=stamped(PROTOCOL),
        analyses=ANALYSES,
        raw=rules.results.input.raw,
        lineage=LINEAGE,
        tables=TABLES,
        figure="build/figures/figure-1.texts.json",
        source=[*stamped(MANUSCRIPT), *stamped("manuscript/_quarto.yml")],
        checks=expand(
            "build/audit/{check}.txt",
            check=["lint", "coherence", "lock", "crosscheck", "rederive", "ledger", "lineage"],
        ),
        journal="build/audit/journal.txt",
        queries=QUERIES,
        verified=expand("build/audit/verify-{format}.txt", format=FORMATS),
        code=modules("tracedtrial.provenance.page.__main__"),
    output:
        update(["build/audit/index.html", "build/audit/public.html"]),
    shell:
        "{PYTHON:q} -m tracedtrial.provenance.page"
