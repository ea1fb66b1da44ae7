"""`tracedtrial.checks.numerals`: what a numeral is, in any form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracedtrial.checks.numerals import numerals, without_numerals
from tracedtrial.record.words.spelling import spelled

generated = settings(derandomize=True, deadline=None, max_examples=200)


def found(text):
    return [numeral.text for numeral in numerals(text)]


# By hand


@pytest.mark.parametrize(
    "text",
    [
        "1,234",
        "11.9",
        "27.8–68.7",
        "27.8-68.7%",
        "1/3",
        "48%",
        "48 %",
        "2016-11-30",
        "12:30",
        "3.11.4",
        "21st",
        "2nds",
        "0.05%–3%",
    ],
)
def test_digits_of_any_form_are_one_numeral(text):
    assert found(f"in {text} (all)") == [text]


def test_a_sentence_end_is_no_part_of_a_numeral():
    assert found("In 2016. Of 25, 12; and 3-fold.") == ["2016", "25", "12", "3"]


@pytest.mark.parametrize("text", ["del(17p)", "t(4;14)", "1q", "CA033572", "v5", "H2O", "dl1"])
def test_digits_beside_letters_count(text):
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        "three",
        "Nineteen",
        "TWENTY",
        "thirty-two",
        "thirty two",
        "forty\u2011one",
        "forty-\none",
        "zero",
        "hundred",
        "dozens",
        "twice",
        "thrice",
        "half",
        "halves",
        "quarter",
        "threefold",
    ],
)
def test_number_words_count_in_any_case(text):
    assert found(f"of {text} patients") == [text]


@pytest.mark.parametrize(
    "text",
    [
        "first",
        "Second",
        "tenth",
        "twelfth",
        "twentieth",
        "ninety-ninth",
        "twenty first",
        "thirds",
        "hundredth",
    ],
)
def test_ordinals_count(text):
    assert found(f"the {text} visit") == [text]


@pytest.mark.parametrize(
    "text",
    [
        "someone",
        "often",
        "weight",
        "behalf",
        "seconds",
        "secondary",
        "firstly",
        "tension",
        "attend",
        "wonder",
        "canine",
        "none",
        "no one",
        "one another",
        "one-sided",
        "another one",
        "net",
    ],
)
def test_words_that_only_contain_a_number_word_do_not_count(text):
    assert found(f"with {text} here") == []


@pytest.mark.parametrize(
    "text",
    [
        "one of them",
        "One patient",
        "one mg",
        "one day",
        "one-year",
        "one cycle",
        "one third",
        "one (3 in all)",
        "phase one",
        "one %",
    ],
)
def test_one_counts_where_something_is_counted(text):
    assert [word.lower() for word in found(text)][0] == "one"


@pytest.mark.parametrize(
    "text, numeral",
    [
        ("phase II", "II"),
        ("Phase I/II", "I/II"),
        ("stages I, II, and III", "I, II"),
        ("stage\nIIIb", "IIIb"),
        ("grade XX", "XX"),
        ("type (IV)", "IV"),
        ("classes I–III", "I–III"),
        ("level X", "X"),
        ("phase ii", "ii"),
        ("stage III or IV", "III or IV"),
    ],
)
def test_roman_numerals_count_after_the_words_that_take_them(text, numeral):
    assert found(text)[0] == numeral


@pytest.mark.parametrize(
    "text",
    [
        "I think",
        "vitamin C",
        "IV infusion",
        "type A",
        "phase XXI",
        "mixed",
        "stage IIIX",
        "level of",
    ],
)
def test_other_letters_are_no_roman_numerals(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "hidden, plain",
    [
        ("4\u00ad8", "48"),
        ("th\u200bree", "three"),
        ("thr\u2060ee", "three"),
        ("４８％", "48%"),
        ("٤٨", "48"),
        ("½", "1/2"),
        ("x³", "3"),
        ("ﬁve", "five"),
        ("Ⅻ", "12"),
        ("三", "3"),
        ("①", "1"),
        ("𝟒𝟖", "48"),
        ("𝐭𝐡𝐫𝐞𝐞", "three"),
        ("3⃣", "3"),
        ("thre\u0301e", "three"),
        ("4\ufe0f8", "48"),
    ],
)
def test_marks_that_no_reader_sees_hide_nothing(hidden, plain):
    assert [numeral.plain for numeral in numerals(hidden)] == [plain]


def test_what_is_left_without_numerals_keeps_its_words():
    assert without_numerals("twelve patients in 3 + 3").split() == ["patients", "in", "+"]


# Property


@generated
@given(
    st.integers(0, 99),
    st.sampled_from([str, str.upper, str.capitalize]),
    st.sampled_from(["-", " ", "–", "-\n"]),
)
def test_every_number_to_ninety_nine_is_found_in_words(number, case, joint):
    word = case(spelled(number).replace("-", joint))
    assert found(f"all {word} patients") == [word]


@generated
@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_places_are_those_of_the_text_and_in_order(text):
    spans = [(each.start, each.end, each.text) for each in numerals(text)]
    assert all(text[start:end] == token for start, end, token in spans)
    assert all(one[1] <= other[0] for one, other in zip(spans, spans[1:]))


@generated
@given(st.text("abc xyz", max_size=10), st.integers(0, 10**6), st.text("abc xyz", max_size=10))
def test_no_digit_escapes(before, number, after):
    assert str(number) in "".join(found(f"{before}{number}{after}"))
