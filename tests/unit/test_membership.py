"""Names in a consumer group that survive a restart."""

from pathlib import Path

import pytest

from aduan.connections.membership import stable_instance
from aduan.settings import Settings
from schemas.errors import SettingsError


def test_a_name_is_taken_again_after_its_process_ended(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with stable_instance(settings, "indexer") as first:
        pass
    with stable_instance(settings, "indexer") as again:
        assert again == first
        assert again.endswith("-indexer-1")


def test_two_processes_of_a_stage_have_two_names(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with stable_instance(settings, "indexer") as first, stable_instance(settings, "indexer") as second:
        assert {first[-1], second[-1]} == {"1", "2"}
        with stable_instance(settings, "escalator") as other:
            assert other.endswith("-escalator-1")


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(data_dir=tmp_path / "file")
    with pytest.raises(SettingsError, match="ADUAN_DATA_DIR"), stable_instance(settings, "indexer"):
        pass
