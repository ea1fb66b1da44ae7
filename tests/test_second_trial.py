"""Another trial without a change of the code: the invented trial in tests/trials/sarcoma."""

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tracedtrial.checks.rederive import asked as derived_twice
from tracedtrial.checks.rederive import differences, rederivation, rederived
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.paths import FORMATS
from tracedtrial.provenance.lineage.proof import Proof, proven
from tracedtrial.record.ledger.rows import kept_digits

ROOT = Path(__file__).resolve().parents[1]
TRIAL = ROOT / "tests/trials/sarcoma"
SHARED = ("_quarto.yml", "reference.docx", "typst-show.typ", "typst-template.typ", "vancouver.csl")


def run(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    tool = Path(sys.executable).with_name(words[0])
    return subprocess.run([str(tool), *words[1:]], cwd=cwd, capture_output=True, text=True)


def snakemake(folder: Path, target: str = "build") -> subprocess.CompletedProcess:
    return run("snakemake", target, "--directory", str(folder), "--quiet", "all")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("second") / "trial"
    shutil.copytree(
        TRIAL,
        folder,
        ignore=shutil.ignore_patterns(
            "build", "figures", ".snakemake", "_variables.yml", "_provenance.md", "__pycache__"
        ),
    )
    made = snakemake(folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="session")
def numbers(built: Path) -> dict[str, dict]:
    return json.loads((built / "build/ledger.json").read_text())["numbers"]


def expected() -> dict[str, str]:
    with (TRIAL / "expected.csv").open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row["text"] for row in csv.DictReader(lines)}


# The numbers


def test_the_ledger_equals_the_independent_scripts_numbers(numbers: dict[str, dict]) -> None:
    assert {id: numbers[id]["text"] for id in expected()} == expected()


def test_the_expected_numbers_cover_what_the_trial_is_about() -> None:
    wanted = (
        "dlt.d400.second_cohort.decision",
        "dlt.rp2d.fictinib",
        "response.rp2d.orr.ci",
        "response.treated.best.ne.n",
        "pfs.median.ci",
        "followup.median.months",
        "ae.overall.g5.n",
    )
    assert set(wanted) <= set(expected()) and len(expected()) > 150


def test_the_expected_numbers_and_the_tables_are_what_their_scripts_make(tmp_path: Path) -> None:
    script = subprocess.run(
        [sys.executable, str(TRIAL / "expected.py")], capture_output=True, check=True
    )
    assert script.stdout == (TRIAL / "expected.csv").read_bytes()
    subprocess.run([sys.executable, str(TRIAL / "data/make_tables.py"), str(tmp_path)], check=True)
    shipped = sorted((TRIAL / "data/raw").iterdir())
    assert [path.name for path in shipped] == sorted(path.name for path in tmp_path.iterdir())
    assert all(path.read_bytes() == (tmp_path / path.name).read_bytes() for path in shipped)


def test_the_independent_script_imports_nothing_of_the_analysis() -> None:
    assert not re.search(
        r"^\s*(import|from)\s+(tracedtrial|proofs)",
        (TRIAL / "expected.py").read_text(),
        re.MULTILINE,
    )


def test_the_recommended_dose_is_one_below_the_top_with_six_patients(
    numbers: dict[str, dict],
) -> None:
    assert numbers["dlt.d400.second_cohort.decision"]["text"] == "de-escalate"
    assert numbers["dlt.d200.total.n"]["denominator"] == 6
    assert numbers["dlt.rp2d.fictinib"]["text"] == numbers["dose.d200.fictinib"]["text"]


def test_twelve_patients_were_replaced_or_not_evaluable(built: Path) -> None:
    with (built / "build/datasets/adsl.csv").open(newline="") as lines:
        treated = {row["USUBJID"]: row for row in csv.DictReader(lines) if row["TRTSDT"]}
    with (built / "build/datasets/addl.csv").open(newline="") as lines:
        short = {row["USUBJID"] for row in csv.DictReader(lines) if row["DLTEVLFL"] == "N"}
    with (built / "build/datasets/adrs.csv").open(newline="") as lines:
        never = {
            row["USUBJID"]
            for row in csv.DictReader(lines)
            if row["PARAMCD"] == "NASSESS" and float(row["AVAL"]) == 0
        }
    replaced = {s for s in short if treated[s]["COHORT"] != "EXPANSION"}
    assert len(replaced) == 5 and len(never) == 10 and len(replaced | never) == 12


# The second derivation


def test_the_second_derivation_gives_the_abstract_the_rates_and_the_adverse_events(
    built: Path, numbers: dict[str, dict]
) -> None:
    second = rederived(built)
    wanted = derived_twice(built / "manuscript/manuscript.qmd", numbers)
    assert {"dlt.rp2d.fictinib", "pfs.median.months", "response.rp2d.orr.percent"} < wanted
    assert {id for id in numbers if id.startswith("ae.")} < wanted <= second.keys()
    assert {"response.treated.dcr.n", "followup.median.months"} <= second.keys()
    assert differences(numbers, second, wanted) == []
    holds, report = rederivation(built)
    assert holds and re.search(r"[1-9]\d{2,} results of patients derived twice, 0 differ$", report)


