"""`tracedtrial.checks.lint`: numerals typed into the manuscript, and abuse of declared terms."""

import pytest

from tracedtrial.checks import lint as linting
from tracedtrial.checks.lint import findings, lint
from tracedtrial.checks.terms import read_terms
from tracedtrial.refusal import Refusal

SOURCE = """\
---
title: "A report"
date: 2026-11-22
keywords:
  - myeloma
abstract: >-
  Of {{< var population.treated.n >}} patients, {{< var response.orr.percent >}} of the
  evaluable patients responded.
bibliography: references.bib
number-sections: true
---

# Methods {#sec-2 .unnumbered}

The phase II dose [@krishnan2018; @b2] is in @tbl-1 and [a file](https://a.b/2018/x(3))
for {{< var level.one.n_words >}} patients, as measured elsewhere [@krishnan2018].

<!-- Until the 4th review. -->

```{python}
#| label: tbl-1
#| tbl-cap: "Patients at {{< var dose.high >}}."
#| echo: false
from tracedtrial.displays import table

table("table-1")
```

```{python}
#| label: fig-1
#| fig-cap: >-
#|   Panels of the
#|   patients.
#| fig-alt: A chart.
figure("figure-1")
```
"""
LEDGER = {
    "numbers": {
        "population.treated.n": {"text": "32", "forms": {"words": "thirty-two"}},
        "population.rp2d.n": {
            "text": "25",
            "forms": {"words": "twenty-five", "noun": "patients", "counted": "25 patients"},
        },
        "response.orr.percent": {"text": "48%", "forms": {"bare": "48"}},
        "response.orr.ci": {"text": "27.8–68.7%", "forms": {}},
        "safety.any.percent": {"text": "48%", "forms": {"bare": "48"}},
        "safety.other.percent": {"text": "48%", "forms": {"bare": "48"}},
        "safety.third.percent": {"text": "48%", "forms": {"bare": "48"}},
        "level.one.n": {"text": "3", "forms": {"words": "three"}},
        "dose.high": {"text": "4 mg", "forms": {}},
    }
}
TERMS = "terms:\n  - {term: phase II, reason: a name}\n"


@pytest.fixture
def faults(tmp_path):
    """Findings, as lines without the folder, of the source with some of its text replaced."""

    def found(old="", new="", terms=TERMS):
        assert old in SOURCE
        manuscript = tmp_path / "manuscript.qmd"
        manuscript.write_text(SOURCE.replace(old, new, 1), encoding="utf-8")
        (tmp_path / "terms.yml").write_text(terms, encoding="utf-8")
        lines = findings(manuscript, LEDGER, read_terms(tmp_path / "terms.yml"))
        return [str(line).removeprefix(f"{tmp_path.as_posix()}/") for line in lines]

    return found


