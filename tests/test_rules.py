"""docs/rules.md, the code and the SQL name the same derivation rules."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PREFIXES = "DATE|AE|IMWG|RECIST|TTE|DLT|POP|BASE|EXP|DISP"
NUMBER = re.compile(rf"\b(?:{PREFIXES})-\d+\b")
RANGE = re.compile(rf"\b({PREFIXES})-(\d+) to \1-(\d+)\b")
ONE_DERIVATION = "*One derivation.*"
SCRIPTS = (ROOT / "analysis/rederive.sql", ROOT / "tests/trials/sarcoma/analysis/rederive.sql")


def rules() -> dict[str, str]:
    """The text of each rule by its number."""
    _, *parts = re.split(r"^### ", (ROOT / "docs/rules.md").read_text(), flags=re.MULTILINE)
    return {part.split(" ", 1)[0]: part for part in parts}


def named(*files: Path) -> set[str]:
    found: set[str] = set()
    for file in files:
        text = file.read_text(encoding="utf-8")
        found |= set(NUMBER.findall(text))
        found |= {
            f"{prefix}-{k}"
            for prefix, first, last in RANGE.findall(text)
            for k in range(int(first), int(last) + 1)
        }
    return found


def code() -> list[Path]:
    return sorted((ROOT / "src").rglob("*.py"))


def test_every_rule_is_named_by_the_code_that_implements_it():
    assert rules().keys() - named(*code()) == set()


def test_every_rule_is_named_by_the_second_derivation_too():
    twice = {number for number, text in rules().items() if ONE_DERIVATION not in text}
    assert twice - named(*SCRIPTS) == set()


def test_no_rule_is_named_that_is_not_written_down():
    assert named(*code(), *SCRIPTS) - rules().keys() == set()


def test_rules_are_numbered_without_a_gap_in_their_section():
    counts: dict[str, list[int]] = {}
    for number in rules():
        prefix, place = number.rsplit("-", 1)
        counts.setdefault(prefix, []).append(int(place))
    assert all(places == list(range(1, len(places) + 1)) for places in counts.values())


def test_every_course_worked_by_hand_names_a_rule():
    tables = sorted((ROOT / "tests/courses").glob("*.csv"))
    assert tables
    assert named(*tables) - rules().keys() == set()