def test_the_second_derivation_follows_when_lesions_double(
    built: Path, tmp_path: Path, outcome
) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "trial"))
    table = folder / "data/raw/tr.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows[::7]:
        row["TRSTRESN"] = row["TRSTRESN"] and str(2 * float(row["TRSTRESN"]))
    with table.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    changed = outcome(folder / "data/raw", read_protocol(folder / "analysis/protocol.yaml"))
    first = {
        id: {
            "text": changed.texts[id],
            "n": number.n,
            "denominator": number.denominator,
            "value": kept_digits(number.value),
        }
        for id, number in changed.numbers.items()
    }
    assert first["response.treated.orr.n"]["n"] != 8  # as in expected.csv
    assert differences(first, rederived(folder)) == []


# The files


def test_every_format_is_built_and_accounted_for(built: Path) -> None:
    for name in FORMATS:
        assert (built / f"build/manuscript.{name}").stat().st_size
        assert ", 0 orphans" in (built / f"build/audit/verify-{name}.txt").read_text()


def test_without_published_numbers_the_cross_check_says_so(built: Path) -> None:
    assert (built / "build/audit/crosscheck.txt").read_text() == "no published numbers\n"
    asked = run("audit", "crosscheck", "--trial", str(built))
    assert (asked.returncode, asked.stdout) == (0, "no published numbers\n")


def test_with_a_header_alone_there_are_no_published_numbers_either(
    built: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "trial"))
    (folder / "data/published.csv").write_text("row,place,what,id,printed\n")
    asked = run("audit", "crosscheck", "--trial", str(folder))
    assert (asked.returncode, asked.stdout) == (0, "no published numbers\n")


def test_without_a_second_derivation_the_audit_says_so_and_goes_on(
    built: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "trial"))
    (folder / "analysis/rederive.sql").unlink()
    line = "no second derivation: analysis/rederive.sql is not there\n"
    asked = run("audit", "--trial", str(folder), "rederive")
    assert (asked.returncode, asked.stderr) == (2, line)
    made = snakemake(folder, "build/audit/rederive.txt")
    assert made.returncode == 0, made.stderr
    assert (folder / "build/audit/rederive.txt").read_text() == line


def test_a_number_is_explained_from_another_folder(built: Path) -> None:
    asked = run("audit", "explain", "response.rp2d.orr.n", "--json", f"--trial={built}")
    told = json.loads(asked.stdout)
    assert told["id"] == "response.rp2d.orr.n"
    assert "TR/" in asked.stdout or '"TR"' in asked.stdout


def test_the_words_of_the_figure_and_the_response_table_are_the_criterias(built: Path) -> None:
    axis = json.loads((built / "build/panels/figure-1a.json").read_text())
    assert axis["levels"] == {
        "CR": "CR",
        "PR": "PR",
        "SD": "SD",
        "NON-CR/NON-PD": "NON-CR/NON-PD",
        "PD": "PD",
        "NE": "Not evaluable",
    }
    assert axis["thresholds_of"] == ""  # they hold for every patient
    assert "sum of diameters" in axis["ylabel"]
    table = (built / "build/tables/response.csv").read_text()
    assert "Partial response" in table and "Minimal response" not in table


def test_nothing_but_its_own_words_says_which_trial_it_is(built: Path) -> None:
    said = (built / "build/manuscript.html").read_text().lower()
    assert "invented" in said and "ixazomib" not in said and "myeloma" not in said


# Lineage


@pytest.fixture(scope="module")
def proof() -> Proof:
    return Proof(TRIAL)


def test_the_lineage_keeps_the_laws_in_a_sample(proof: Proof) -> None:
    outcome = proven(proof, proof.jobs(25))
    assert [violation.told(proof.rows) for violation in outcome.violations] == []


def test_every_record_of_a_tumour_that_the_response_rests_on_is_in_its_records(
    proof: Proof,
) -> None:
    number = proof.engine.numbers["response.rp2d.orr.n"]
    domains = {
        proof.rows.domain(int(record)) for records in number.records.values() for record in records
    }
    assert {"dm", "ex", "tr", "rs"} <= domains and "lb" not in proof.rows.raw.domains


# The code


def words_of_the_trials() -> set[str]:
    """Drugs, dose levels, tests and disease words of both trials, from their own files.

    Codes are looked for as they are written, words in either case.
    """
    found = {"myeloma", "sarcoma", "m-protein", "imwg"}
    for folder in (ROOT, TRIAL):
        protocol = yaml.safe_load((folder / "analysis/protocol.yaml").read_text())
        codes = {*protocol["dose_levels"], *protocol.get("laboratory", {}).get("tests", {})}
        drugs = {
            *protocol["drugs"],
            *(
                drug
                for entry in protocol["baseline"].get("refractory", [])
                for drug in entry["drugs"]
            ),
        }
        found |= (
            {drug.lower() for drug in drugs}
            | codes
            | {code.lower() for code in protocol["dose_levels"]}
        )
    return found | {word.capitalize() for word in found if word.islower()} | {"IMWG"}