def place_of(old, new, token):
    """Line and column of the token in the source with `new` for `old`."""
    before = SOURCE[: SOURCE.index(old)] + new[: new.index(token)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


# By hand


def test_settings_citations_references_targets_and_comments_are_no_numerals(faults):
    assert faults() == []


def test_a_typed_numeral_is_named_with_its_place_and_what_to_write(faults):
    assert faults("{{< var response.orr.percent >}}", "48%") == [
        "manuscript.qmd:7:49: numeral '48%' is typed; write {{< var response.orr.percent >}}"
    ]


def test_a_number_that_only_happens_to_print_the_same_is_never_proposed(faults):
    (line,) = faults("as measured elsewhere", "as measured in 48%")
    assert line.endswith("no number that prints this is spoken of here; `audit numbers` finds it")


def test_the_variable_of_the_longest_text_is_proposed_first(faults):
    assert faults("elsewhere", "at 4 mg, response 27.8-68.7%, 99") == [
        "manuscript.qmd:16:60: numeral '4' is typed; write {{< var dose.high >}}",
        "manuscript.qmd:16:75: numeral '27.8-68.7%' is typed; write {{< var response.orr.ci >}}",
        "manuscript.qmd:16:87: numeral '99' is typed; the ledger prints no such text",
    ]


@pytest.mark.parametrize(
    "old, new, token",
    [
        ("A report", "A report of 32", "32"),
        ("myeloma", "three", "three"),
        ("evaluable patients", "twenty-five patients", "twenty-five"),
        ("# Methods", "# Methods 3", "3"),
        ("elsewhere", "in `3` ways", "3"),
        ("elsewhere", "thr**ee** times", "thr**ee"),
        ("elsewhere", "m^2^", "2"),
        ("elsewhere", "$x_3$", "3"),
        ("elsewhere", "4\u00ad8 times", "4\u00ad8"),
        ("elsewhere", "phase **III**", "III"),
        ("elsewhere", "![a map](x.png){fig-alt='3 roads'}", "3"),
        ("elsewhere [@krishnan2018]", "elsewhere [@krishnan2018, p. 3]", "3"),
        ("Patients at", "Three patients at", "Three"),
        ("Panels of the", "Panels of three", "three"),
        ("patients.\n#| fig", "patients, 3.\n#| fig", "3"),
        ("A chart", "Chart 3", "3"),
        ('table("table-1")', 'table("table-1", 3)', "3"),
        ('table("table-1")', 'table("table-1")  # 3', "3"),
        ("from tracedtrial", "three = '48%'\nfrom tracedtrial", "three"),
    ],
)
def test_a_numeral_is_found_wherever_it_would_print(faults, old, new, token):
    shown = token if token.isprintable() else "4\\xad8"
    expected = f"manuscript.qmd:{place_of(old, new, token)}: numeral '{shown}' is typed; "
    assert any(line.startswith(expected) for line in faults(old, new))


@pytest.mark.parametrize(
    "text, mark",
    [
        ("&half; of them", "&"),
        ("`<!-- 88 -->`", "88"),
        (r"a\](88%)", "88"),
        ("`{.x77}`", "77"),
        ("&#x33; times", "33"),
    ],
)
def test_a_numeral_that_markup_disguises_is_found(faults, text, mark):
    lines = faults("elsewhere", text)
    place = place_of("elsewhere", text, mark)
    assert any(line.startswith(f"manuscript.qmd:{place}: numeral ") for line in lines)


def test_an_unknown_variable_is_named_with_the_nearest(faults):
    assert faults("population.treated.n", "population.treated.m") == [
        "manuscript.qmd:7:6: variable 'population.treated.m' is not in the ledger; nearest: "
        "population.treated.n, population.treated.n_words, population.rp2d.n"
    ]


NUMBER, NOUN = "{{< var population.rp2d.n >}}", "{{< var population.rp2d.n_noun >}}"
OTHER = "{{< var level.one.n >}}"
WANTED = "'population.rp2d.n' must stand next before 'population.rp2d.n_noun', but "


@pytest.mark.parametrize(
    "text",
    [
        f"of {NUMBER} {NOUN}",
        f"{OTHER} of {NUMBER}\nevaluable\n{NOUN}",
        f"{{{{< var population.rp2d.n_words >}}}} {NOUN}",
    ],
)
def test_a_noun_that_follows_its_number_is_none(faults, text):
    assert faults("elsewhere", text) == []


@pytest.mark.parametrize(
    "text, found",
    [
        (f"{OTHER} of {NOUN}, {NUMBER}", "'level.one.n' does"),
        (f"{NUMBER}, in {OTHER} evaluable {NOUN}", "'level.one.n' does"),
        (f"of {NUMBER}. Evaluable {NOUN}", "no variable of its sentence does"),
        (f"of {NUMBER}\n\n{NOUN}", "no variable of its sentence does"),
        (f"{NUMBER} {NOUN} {NOUN}", "'population.rp2d.n_noun' does"),
        (f"{{{{< var population.rp2d.n_counted >}}}} {NOUN}", "'population.rp2d.n_counted' does"),
    ],
)
def test_a_noun_apart_from_its_number_is_named_with_its_place(faults, text, found):
    (line,) = faults("elsewhere", text)
    assert line.startswith("manuscript.qmd:") and line.endswith(f": {WANTED}{found}")


def test_titles_metadata_and_alt_texts_carry_no_number(faults):
    variable = "{{< var level.one.n >}}"
    assert faults("A report", f"A report {variable}") == [
        "manuscript.qmd:2:18: variable 'level.one.n' stands in title, which carries no number"
    ]
    assert faults("A chart", f"Chart {variable}") == [
        "manuscript.qmd:34:19: variable 'level.one.n' stands in fig-alt, which carries no number"
    ]


def test_a_hand_written_include_is_not_passed_over(faults, tmp_path):
    (tmp_path / "more.md").write_text("48% more.\n", encoding="utf-8")
    assert faults("# Methods", "{{< include more.md >}}\n\n# Methods") == [
        "manuscript.qmd:13:1: include 'more.md' is not read by the lint; write its text here"
    ]


@pytest.mark.parametrize(
    "term, fault",
    [
        ("'12'", "term '12' has no letter"),
        ("48%", "term '48%' has no letter"),
        ("4 mg", "term '4 mg' is a text of the ledger"),
        ("Thirty-two", "term 'Thirty-two' is a text of the ledger"),
        ("seven", "term 'seven' is a number and what it counts, not a name"),
        ("three patients", "term 'three patients' is a number and what it counts, not a name"),
        (
            "12 of the 25 evaluable",
            "term '12 of the 25 evaluable' is a number and what it counts, not a name",
        ),
        ("phase II", "term 'phase II' is declared twice"),
        ("phase III", "term 'phase III' accounts for no numeral of the manuscript"),
        ("dose", "term 'dose' accounts for no numeral of the manuscript"),
    ],
)
def test_the_list_of_terms_is_not_abused(faults, term, fault):
    lines = faults(terms=f"{TERMS}  - term: {term}\n    reason: a name\n")
    assert lines == [f"terms.yml:3:11: {fault}"]


@pytest.mark.parametrize("reason", ["", "    reason: ''\n", "    reason: '-'\n"])
def test_a_term_gives_its_reason(faults, reason):
    lines = faults("elsewhere", "in 1q", terms=f"{TERMS}  - term: 1q\n{reason}")
    assert lines == ["terms.yml:3:11: term '1q' has no reason"]


def test_a_term_covers_itself_only(faults):
    terms = f"{TERMS}  - {{term: 1q, reason: a name}}\n"
    assert faults("elsewhere", "in 1q", terms) == []
    assert len(faults("elsewhere", "in 1q, 11q, 0.1q, 1q2, phase III", terms)) == 5


# The shipped manuscript's shape, and refusals


def test_the_report_counts_variables_and_terms(tmp_path):
    manuscript = tmp_path / "manuscript.qmd"
    manuscript.write_text(SOURCE, encoding="utf-8")
    (tmp_path / "terms.yml").write_text(TERMS, encoding="utf-8")
    result = lint(manuscript, LEDGER, read_terms(tmp_path / "terms.yml"))
    assert str(result) == "0 numerals typed; 4 variables, 1 terms used"


def test_without_a_manuscript_the_lint_cannot_run(tmp_path):
    with pytest.raises(Refusal, match=r"manuscript\.qmd: cannot be read: No such file"):
        lint(tmp_path / "manuscript.qmd", LEDGER, [])


def test_a_list_of_terms_that_is_none_is_refused(tmp_path):
    (tmp_path / "terms.yml").write_text("terms: [phase II]", encoding="utf-8")
    with pytest.raises(Refusal, match="must be a list `terms` of entries with `term` and `reason`"):
        read_terms(tmp_path / "terms.yml")


def test_the_exit_status_says_whether_it_ran(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert linting.main() == 2
    assert capsys.readouterr().err == (
        "build/numbers.json must be a readable ledger: No such file or directory\n"
    )
    (tmp_path / "build").mkdir()
    (tmp_path / "build/numbers.json").write_text('{"numbers": {}}')
    assert linting.main() == 2
    assert (
        capsys.readouterr().err
        == "analysis/protocol.yaml cannot be read: No such file or directory\n"
    )
