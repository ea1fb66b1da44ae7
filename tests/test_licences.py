"""The packages' licences: what each states, which are accepted, and the list in docs."""

import pytest

from tracedtrial.paths import repository
from tracedtrial.release.licences import EXCEPTIONS, LIST, LOCK, Licence, licences, table


@pytest.fixture(scope="module")
def found():
    return licences((repository() / LOCK).read_text(encoding="utf-8"))


def test_every_pin_of_the_lock_is_found(found):
    pins = [
        line.split("==")[0]
        for line in (repository() / LOCK).read_text(encoding="utf-8").splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    ]
    assert sorted(pins) == sorted(licence.name for licence in found)


def test_every_package_is_permissive_or_excepted_with_a_reason(found):
    assert not [str(licence) for licence in found if not licence.accepted]
    assert set(EXCEPTIONS) <= {licence.name for licence in found}


@pytest.mark.parametrize(
    "stated",
    [
        "GPL-3.0-or-later",
        "LGPL-2.1",
        "MIT; GNU General Public License",
        "AGPL-3.0",
        "nothing stated",
        "Proprietary",
    ],
)
def test_what_is_not_permissive_is_refused(stated):
    assert not Licence("x", "1", stated).accepted


def test_the_list_in_docs_has_every_pin(found):
    listed = (repository() / LIST).read_text(encoding="utf-8").splitlines()
    rows = {
        tuple(cell.strip() for cell in line.split("|")[1:3])
        for line in listed
        if line.startswith("| ")
    }
    assert rows - {("package", "version")} == {(each.name, each.version) for each in found}
    assert len(table(found).splitlines()) == len(listed)
