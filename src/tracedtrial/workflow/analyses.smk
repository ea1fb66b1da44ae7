"""Raw tables -> queries, analysis datasets, numbers, their records, the panels of Figure 1."""

DATASETS = expand("build/datasets/{name}.csv", name=["adsl", "adex", "adae", "addl", "adrs", "adtte", "population"])
LINEAGE = expand("build/lineage/{name}.parquet", name=["numbers", "sets", "records"])
PANELS = expand(
    "build/panels/figure-1{panel}", panel=["a.csv", "a.json", "b.csv", "c.csv"]
)
DRAWN_PANELS = expand("build/panels/{name}.csv", name=DRAWINGS)
QUERIES = ["build/audit/queries.csv", "build/audit/queries.txt"]


rule results:
    input:
        protocol=stamped(PROTOCOL),
        analyses=ANALYSES,
        raw=stamped(*raw_files("data/raw")),
        code=modules("tracedtrial.analyses.__main__"),
    output:
        update(["build/results.json", *LINEAGE, *PANELS, *DRAWN_PANELS, *DATASETS, *QUERIES]),
    shell:
        "{PYTHON:q} -m tracedtrial.analyses"


rule lock:
    input:
        protocol=stamped(PROTOCOL),
        raw=rules.results.input.raw,
        code=modules("tracedtrial.inputs.data_lock"),
    output:
        update("build/audit/lock.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.inputs.data_lock"
