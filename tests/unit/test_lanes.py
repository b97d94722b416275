"""The door's last look: what no danger word tells, the model may; both say why, and neither keeps the text."""

import pytest

from aduan.lanes import LEARNED, choose_lane
from aduan.triage import triage
from schemas.topics import Lane
from tests.models import judge_that_says


def test_danger_words_say_themselves_why() -> None:
    assert choose_lane("", "anak saya dipukul gurunya sampai lebam") == triage(
        "", "anak saya dipukul gurunya sampai lebam"
    )


@pytest.mark.parametrize("text", ["", "🙏", "x" * 100_000, "PIP anak saya belum cair", "\x00\x01", "这是什么"])
def test_what_is_not_dangerous_stays_in_the_ordinary_lane(text: str) -> None:
    assert choose_lane("", text) == (Lane.ORDINARY, ())


def test_danger_that_no_word_of_ours_tells_is_suspected_by_the_model() -> None:
    text = (
        "Murid kami kelas 5 sudah sepekan tidak mau masuk. Anaknya mengaku tiap istirahat celananya dipelorotkan oleh "
        "kakak kelas di belakang sekolah dan difoto"
    )
    lane, findings = choose_lane("", text)
    assert lane is Lane.URGENT
    assert findings
    assert triage("", "") == (Lane.ORDINARY, ())
    assert LEARNED[0].words == ()


def test_a_door_suspects_what_the_model_of_its_installation_suspects() -> None:
    text = "Anaknya mengaku tiap istirahat celananya dipelorotkan kakak kelas di belakang sekolah dan difoto"
    assert choose_lane("", text)[0] is Lane.URGENT
    assert choose_lane("", text, judge_that_says("pip"))[0] is Lane.ORDINARY
    assert choose_lane("", "anak saya dipukul sampai lebam", judge_that_says("pip"))[0] is Lane.URGENT, "words stay"
