"""The doctor keeps, reads and removes a small object where received media are kept."""

from session.media_places import MediaPlace
from worker.cli.examining.media import examine_media


def test_a_folder_that_works_is_fine_and_stays_empty(tmp_path):
    (found,) = examine_media(MediaPlace(directory=tmp_path, key="k" * 32))

    assert (found.verdict, found.words) == ("ok", f"received media are kept in {tmp_path}")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_encrypted_is_a_warning(tmp_path):
    assert [one.verdict for one in examine_media(MediaPlace(directory=tmp_path))] == ["ok", "warn"]


def test_media_of_the_simulator_need_no_key(tmp_path):
    assert [one.verdict for one in examine_media(MediaPlace(directory=tmp_path), simulated=True)] == ["ok"]


def test_a_folder_that_cannot_be_used_is_a_failure(tmp_path):
    (tmp_path / "file").write_text("")
    (found,) = examine_media(MediaPlace(directory=tmp_path / "file"))

    assert found.verdict == "fail"
    assert "cannot be used" in found.words
