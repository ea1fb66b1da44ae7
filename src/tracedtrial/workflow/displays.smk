"""The figure and the adverse-event table."""


rule figure:
    input:
        numbers="build/numbers.json",
        protocol=PROTOCOL,
        panels=PANELS,
        code=modules("tracedtrial.displays.figures"),
    output:
        update([*FIGURE, "build/figures/figure-1.texts.json"]),
    shell:
        "{PYTHON:q} -m tracedtrial.displays.figures"


rule tables:
    input:
        numbers="build/numbers.json",
        protocol=PROTOCOL,
        analyses=ANALYSES,
        code=modules("tracedtrial.displays.tables"),
    output:
        update(TABLES),
    shell:
        "{PYTHON:q} -m tracedtrial.displays.tables"
