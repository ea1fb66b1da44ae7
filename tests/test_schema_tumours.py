"""What the raw table of tumours may hold, and each way in which it is refused."""

import pytest

from tracedtrial.refusal import Refusal

TARGET = {
    "TRTESTCD": "LDIAM",
    "TRGRPID": "TARGET",
    "TRLNKID": "T1",
    "TRSTRESN": 50,
    "TRSTRESU": "mm",
}
BESIDE = {"TRTESTCD": "TUMSTATE", "TRGRPID": "NON-TARGET", "TRLNKID": "NT1"}


def refused(courses, *rows: dict) -> str:
    """What refuses these rows of one patient, the first scan a week before the first dose."""
    made = courses("sarcoma")
    made.treated("01", "2022-01-03")
    for row in rows:
        made.add(
            "tr",
            "01",
            **{
                "TRTEST": "In words",
                "VISITNUM": 0,
                "VISIT": "SCREENING",
                "TRDTC": "2021-12-27",
                **row,
            },
        )
    try:
        made.first()
    except Refusal as refusal:
        return str(refusal).replace(f"{made.folder}/", "")
    return ""


def test_target_and_non_target_lesions_are_accepted(courses):
    assert refused(courses, TARGET, BESIDE) == ""
    assert refused(courses, {**BESIDE, "TRSTAT": "NOT DONE"}) == ""
    assert refused(courses, {**BESIDE, "TRDTC": "2022-01-03"}) == ""


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {**TARGET, "TRTESTCD": "TUMSTATE"},
            "TRTESTCD must be TUMSTATE where TRGRPID is NON-TARGET, and only there, but got "
            "'TUMSTATE' (tr.csv, row 2)",
        ),
        (
            {**BESIDE, "TRTESTCD": "LDIAM"},
            "TRTESTCD must be TUMSTATE where TRGRPID is NON-TARGET, and only there, but got "
            "'LDIAM' (tr.csv, row 2)",
        ),
        (
            {**BESIDE, "TRGRPID": "NEW"},
            "TRGRPID must be TARGET or NON-TARGET, but got 'NEW' (tr.csv, row 2)",
        ),
        (
            {**BESIDE, "TRSTRESN": 12, "TRSTRESU": "mm"},
            "TRSTRESN must hold the result of a measurement that was done, and only that, but got "
            "'12' (tr.csv, row 2)",
        ),
        (
            {**TARGET, "TRSTRESN": ""},
            "TRSTRESN must hold the result of a measurement that was done, and only that, but got "
            "'' (tr.csv, row 2)",
        ),
        (
            {**BESIDE, "TRDTC": "2022-01-04"},
            "TRDTC must not be after the subject's first dose (RFSTDTC) where TRGRPID is "
            "NON-TARGET, but got '2022-01-04' (tr.csv, row 2)",
        ),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(courses, row, message):
    assert refused(courses, row) == message


def test_a_lesion_keeps_its_name_and_its_test(courses):
    assert refused(courses, TARGET, {**BESIDE, "TRLNKID": "T1"}) == (
        "TRLNKID must be given once for each subject and visit, but got 'T1' (tr.csv, row 3)"
    )
    assert refused(courses, TARGET, {**TARGET, "TRTESTCD": "LPERP", "VISITNUM": 1}) == (
        "TRTESTCD must be the same in every row of a lesion (TRLNKID), but got 'LPERP' "
        "(tr.csv, row 3)"
    )
