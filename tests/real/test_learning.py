"""From what staff corrected to a model that serves: learned, compared, promoted, and run beside another one."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from elasticsearch import Elasticsearch

from aduan.keyring import Keyring
from aduan.privacy import Purpose, seal_model
from aduan.routing import decide_unit
from aduan.settings import Settings
from aduan.tokens import Role, Tokens, tokens_path
from schemas.content import Content
from schemas.documents import CaseDocument
from schemas.events import ComplaintClassified, Routing
from streams.stages import Stage
from tests.environment import environment_of
from tests.factories import (
    NOW,
    case_acknowledged,
    case_opened,
    case_reclassified,
    case_transferred,
    classification,
    complaint_id,
    complaint_received,
)
from tests.indexed_cases import case_of, index_cases
from tests.models import write_model
from tests.stream_processes import StreamWorker, caught_up, events_of, publish, wait_until, whole_topic

SOME: Final = ("a-01.jsonl", "a-02.jsonl", "a-03.jsonl", "b-12.jsonl")
TEXT: Final = "Sanggar zamrud kami butuh panggung untuk pentas tari topeng di balai dusun"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A part of ours, with held-out authors, that is learned in seconds."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in SOME:
        shutil.copy(Path("corpus") / name, folder)
    return folder


def aduan(settings: Settings, *words: str, token: str = "", code: int = 0) -> str:
    environment = environment_of(settings) | {"ADUAN_TOKEN": token, "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr or done.stdout
    return done.stdout + done.stderr


def corrected(n: int, *, by: str = "sari", unit: str = "ult", kerahasiaan: str = "publik") -> CaseDocument:
    classes = classification(kategori="pip", kerahasiaan=kerahasiaan, provinsi=None)
    place = Routing(unit=unit, due_at=NOW)
    opened = case_opened(n, text=f"{TEXT} nomor {n}", title="", classification=classes, routing=place)
    return case_of([opened, case_reclassified(n, 2, actor=by, kategori="kebudayaan")])


def test_what_staff_corrected_is_learned_compared_promoted_and_served(
    topics: Settings, search: Elasticsearch, corpus: Path
) -> None:
    untouched = case_of([case_opened(5, text=TEXT), case_acknowledged(5, 2)])
    secret = corrected(4, unit="itjen", kerahasiaan="rahasia")
    index_cases(topics, search, [corrected(1), corrected(2), corrected(3, by="escalator"), secret, untouched])
    token = Tokens(tokens_path(topics)).new("sari", Role.STAFF, "ult")

    learned = aduan(
        *(topics, "train", "--with-corrections", "--corpus", str(corpus), "--samples", str(corpus)), token=token
    )
    assert "\n2 corrected cases\n" in f"\n{learned}"
    [new] = (topics.data_dir / "models").glob("lin-*.npz")

    told = aduan(
        *(topics, "evaluate", "--compare", str(new), "--with-corrections", "--json", str(texts(corpus))), token=token
    )
    comparison = json.loads(told)["comparison"]
    assert comparison["corrected"]["count"] == 2
    assert comparison["corrected"]["new"]["kategori"] == 1.0
    assert {one["id"] for one in comparison["corrected"]["changed"]} <= {complaint_id(1), complaint_id(2)}
    assert TEXT not in told

    refusal = aduan(topics, "model", "promote", new.stem, "--corpus", str(corpus), code=1)
    assert "is worse than what serves" in refusal
    told = aduan(topics, "model", "promote", new.stem, "--corpus", str(corpus), "--force")
    assert "the doors " in told
    assert f"* │ {new.stem}" in aduan(topics, "model", "list")

    serves_with_a_shadow(topics, new.stem)
    assert "(Aduan's own) serves again" in aduan(topics, "model", "rollback")
    assert not (topics.data_dir / "models" / "current.npz").exists()


def texts(corpus: Path) -> Path:
    path = corpus / "texts.tsv"
    path.write_text("id\ttext\tkategori\n1\tPIP anak saya belum cair\tpip\n", encoding="utf-8")
    return path


def serves_with_a_shadow(topics: Settings, version: str) -> None:
    """A worker that starts now classifies by the promoted model; the shadow's other answers are kept by id."""
    keyring = Keyring(topics.data_dir / "keyring")
    sealed = seal_model(keyring.current(NOW), Purpose.CONTENT, complaint_id(7), Content(text=f"{TEXT} sekolah"))
    publish(topics, [complaint_received(7, keyring=keyring, sealed_content=sealed)])
    shadow = write_model(topics.data_dir / "tried", "ppdb", "tried")
    with StreamWorker(topics, Stage.CLASSIFY, ADUAN_MODEL_SHADOW=str(shadow)):
        wait_until(lambda: caught_up(topics, Stage.CLASSIFY, 1), 60, "classify commits")
        wait_until(lambda: complaint_id(7) in aduan(topics, "model", "shadow"), 20, "the shadow's answer is kept")
    classified = whole_topic(topics, topics.topics.classified(complaint_received(7).lane))
    [event] = events_of(classified, ComplaintClassified)
    assert event.classification.model.startswith(f"{version}+")
    assert event.classification.kategori == "kebudayaan"
    assert "kebudayaan -> ppdb" in aduan(topics, "model", "shadow")