def counts_of_the_trials() -> set[str]:
    """Numbers of patients of both trials that are too odd to stand in code by chance."""
    found = set()
    for folder in (ROOT, TRIAL):
        with (folder / "data/raw/dm.csv").open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        levels = yaml.safe_load((folder / "analysis/protocol.yaml").read_text())["dose_levels"]
        found |= {str(sum(row["ARMCD"] in levels for row in rows)), str(len(rows))}
    return found


SOURCES = [
    path
    for path in sorted((ROOT / "src/tracedtrial").rglob("*"))
    if path.suffix
    in (".py", ".lua", ".typ", ".html", ".css", ".json", ".yaml", ".qmd", ".md", ".yml")
    and "criteria" not in path.parts
]


def test_no_module_outside_the_response_criteria_names_a_drug_a_level_or_a_disease() -> None:
    word = re.compile(
        r"(?<![\w.])(" + "|".join(map(re.escape, sorted(words_of_the_trials()))) + r")(?!\w|-\d)"
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if word.search(line)
    ]
    assert found == []


def test_no_module_compares_with_or_returns_a_count_of_a_trial() -> None:
    number = re.compile(
        r"(?<![\w.\"'-])(" + "|".join(sorted(counts_of_the_trials())) + r")(?![\w.%\"'])"
    )
    found = []
    for path in (p for p in SOURCES if p.suffix == ".py" and "statistics" not in p.parts):
        code = re.sub(r'"""[\s\S]*?"""', "", path.read_text(encoding="utf-8"))
        found += [
            f"{path.name}: {line.strip()}"
            for line in code.splitlines()
            if number.search(line.split("#")[0])
        ]
    assert found == []


# A new trial's folder


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new") / "my trial"
    made = run("audit", "new", str(folder))
    assert made.returncode == 0, made.stderr
    return folder


def test_a_new_folder_without_a_subject_is_refused_in_one_line(fresh: Path) -> None:
    made = snakemake(fresh)
    said = [line for line in (made.stdout + made.stderr).splitlines() if "profile" not in line]
    assert made.returncode == 1
    assert said == [
        "USUBJID must be given for one subject at least, but the table has no row (data/raw/dm.csv)"
    ]
    assert "Traceback" not in made.stdout + made.stderr


def test_a_new_folder_shares_the_page_design_and_so_does_the_second_trial(fresh: Path) -> None:
    for folder in (fresh, TRIAL):
        for name in SHARED:
            own = (folder / "manuscript" / name).read_bytes()
            assert own == (ROOT / "manuscript" / name).read_bytes(), name


def test_an_existing_folder_and_unknown_criteria_are_refused(fresh: Path, tmp_path: Path) -> None:
    again = run("audit", "new", str(fresh))
    assert again.returncode == 2
    assert again.stderr == f"{fresh} must not exist yet, or be an empty folder\n"
    other = run("audit", "new", str(tmp_path / "other"), "--criteria", "Cheson")
    assert other.returncode == 2 and "be IMWG 2016 or RECIST 1.1" in other.stderr
    assert not (tmp_path / "other").exists() and not list(tmp_path.iterdir())


def test_headers_are_those_that_the_second_trial_has(fresh: Path) -> None:
    for path in (TRIAL / "data/raw").iterdir():
        header = (fresh / "data/raw" / path.name).read_text().strip().split(",")
        assert header == path.read_text().splitlines()[0].split(","), path.name


def test_a_new_folder_builds_once_tables_and_their_codes_are_in(
    fresh: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(fresh, tmp_path / "trial"))
    shutil.copytree(TRIAL / "data/raw", folder / "data/raw", dirs_exist_ok=True)
    shutil.copyfile(TRIAL / "analysis/protocol.yaml", folder / "analysis/protocol.yaml")
    made = snakemake(folder)
    assert made.returncode == 0, made.stderr
    assert all((folder / f"build/manuscript.{name}").stat().st_size for name in FORMATS)


def test_rows_that_nobody_would_read_are_refused(built: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built, tmp_path / "trial"))
    shutil.copyfile(ROOT / "data/raw/lb.csv", folder / "data/raw/lb.csv")
    rows = len((folder / "data/raw/lb.csv").read_text(encoding="utf-8").splitlines()) - 1
    made = snakemake(folder)
    assert made.returncode == 1
    assert (
        "lb must be without rows, as neither protocol nor response criteria ask for this "
        f"table, but got '{rows} rows' (data/raw/lb.csv)"
    ) in made.stderr
