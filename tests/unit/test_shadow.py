"""The shadow model: what it answers otherwise is counted and kept, and it harms nothing."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from aduan.classification import Submission, classify
from aduan.model.features import Said
from aduan.model.opinion import Judge, Opinion
from aduan.model.shadow_file import MOST_BYTES, Difference, keep_differences, read_differences, shadow_file
from aduan.settings import load_settings
from schemas.events import Channel, Claimed
from schemas.topics import Lane
from streams.observing import Observer, observer_of
from streams.shadow import Shadow
from tests.factories import NOW
from tests.models import judge_that_says, model_that_says, write_model


def submission(name: str = "one") -> Submission:
    return Submission(name, "", "kata sekolah", "", Channel.WEB, Claimed(), automated=False, triage=())


def counted(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, labels) or 0.0


class Broken(Judge):
    def opinions(self, batch: Sequence[Said]) -> list[Opinion]:
        raise ZeroDivisionError(len(batch))


class Slow(Judge):
    def __init__(self, kategori: str) -> None:
        super().__init__(model_that_says(kategori))
        self.go_on = threading.Event()

    def opinions(self, batch: Sequence[Said]) -> list[Opinion]:
        self.go_on.wait(10)
        return super().opinions(batch)


def look(shadow: Shadow, *items: Submission) -> None:
    shadow.look(items, classify(items, by=judge_that_says("pip", "old")))


def test_where_it_differs_is_counted_and_kept_with_both_answers(tmp_path: Path) -> None:
    before = counted("aduan_shadow_total", field="kategori", outcome="different")
    same = counted("aduan_shadow_total", field="jenis", outcome="same")
    shadow = Shadow(judge_that_says("bos", "new"), shadow_file(tmp_path, "ordinary"))
    look(shadow, submission())
    shadow.close()
    assert counted("aduan_shadow_total", field="kategori", outcome="different") == before + 1
    assert counted("aduan_shadow_total", field="jenis", outcome="same") == same + 1
    [found] = read_differences(tmp_path)
    assert (found.complaint_id, dict(found.fields)) == ("one", {"kategori": ("pip", "bos")})
    assert found.served.startswith("old")
    assert found.shadow.startswith("new")
    assert "sekolah" not in shadow_file(tmp_path, "ordinary").read_text(encoding="utf-8")


def test_what_goes_wrong_in_it_is_counted_and_the_next_batch_is_looked_at(tmp_path: Path) -> None:
    before = counted("aduan_shadow_total", field="kategori", outcome="failed")
    shadow = Shadow(Broken(model_that_says("bos")), shadow_file(tmp_path, "ordinary"))
    look(shadow, submission(), submission("two"))
    shadow.close()
    assert counted("aduan_shadow_total", field="kategori", outcome="failed") == before + 2


def test_a_disk_that_refuses_harms_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.write_text("no folder", encoding="utf-8")
    before = counted("aduan_shadow_total", field="kategori", outcome="failed")
    shadow = Shadow(judge_that_says("bos"), shadow_file(folder, "ordinary"))
    look(shadow, submission())
    shadow.close()
    assert counted("aduan_shadow_total", field="kategori", outcome="failed") == before + 1


def test_it_is_never_waited_for(tmp_path: Path) -> None:
    before = counted("aduan_shadow_total", field="kategori", outcome="skipped")
    slow = Slow("bos")
    shadow = Shadow(slow, shadow_file(tmp_path, "ordinary"))
    look(shadow, submission())
    look(shadow, submission("two"), submission("three"))
    assert counted("aduan_shadow_total", field="kategori", outcome="skipped") == before + 2
    slow.go_on.set()
    shadow.close()
    assert [one.complaint_id for one in read_differences(tmp_path)] == ["one"]


def test_the_report_is_bounded_and_survives_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = shadow_file(tmp_path, "ordinary")
    path.write_text("x" * MOST_BYTES + '\n{"id": "cut', encoding="utf-8")
    keep_differences(path, [Difference("one", "old", "new", {"jenis": ("wbs", "pengaduan")})], NOW)
    keep_differences(path, [Difference("two", "old", "new", {"jenis": ("wbs", "pengaduan")})], NOW)
    assert [one.complaint_id for one in read_differences(tmp_path)] == ["one", "two"]
    assert path.stat().st_size < 1_000


def test_a_shadow_that_is_no_model_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"nothing")
    observer = observer_of(load_settings(data_dir=tmp_path, model_shadow=broken), Lane.URGENT, judge_that_says("pip"))
    items = [submission()]
    observer.saw(items, classify(items, by=judge_that_says("pip")))
    assert "shadow_left_out" in capsys.readouterr().out
    assert not list(read_differences(tmp_path / "models"))


def test_the_setting_puts_a_model_beside_the_one_that_serves(tmp_path: Path) -> None:
    second = write_model(tmp_path, "bos", "second")
    observer = observer_of(load_settings(data_dir=tmp_path, model_shadow=second), Lane.URGENT, judge_that_says("pip"))
    items = [submission()]
    observer.saw(items, classify(items, by=judge_that_says("pip")))
    observer.close()
    assert [one.complaint_id for one in read_differences(tmp_path / "models")] == ["one"]


def test_confidence_categories_doubt_and_unknown_words_are_counted() -> None:
    names = ("aduan_confidence_count", "aduan_unsure_total")
    before = {name: counted(name) for name in names}
    categories, known, unknown = (
        counted("aduan_categories_total", kategori="pip"),
        counted("aduan_words_total", known="yes"),
        counted("aduan_words_total", known="no"),
    )
    judge = judge_that_says("pip")
    items = [submission()]
    [classes] = classify(items, by=judge)
    Observer(judge).saw(items, [classes.model_copy(update={"unsure": True})])
    assert {name: counted(name) - before[name] for name in names} == dict.fromkeys(names, 1)
    assert counted("aduan_categories_total", kategori="pip") == categories + 1
    assert (counted("aduan_words_total", known="yes"), counted("aduan_words_total", known="no")) == (
        known + 1,
        unknown + 1,
    )
