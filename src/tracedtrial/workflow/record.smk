"""Numbers -> printed numbers -> the ledger, once lint and coherence hold."""


rule numbers:
    input:
        results="build/results.json",
        protocol=stamped(PROTOCOL),
        code=modules("tracedtrial.record.ledger.numbers"),
    output:
        update("build/numbers.json"),
    shell:
        "{PYTHON:q} -m tracedtrial.record.ledger.numbers"


rule ledger:
    input:
        checks=["build/audit/coherence.txt", "build/audit/lint.txt"],
        numbers="build/numbers.json",
        protocol=stamped(PROTOCOL),
        analyses=ANALYSES,
        literature=LITERATURE,
        manuscript=stamped(MANUSCRIPT),
        code=modules("tracedtrial.record.ledger.__main__"),
    params:
        base=config.get("source_base", ""),
    output:
        update(["build/ledger.json", "manuscript/_variables.yml", "manuscript/_provenance.md"]),
    shell:
        "{PYTHON:q} -m tracedtrial.record.ledger --source-base={params.base:q}"
