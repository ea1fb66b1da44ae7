"""The figures and the tables."""


rule figure:
    input:
        numbers="build/numbers.json",
        protocol=stamped(PROTOCOL),
        panels=PANELS,
        code=modules("tracedtrial.displays.figures"),
    output:
        update([*FIGURE, "build/figures/figure-1.texts.json"]),
    shell:
        "{PYTHON:q} -m tracedtrial.displays.figures"


rule drawings:
    input:
        numbers="build/numbers.json",
        protocol=stamped(PROTOCOL),
        analyses=ANALYSES,
        panels=DRAWN_PANELS,
        code=modules("tracedtrial.displays.drawings"),
    output:
        update([*DRAWN_FIGURES, *DRAWN_TEXTS]),
    shell:
        "{PYTHON:q} -m tracedtrial.displays.drawings"


rule tables:
    input:
        numbers="build/numbers.json",
        protocol=stamped(PROTOCOL),
        analyses=ANALYSES,
        code=modules("tracedtrial.displays.tables"),
    output:
        update(TABLES),
    shell:
        "{PYTHON:q} -m tracedtrial.displays.tables"
