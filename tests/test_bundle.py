"""The bundle: canonical, sealed, checked by Python alone; its crate; its records confirmed."""

import json
import random
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracedtrial.cli import app
from tracedtrial.record.provenance import RecordSets
from tracedtrial.refusal import Refusal
from tracedtrial.release.bundle import check, contents, crate
from tracedtrial.release.bundle.confirm import mismatches
from tracedtrial.release.bundle.making import write_bundle
from tracedtrial.release.submission.archive import with_manifest

RUN = {
    "commit": "c0ffee",
    "dirty": False,
    "started": "2020-01-01T00:00:00+00:00",
    "finished": "2020-01-01T00:01:00+00:00",
    "python": "3.11.0",
    "machine": "a machine",
}
LEDGER = {
    "trial": "NCT0",
    "inputs": {"data/raw/dm.csv": "0" * 64, "analysis/protocol.yaml": "1" * 64},
}
FILES = {
    "build/run.json": json.dumps(RUN).encode(),
    "build/ledger.json": json.dumps(LEDGER).encode(),
    "Snakefile": b"rule all:\n",
    "analysis/protocol.yaml": b"format: 1\n",
    "empty": b"",
    "build/manuscript.pdf": b"%PDF",
    "name with é": bytes(range(256)),
    "__main__.py": Path(check.__file__).read_bytes(),
}


@pytest.fixture(scope="module")
def bundle() -> bytes:
    return check.sealed(with_manifest(FILES))


def test_a_bundle_gives_back_its_files_to_the_check_and_to_any_zip_reader(bundle: bytes) -> None:
    assert check.opened(bundle) == with_manifest(FILES)
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == with_manifest(FILES)


def test_the_same_files_in_another_order_give_the_same_bytes(bundle: bytes) -> None:
    assert check.sealed(dict(reversed(with_manifest(FILES).items()))) == bundle


def test_500_random_one_byte_changes_are_all_found(bundle: bytes) -> None:
    dice = random.Random(20)
    for _ in range(500):
        changed = bytearray(bundle)
        changed[dice.randrange(len(bundle))] ^= dice.randrange(1, 256)
        with pytest.raises(check.Tampered):
            check.opened(bytes(changed))


@pytest.mark.parametrize(
    "change",
    [lambda b: b[:-1], lambda b: b + b"\n", lambda b: b"", lambda b: b[:10], lambda b: b"#!\n" + b],
)
def test_a_bundle_cut_or_lengthened_is_found(bundle: bytes, change) -> None:
    with pytest.raises(check.Tampered):
        check.opened(change(bundle))


def resealed(packed: bytes) -> bytes:
    """As somebody would who changed a bundle and knows how it is sealed."""
    import hashlib

    body = packed[: -check.SEAL_LENGTH]
    return body + hashlib.sha256(body).hexdigest().encode()


def test_a_change_sealed_anew_is_found_anywhere_in_the_bundle_where_the_manifest_is_not_changed_too(
    bundle: bytes,
) -> None:
    dice = random.Random(21)
    for place in [*dice.sample(range(len(bundle) - check.SEAL_LENGTH), 500)]:
        changed = bytearray(bundle)
        changed[place] ^= dice.randrange(1, 256)
        with pytest.raises(check.Tampered):
            check.opened(resealed(bytes(changed)))


def test_bytes_between_the_members_are_found(bundle: bytes) -> None:
    place = bundle.index(check.CENTRAL)
    with pytest.raises(check.Tampered, match="not in the canonical form"):
        check.opened(resealed(bundle[:place] + b"hidden" + bundle[place:]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"analysis/protocol.yaml": b"format: 2\n"},
            "analysis/protocol.yaml must have the SHA-256 of the manifest",
        ),
        ({"more": b""}, "more is not in the manifest"),
        ({"empty": None}, "empty is not in the bundle"),
        ({"manifest.txt": None}, "it has no manifest.txt"),
    ],
)
def test_what_the_manifest_does_not_say_is_found(change: dict, said: str) -> None:
    files = {
        name: content
        for name, content in {**with_manifest(FILES), **change}.items()
        if content is not None
    }
    with pytest.raises(check.Tampered, match=said):
        check.opened(check.sealed(files))