def test_where_a_case_went_is_explained_to_whom_may_see_it_and_drift_counts_only_those(
    settings: Settings, search: Elasticsearch
) -> None:
    case, secret = corrected(1), corrected(4, unit="itjen", kerahasiaan="rahasia")
    index_cases(settings, search, [case, secret])
    token = Tokens(tokens_path(settings)).new("sari", Role.STAFF, "ult")
    told = aduan(settings, "route", "explain", case.tracking_number, token=token)
    assert told.startswith(f"{case.tracking_number}: ")
    shown = json.loads(aduan(settings, "case", "show", case.tracking_number, token=token))
    assert shown["explanation"].startswith("diubah oleh petugas pada ")
    assert shown["explanation"].partition(" Semula: ")[2].startswith("Program Indonesia Pintar (PIP/KIP)")
    assert "events" not in shown
    assert "otherwise: " in told
    assert json.loads(aduan(settings, "route", "explain", case.complaint_id, "--json", token=token))["unit"] == "ult"
    aduan(settings, "route", "explain", secret.tracking_number, token=token, code=1)
    aduan(settings, "route", "explain", case.tracking_number, code=1)
    assert aduan(settings, "model", "drift", "--days", "3650", token=token).startswith("1 cases beside training of ")
    adapter = Tokens(tokens_path(settings)).new("pintu", Role.ADAPTER)
    assert "not for reading" in aduan(settings, "model", "drift", code=1, token=adapter)


def test_overruled_routing_rules_are_listed_of_the_cases_that_the_token_may_see(
    settings: Settings, search: Elasticsearch
) -> None:
    open_one, secret = handed_on(1), handed_on(2, kerahasiaan="rahasia")
    index_cases(settings, search, [open_one, secret])
    token = Tokens(tokens_path(settings)).new("sari", Role.STAFF, "ult")
    told = aduan(settings, "route", "corrections", token=token)
    assert "1  routing.pip: puslapdik -> gtk" in told
    assert open_one.tracking_number in told
    [shown] = json.loads(aduan(settings, "route", "corrections", "--json", token=token))
    assert (shown["rule"], shown["cases"], shown["examples"]) == ("routing.pip", 1, [open_one.tracking_number])
    boss = Tokens(tokens_path(settings)).new("ketua", Role.ADMIN)
    assert "2  routing.pip: puslapdik -> gtk" in aduan(settings, "route", "corrections", token=boss)
    aduan(settings, "route", "corrections", code=1)


def handed_on(n: int, **classes: str) -> CaseDocument:
    read = classification(n, **({"kategori": "pip", "provinsi": "32"} | classes))
    unit, findings = decide_unit(read)
    routing = Routing(unit=unit, due_at=NOW, findings=findings)
    return case_of([case_opened(n, classification=read, routing=routing), case_transferred(n, unit="gtk")])
