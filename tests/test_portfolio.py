"""A portfolio: its configuration, its index from what the jobs wrote down, a job's outcome."""

import json
import subprocess

import pytest

from tracedtrial.files import sha256
from tracedtrial.portfolio import outcome as jobs
from tracedtrial.portfolio.index import failures, lines, page
from tracedtrial.portfolio.outcome import BUILT, FAILED, Interrupted, first_line, missing, outcome
from tracedtrial.portfolio.trials import Portfolio, Trial, inputs, portfolio, read_portfolio
from tracedtrial.refusal import Refusal

NUMBERS = {"Response": ("orr.percent", "orr.ci"), "Level": ("level",)}
REFUSED = "AGE must be a number, but got '<b>old</b>' (data/raw/dm.csv, row 3)"


def wrote(folder, name, status, line=""):
    """What the job of a trial leaves behind."""
    place = folder / "build" / "trials"
    place.mkdir(parents=True, exist_ok=True)
    told = {"name": name, "folder": name, "status": status, "line": line, "ledger": ""}
    (place / f"{name}.json").write_text(json.dumps(told))


def built(folder, name, reconstructed, **texts):
    """A trial folder with the ledger of its build."""
    place = folder / name / "build"
    place.mkdir(parents=True)
    numbers = {id.replace("_", "."): {"text": text} for id, text in texts.items()}
    (place / "ledger.json").write_text(
        json.dumps(
            {
                "schema": 1,
                "trial": f"NCT-{name}",
                "reconstructed": reconstructed,
                "inputs": {},
                "numbers": numbers,
            }
        )
    )
    wrote(folder, name, BUILT)


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Two built trials, a failed one that once was built, and one whose job was killed."""
    monkeypatch.chdir(tmp_path)
    built(tmp_path, "a b", True, orr_percent="48%", orr_ci="27.8–68.7%", level="dose level 2")
    built(tmp_path, "other", False, orr_percent="50%", orr_ci="1–99%")
    built(tmp_path, "broken", True, orr_percent="99%", orr_ci="1–99%", level="x")
    wrote(tmp_path, "broken", FAILED, REFUSED)
    names = ("a b", "other", "broken", "killed")
    return Portfolio(tuple(Trial(name, tmp_path / name) for name in names), NUMBERS)


def test_the_index_shows_the_texts_of_the_ledger_by_id(asked):
    first, other, _, _ = lines(asked)
    assert first.numbers == ("48% (27.8–68.7%)", "dose level 2")
    assert (first.registration, first.reconstructed) == ("NCT-a b", "yes")
    assert other.numbers == ("50% (1–99%)", "no level")
    assert other.reconstructed == "no"
    assert first.links["PDF"] == "../a%20b/build/manuscript.pdf"


def test_a_failed_trial_says_why_and_shows_no_number_of_an_earlier_build(asked):
    *_, broken, killed = lines(asked)
    assert (broken.status, broken.said) == (FAILED, REFUSED)
    assert broken.numbers == ("", "") and not broken.links
    assert killed.said == "the job did not come to its end"
    assert failures(asked) == [f"broken: {REFUSED}", f"killed: {killed.said}"]


def test_the_page_escapes_what_a_build_said_and_has_the_same_bytes(asked):
    made = page(lines(asked), list(asked.numbers))
    assert "2 of 4 built" in made and "&lt;b&gt;old" in made
    assert "<b>" not in made and "99%)" in made and "99% (" not in made
    assert made == page(lines(asked), list(asked.numbers))


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (None, "portfolio must be a mapping of trials and numbers, but got None (config.yaml)"),
        ({"trials": []}, "trials must be a list of at least one trial, but got [] (config.yaml)"),
        ({"trials": ["x"]}, "trial must have a folder, but got 'x' (config.yaml, trial 1)"),
        (
            {"trials": [{"folder": ".."}]},
            "name must be letters, digits, '.', '_' or '-', but got '..' (config.yaml, trial 1)",
        ),
        (
            {"trials": [{"folder": "x/a"}, {"folder": "y/a"}]},
            "name must belong to one trial, but got 'a' (config.yaml; 2 rows in all)",
        ),
        (
            {"trials": [{"folder": "a"}], "numbers": {"n": []}},
            "numbers: n must name ids of the ledger, but got [] (config.yaml)",
        ),
    ],
)
def test_a_configuration_that_breaks_a_rule_is_refused(config, told):
    with pytest.raises(Refusal) as refused:
        portfolio(config)
    assert str(refused.value) == told


def test_the_shipped_portfolio_asks_for_numbers_that_the_shipped_trial_has(root, shipped):
    asked = read_portfolio(root / "portfolio" / "config.yaml")
    assert {id for ids in asked.numbers.values() for id in ids} <= set(shipped.texts)


def test_inputs_are_the_trials_own_files_and_nothing_that_is_built(root):
    found = {path.removeprefix(f"{root}/") for path in inputs(Trial("shipped", root))}
    assert {"analysis/protocol.yaml", "data/raw/ae.csv", "manuscript/_quarto.yml"} <= found
    assert not any("_variables" in path or path.startswith("build") for path in found)


@pytest.fixture
def job(tmp_path, monkeypatch):
    """The outcome of a trial whose build ends so; the folder holds an earlier build's ledger."""
    built(tmp_path, "t", True)

    def ended(status, told="", writes=None):
        def run(trial, cores, *options):
            assert not (trial.folder / jobs.LEDGER).exists(), "an earlier build is still there"
            if writes:
                (trial.folder / jobs.LEDGER).write_text(writes)
            return subprocess.CompletedProcess([], status, "", told)

        monkeypatch.setattr(jobs, "_run", run)
        return outcome(Trial("t", tmp_path / "t"))

    return ended


def test_a_build_starts_without_what_an_earlier_one_left(job, tmp_path):
    found = job(0, writes="{}")
    assert found.status == BUILT and found.ledger == sha256(tmp_path / "t" / jobs.LEDGER)


def test_a_refusal_is_an_outcome_and_a_kill_is_none(job):
    assert job(1, f"Using profile x.\n\n{REFUSED}\nmore\n").line == REFUSED
    for status, told in (
        (-9, ""),
        (137, ""),
        (1, "another build holds this folder; nothing was changed"),
    ):
        with pytest.raises(Interrupted):
            job(status, told)


def test_a_missing_file_is_named():
    told = "MissingInputException in rule results:\n    affected files:\n        data/raw/ae.csv\n"
    tried = subprocess.CompletedProcess([], 1, told, "")
    assert missing(tried) == "data/raw/ae.csv must be there, but is missing"
    assert first_line("Using profile x\n") == ""
