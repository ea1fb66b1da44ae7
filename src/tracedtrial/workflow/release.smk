"""What is sent or published: the journal's rules, submission, CDISC ARS, privacy."""

CHECKLIST = expand("build/submission-parts/checklist.{suffix}", suffix=["md", "docx", "pdf"])


rule journal:
    input:
        ledger="build/ledger.json",
        manuscript=stamped(MANUSCRIPT),
        profile=stamped("manuscript/journal.yml"),
        code=modules("tracedtrial.release.submission.profile"),
    output:
        update("build/audit/journal.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.release.submission.profile"


rule checklist:
    input:
        manuscript=[*stamped(MANUSCRIPT), "build/manuscript.pdf"],
        checklist=stamped("manuscript/checklist.yml"),
        code=modules("tracedtrial.release.submission.checklist"),
    output:
        update(CHECKLIST),
    shell:
        "{PYTHON:q} -m tracedtrial.release.submission.checklist"


rule submission:
    input:
        journal=[*stamped("manuscript/journal.yml"), "build/audit/journal.txt"],
        manuscript=RENDERED,
        figure=FIGURE,
        tables=["build/numbers.json", *stamped(PROTOCOL)],
        ledger="build/ledger.json",
        checklist=CHECKLIST,
        code=modules("tracedtrial.release.submission.package"),
    output:
        update(["build/submission/manifest.txt", "build/submission.zip"]),
    shell:
        "{PYTHON:q} -m tracedtrial.release.submission.package"


rule ars:
    input:
        ledger="build/ledger.json",
        protocol=stamped(PROTOCOL),
        code=modules("tracedtrial.release.ars"),
    output:
        update("build/ars.json"),
    shell:
        "{PYTHON:q} -m tracedtrial.release.ars"


rule privacy:
    input:
        public=[
            *rules.build.input,
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
        protocol=stamped(PROTOCOL),
        manuscript=stamped(MANUSCRIPT),
        code=modules("tracedtrial.release.privacy.report"),
    output:
        update("build/audit/privacy.txt"),
    shell:
        "{PYTHON:q} -m tracedtrial.release.privacy.report {input.public:q}"