def test_a_bundle_checks_itself_with_nothing_but_python(bundle: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle)
    command = [sys.executable, "-I", "-S", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    seal = bundle[-64:].decode()
    assert (run.returncode, run.stdout) == (0, f"{path}: 9 files, unchanged; seal {seal}\n")
    path.write_bytes(bundle.replace(b"format: 1", b"format: 2"))
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 1 and len(run.stdout.splitlines()) == 1 and not run.stderr


def test_the_check_of_an_unpacked_bundle_asks_for_the_zip(bundle: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        archive.extract("__main__.py", tmp_path)
    (tmp_path / "b.zip").write_bytes(bundle)
    runs = [
        subprocess.run(
            [sys.executable, "-I", "__main__.py", *words],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        for words in ([], ["b.zip"])
    ]
    assert [run.returncode for run in runs] == [2, 0]
    assert runs[0].stderr == "usage: python FILE.zip, or python __main__.py FILE.zip\n"


def test_the_check_says_one_line_of_a_changed_bundle_and_of_a_missing_one(
    bundle: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle[:-1] + b"x")
    answer = CliRunner().invoke(app, ["bundle", "--check", str(path)])
    assert answer.exit_code == 1 and "its seal must be" in answer.stdout
    answer = CliRunner().invoke(app, ["bundle", "--check", str(tmp_path / "none.zip")])
    assert answer.exit_code == 2 and len(answer.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [[], ["--for", "journal"], ["--for", "public", "--check", "x"]])
def test_a_bundle_is_for_the_auditor_or_the_public(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(app, ["bundle", *words])
    assert answer.exit_code == 2 and len(answer.stderr.splitlines()) == 1


def test_what_is_not_built_is_not_bundled(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="build/manuscript.pdf must be built before it is bundled"):
        contents.files(tmp_path, "public")


def test_outputs_of_other_data_or_code_are_not_bundled(tmp_path: Path) -> None:
    for name in contents.NEEDED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    ledger = LEDGER | {"code": {"src/tracedtrial/files.py": "0" * 64}, "numbers": {}}
    (tmp_path / "build/ledger.json").write_text(json.dumps(ledger))
    (tmp_path / "analysis").mkdir()
    (tmp_path / "analysis/protocol.yaml").write_text("format: 1\n")
    with pytest.raises(Refusal) as refused:
        write_bundle(tmp_path, "auditor")
    assert str(refused.value) == (
        "data/raw/dm.csv: missing in the repository; build again before it is bundled (3 in all)"
    )
    assert not list(tmp_path.glob("build/*.zip"))


def test_only_the_auditor_is_given_rows(tmp_path: Path) -> None:
    private = [
        "data/raw/dm.csv",
        contents.NAMES_ROWS,
        "build/lineage/sets.parquet",
        "build/datasets/adsl.csv",
        "build/panels/figure-1a.csv",
        "build/audit/disagreements.csv",
        "build/audit/index.html",
        "build/results.json",
    ]
    for name in (*contents.NEEDED, *private, "build/audit/public.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    public, auditor = (set(contents.files(tmp_path, reader)) for reader in ("public", "auditor"))
    assert not public & set(private) and set(private) <= auditor and public <= auditor
    assert "build/audit/public.html" in public
    assert contents.NAMES_ROWS not in contents.public_outputs(tmp_path)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_crate_describes_workflow_run_inputs_outputs_and_software() -> None:
    made = crate.metadata(FILES, "public")
    assert made == crate.metadata(FILES, "public")
    graph = {entity["@id"]: entity for entity in json.loads(made)["@graph"]}
    root, run = graph["./"], graph["#run"]
    assert root["mainEntity"] == {"@id": "Snakefile"}
    assert {"@id": "https://w3id.org/ro/wfrun/workflow/0.5"} in root["conformsTo"]
    assert "ComputationalWorkflow" in graph["Snakefile"]["@type"]
    assert (run["@type"], run["instrument"]) == ("CreateAction", {"@id": "Snakefile"})
    assert (run["startTime"], run["endTime"]) == (RUN["started"], RUN["finished"])
    assert {"@id": "#data/raw/dm.csv"} in run["object"] and "#data/raw/dm.csv" in graph
    assert {"@id": "build/manuscript.pdf"} in run["result"]
    assert graph["#python"]["version"] == RUN["python"]
    listed = {part["@id"] for part in root["hasPart"]}
    assert len(listed) == len(FILES) and {"Snakefile", "analysis/protocol.yaml"} <= listed


@pytest.fixture(scope="module")
def stated(shipped, root) -> dict[str, bytes]:
    """A bundle's ledger and protocol, with the records of the shipped trial."""
    sets = RecordSets(shipped.trial.data.raw)
    numbers = {id: {"records": sets.described(number)} for id, number in shipped.numbers.items()}
    ledger = {"inputs": {}, "numbers": numbers}
    return {
        "build/ledger.json": json.dumps(ledger).encode(),
        "analysis/protocol.yaml": (root / "analysis/protocol.yaml").read_bytes(),
    }


def test_whoever_has_the_data_confirms_every_record_set(stated, root) -> None:
    sets, found = mismatches(stated, root / "data/raw")
    assert sets > 1000 and found == []


def test_a_count_or_digest_that_the_data_do_not_give_is_a_line_each(stated, root) -> None:
    ledger = json.loads(stated["build/ledger.json"])
    id = "response.rp2d.orr.n"
    ledger["numbers"][id]["records"]["supports"] |= {"count": 1}
    ledger["numbers"][id]["records"]["against"] |= {"digest": "0" * 64}
    _, found = mismatches(
        stated | {"build/ledger.json": json.dumps(ledger).encode()}, root / "data/raw"
    )
    assert found == [f"{id}, supports: count not confirmed", f"{id}, against: digest not confirmed"]


def test_other_data_confirm_no_record_set(stated, raw_copy) -> None:
    raw_copy.rows["dm"][0]["RACE"] = "OTHER"
    sets, found = mismatches(stated, raw_copy.write())
    assert len(found) == sets
