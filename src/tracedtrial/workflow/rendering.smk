"""The manuscript: its cells run, then four formats at once."""


rule cells:
    input:
        manuscript=[*stamped(MANUSCRIPT), *stamped("manuscript/_quarto.yml")],
        numbers="build/numbers.json",
        protocol=stamped(PROTOCOL),
        analyses=ANALYSES,
        code=modules("tracedtrial.rendering.executed") + modules("tracedtrial.displays.notebook"),
    output:
        update("build/cells.json"),
    shell:
        "{PYTHON:q} -m tracedtrial.rendering.executed {MANUSCRIPT:q} {output}"


rule manuscript:
    input:
        cells="build/cells.json",
        lock="build/audit/lock.txt",
        ledger="build/ledger.json",
        numbers="build/numbers.json",
        protocol=stamped(PROTOCOL),
        analyses=ANALYSES,
        figure=["figures/figure-1.svg", "figures/figure-1.png", *DRAWN_FIGURES],
        source=[
            *stamped(MANUSCRIPT),
            "manuscript/_variables.yml",
            "manuscript/_provenance.md",
            *stamped(
                "manuscript/_quarto.yml",
                "manuscript/references.bib",
                "manuscript/vancouver.csl",
                "manuscript/reference.docx",
                "manuscript/typst-template.typ",
                "manuscript/typst-show.typ",
            ),
        ],
        code=modules("tracedtrial.rendering.__main__")
        + modules("tracedtrial.rendering.quarto")
        + modules("tracedtrial.displays.tables"),
    params:
        renderer=RENDERERS[config["renderer"]],
    output:
        update(RENDERED),
    shell:
        "{PYTHON:q} -m {params.renderer} --manuscript {MANUSCRIPT:q}"
        " --pdf build/manuscript.pdf --docx build/manuscript.docx --html build/manuscript.html"
        " --xml build/manuscript.xml --ledger build/ledger.json --displays build/cells.json"
        " --lock build/audit/lock.txt"
        " --attach build/ledger.json --attach {PROTOCOL:q}"
