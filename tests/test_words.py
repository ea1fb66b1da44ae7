"""How a value becomes a text: rounding, each kind of printing, other forms, NE."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracedtrial.record.number import Number
from tracedtrial.record.words import forms, printed, rounded
from tracedtrial.record.words.markdown import escaped
from tracedtrial.record.words.printing import listed
from tracedtrial.record.words.spelling import spelled, spelled_fraction
from tracedtrial.refusal import Refusal

DISPLAY = {
    "percent_decimals": {"value": 0},
    "interval_decimals": {"value": 1},
    "months_decimals": {"value": 1},
    "figure_time_axis_months": {"value": 3},
}


def number(kind: str, value: object, statistic: str = "statistic", **more: object) -> Number:
    return Number("the.id", kind, value, statistic, **more)


def share(n: int, denominator: int) -> Number:
    return number("percent", 100 * n / denominator, "percentage", n=n, denominator=denominator)


# By-hand truth


@pytest.mark.parametrize(
    "value, places, text",
    [
        (2.5, 0, "3"),
        (3.5, 0, "4"),
        (-2.5, 0, "-3"),
        (0.5, 0, "1"),
        (0.25, 1, "0.3"),
        (0.35, 1, "0.4"),
        (11.95, 1, "12.0"),
        (11.949999, 1, "11.9"),
        (2.675, 2, "2.68"),
        (1.005, 2, "1.01"),
        (0.049999999999999, 1, "0.0"),
        (99.95, 1, "100.0"),
        (0, 0, "0"),
        (1e-7, 3, "0.000"),
        (1234.5, 0, "1,235"),
        (999.5, 0, "1,000"),
    ],
)
def test_a_half_is_rounded_away_from_zero_on_the_shortest_decimal(value, places, text):
    assert rounded(value, places) == text


@pytest.mark.parametrize("value", [-0.04, -0.0, -1e-300, Fraction(-1, 1000)])
def test_what_rounds_to_zero_has_no_sign(value):
    assert rounded(value, 1) == "0.0"


@pytest.mark.parametrize(
    "n, denominator, text",
    [
        (1, 8, "13%"),
        (3, 8, "38%"),
        (5, 8, "63%"),
        (12, 25, "48%"),
        (5, 25, "20%"),
        (19, 25, "76%"),
        (1, 200, "1%"),
        (0, 25, "0%"),
        (25, 25, "100%"),
        (1, 3, "33%"),
        (2, 3, "67%"),
    ],
)
def test_a_percentage_is_rounded_from_the_exact_fraction(n, denominator, text):
    assert printed(share(n, denominator), DISPLAY) == text


def test_a_percentage_is_not_rounded_from_its_float():
    # 23/40 is exactly 57.5%, but 0.575 * 100 is 57.49999999999999 in binary.
    trap = number("percent", 0.575 * 100, "percentage", n=23, denominator=40)
    assert trap.value < 57.5
    assert printed(trap, DISPLAY) == "58%"


def test_survival_in_percent_is_rounded_from_its_value_for_it_is_no_share():
    curve = number("percent", 61.5, "survival", n=32, denominator=32)
    assert printed(curve, DISPLAY) == "62%"


@pytest.mark.parametrize(
    "kind, value, more, text",
    [
        ("count", 32, {}, "32"),
        ("count", 1078, {}, "1,078"),
        ("plain percent", 95.0, {}, "95%"),
        ("plain percent", 97.5, {}, "97.5%"),
        ("percent interval", (27.797, 68.6995), {}, "27.8–68.7%"),
        ("percent interval", (0.0, 30.8497), {}, "0.0–30.8%"),
        ("percent interval", (None, 30.8497), {}, "NE–30.8%"),
        ("percent interval", (None, None), {}, "NE"),
        ("percent range", (61.5, 100.0), {}, "62–100%"),
        ("months", 11.95, {}, "12.0"),
        ("months interval", (5.55, 14.0), {}, "5.6–14.0"),
        ("months interval", (5.55, None), {}, "5.6–NE"),
        ("months interval", (None, None), {}, "NE"),
        ("months range", (0.03, 22.449), {}, "0.0–22.4"),
        ("number", 61.0, {}, "61"),
        ("number", 61.5, {}, "61.5"),
        ("number range", (43.0, 79.0), {}, "43–79"),
        ("number range", (1.0, 2.25), {}, "1–2.3"),
        ("of", 1, {"denominator": 3}, "1/3"),
        ("of", 0, {"denominator": 6}, "0/6"),
        ("fraction", (2, 3), {}, "2/3"),
        ("dose", 4, {"unit": "mg"}, "4 mg"),
        ("dose", 2.3, {"unit": "mg"}, "2.3 mg"),
        ("doses", (3, 4), {"unit": "mg"}, "3 or 4 mg"),
        ("doses", (4,), {"unit": "mg"}, "4 mg"),
        ("doses", (1, 2, 3), {"unit": "mg"}, "1, 2, or 3 mg"),
        ("days", (1, 8, 15), {}, "1, 8, and 15"),
        ("days", tuple(range(1, 22)), {}, "1 to 21"),
        ("days", (1, 2, 3), {}, "1, 2, and 3"),
        ("days", (1,), {}, "1"),
        ("date", "2016-11-30", {}, "30 November 2016"),
        ("date", "2016-01-01", {}, "1 January 2016"),
        ("text", "infrequent", {}, "infrequent"),
        (
            "list",
            ("grade 3 fatigue", "grade 4 neutropenia"),
            {},
            "grade 3 fatigue and grade 4 neutropenia",
        ),
        ("list", (), {}, "none"),
        (
            "names",
            ("anemia", "neutropenia", "infections"),
            {},
            "anemia, neutropenia, and infections",
        ),
        ("plain", 30.4375, {}, "30.4375"),
    ],
)
def test_each_kind_is_printed_in_its_way(kind, value, more, text):
    assert printed(number(kind, value, **more), DISPLAY) == text


@pytest.mark.parametrize(
    "kind",
    [
        "count",
        "percent",
        "percent interval",
        "percent range",
        "months",
        "months interval",
        "number",
        "number range",
        "of",
        "dose",
        "text",
    ],
)
def test_what_is_not_estimable_prints_NE(kind):
    assert printed(number(kind, None), DISPLAY) == "NE"


def test_decimals_are_the_protocols():
    wide = {name: {"value": 2} for name in DISPLAY}
    assert printed(share(1, 3), wide) == "33.33%"
    assert printed(number("percent interval", (1.005, 2.0)), wide) == "1.01–2.00%"
    assert printed(number("months", 11.9), wide) == "11.90"


@pytest.mark.parametrize(
    "value, kind, expected",
    [
        (0, "count", {"words": "zero", "Words": "Zero"}),
        (3, "count", {"words": "three", "Words": "Three"}),
        (32, "count", {"words": "thirty-two", "Words": "Thirty-two"}),
        (99, "count", {"words": "ninety-nine", "Words": "Ninety-nine"}),
        (100, "count", {}),
        (1, "of", {"words": "one", "Words": "One"}),
        ((2, 3), "fraction", {"words": "two thirds", "Words": "Two thirds"}),
        ((1, 2), "fraction", {"words": "one half", "Words": "One half"}),
        ((2, 7), "fraction", {}),
        (48.0, "percent", {"bare": "48"}),
        (30.0, "plain percent", {"bare": "30"}),
        ("infrequent", "text", {}),
    ],
)
def test_other_forms_say_the_same_value(value, kind, expected):
    example = number(kind, value, denominator=6)
    assert forms(example, printed(example, DISPLAY)) == expected


@pytest.mark.parametrize(
    "kind, expected",
    [
        ("count", {"words": "NE", "Words": "NE"}),
        ("of", {"words": "NE", "Words": "NE"}),
        ("percent", {"bare": "NE"}),
    ],
)
def test_the_forms_of_what_is_not_estimable_exist_and_say_NE(kind, expected):
    assert forms(number(kind, None), "NE") == expected


def test_numbers_to_ninety_nine_have_a_word_of_their_own():
    words = [spelled(n) for n in range(100)]
    assert len(set(words)) == 100
    assert [words[n] for n in (0, 7, 12, 13, 20, 21, 40, 90)] == [
        "zero",
        "seven",
        "twelve",
        "thirteen",
        "twenty",
        "twenty-one",
        "forty",
        "ninety",
    ]
    assert spelled(-1) is None


def test_a_fraction_without_a_usual_word_has_none():
    assert (spelled_fraction(3, 4), spelled_fraction(1, 3), spelled_fraction(100, 3)) == (
        "three quarters",
        "one third",
        None,
    )


def test_a_list_has_the_serial_comma_from_three_on():
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")] == [
        "a",
        "a and b",
        "a, b, or c",
    ]


@pytest.mark.parametrize(
    "text, markdown",
    [
        ("48%", "48%"),
        ("3 + 3", "3 + 3"),
        ("27.8–68.7%", "27.8–68.7%"),
        ("a_b", r"a\_b"),
        ("[x](y)", r"\[x\](y)"),
        ("two\nlines", "two lines"),
    ],
)
def test_markdown_shows_a_text_as_it_is(text, markdown):
    assert escaped(text) == markdown


# Properties


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_rounding_agrees_with_whole_number_arithmetic_on_the_decimal_text(value, places):
    exact = Fraction(Decimal(repr(value)))
    units = math.floor(abs(exact) * 10**places + Fraction(1, 2))
    sign = "-" if exact < 0 and units else ""
    whole, part = divmod(units, 10**places)
    text = f"{sign}{whole:,d}" + (f".{part:0{places}d}" if places else "")
    assert rounded(value, places) == text


@given(st.integers(1, 5000), st.data())
def test_a_printed_percentage_is_the_nearest_whole_one_and_upwards_at_a_half(denominator, data):
    n = data.draw(st.integers(0, denominator))
    nearest = (200 * n + denominator) // (2 * denominator)
    assert printed(share(n, denominator), DISPLAY) == f"{nearest}%"


@given(st.fractions(-1000, 1000), st.integers(0, 3))
def test_a_fraction_is_rounded_exactly(value, places):
    got = Fraction(rounded(value, places).replace(",", ""))
    assert abs(got - value) <= Fraction(1, 2 * 10**places)
    assert rounded(-value, places).lstrip("-") == rounded(value, places).lstrip("-")


@given(st.integers(0, 99))
def test_the_word_of_a_count_begins_a_sentence_with_a_capital(n):
    made = forms(number("count", n), str(n))
    assert made["Words"][0].isupper() and made["Words"].lower() == made["words"]


# Refusal


@pytest.mark.parametrize(
    "value, unit, noun, counted",
    [
        (1, "patients", "patient", "1 patient"),
        (0, "patients", "patients", "0 patients"),
        (32, "patients", "patients", "32 patients"),
        (1, "days", "day", "1 day"),
        (1234, "events", "events", "1,234 events"),
        (None, "visits", "visits", "NE visits"),
    ],
)
def test_a_count_agrees_with_what_it_counts(value, unit, noun, counted):
    example = Number("the.id", "count", value, "statistic", unit=unit)
    made = forms(example, printed(example, DISPLAY))
    assert (made["noun"], made["counted"]) == (noun, counted)


def test_what_is_no_noun_is_not_counted():
    for what in ("protocol value", "patients at risk", ""):
        assert not {"noun", "counted"} & set(forms(Number("the.id", "count", 1, what), "1"))


def test_a_tally_names_each_part_with_its_count():
    parts = (("progressive disease", 23), ("adverse event", 1))
    assert (
        printed(number("tally", parts), DISPLAY)
        == "progressive disease in 23 and adverse event in 1"
    )
    assert printed(number("tally", ()), DISPLAY) == "none"


def test_a_kind_without_a_printer_is_refused():
    with pytest.raises(Refusal) as refused:
        printed(number("shade", 0.5), DISPLAY)
    assert str(refused.value) == (
        "kind must be count, percent, plain percent, percent interval, percent range, months, "
        "months interval, months range, number, number range, ratio, ratio interval, p value, of, "
        "fraction, dose, doses, days, date, text, tally, list, names, plain, but got 'shade' "
        "(the.id)"
    )
