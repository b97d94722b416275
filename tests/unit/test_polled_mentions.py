"""Mentions on Mastodon and X as their APIs answer them: words without our name and markup, oldest first."""

from datetime import UTC, datetime

import pytest

from aduan.settings import load_settings
from producers.social.adapters import Page
from producers.social.asking import pause
from producers.social.mastodon import read_notification, words
from producers.social.registry import ADAPTERS, polled
from producers.social.x import page_of
from producers.submission import Submission
from schemas.content import ReplyPath, Reporter
from schemas.events import ReplyKind
from tests.social_payloads import payloads

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def toot(name: str) -> Submission | str:
    found = payloads("mastodon")
    return read_notification(found["own"], found["notifications"][name])


def said(name: str) -> Submission:
    found = toot(name)
    assert isinstance(found, Submission)
    return found


def x_page() -> Page:
    return page_of("2244994945", payloads("x")["pages"])


class TestMastodon:
    def test_a_mention_is_a_public_complaint_in_plain_words_without_our_name(self) -> None:
        found = said("mention")
        assert found.text == "dana #PIP anak saya belum cair sejak Mei.\n\nSD Contoh & SMP Contoh, Garut <3"
        assert (found.account, found.external_id) == ("mastodon:aduan", "115000000000000001")
        assert found.origin.public
        assert found.reporter == Reporter(
            name="Sari Contoh",
            handle="@sari@contoh.example",
            external_id="mastodon:109000000000000001",
            reply=ReplyPath(via="mastodon", account="aduan", to="sari@contoh.example", ref="public:115000000000000001"),
        )

    @pytest.mark.parametrize("name", ["direct", "followers_only"])
    def test_what_is_not_for_everybody_is_answered_in_private(self, name: str) -> None:
        found = said(name)
        assert not found.origin.public
        assert found.reporter is not None
        assert found.reporter.reply is not None
        assert not found.reporter.reply.ref.startswith("public:")

    def test_an_answer_and_an_edit_name_the_post_that_they_belong_to(self) -> None:
        for name, kind in (("answer", ReplyKind.REPLY), ("edited", ReplyKind.EDIT)):
            thread = said(name).thread
            assert thread is not None
            assert (thread.kind, "mastodon:115000000000000001" in thread.refs) == (kind, True)
        assert said("edited").external_id == "115000000000000001#edit:2026-11-20T02:00:00.000Z"

    def test_a_picture_and_a_warning_are_kept(self) -> None:
        found = said("picture")
        assert (found.title, found.text) == ("atap kelas", "[image] atap ambruk")

    def test_a_robots_post_is_kept_but_never_answered(self) -> None:
        assert said("robot").automated

    @pytest.mark.parametrize(
        ("name", "kind"), [("ours", "own"), ("favourite", "notification"), ("follow", "notification")]
    )
    def test_what_is_no_complaint_is_counted(self, name: str, kind: str) -> None:
        assert toot(name) == kind

    def test_other_peoples_names_stay_and_odd_markup_takes_no_time(self) -> None:
        assert words("<p>@Aduan @aduan@sosial.example: @budi lihat</p>", "aduan") == "@budi lihat"
        assert words("@aduanpalsu halo", "aduan") == "@aduanpalsu halo"
        assert words("@aduan halo", "") == "@aduan halo"
        words('<a class="mention ' * 20_000, "aduan")


class TestX:
    def test_posts_of_all_pages_come_oldest_first_without_retweets_and_our_own(self) -> None:
        page = x_page()
        assert [one.external_id[-2:] for one in page.delivery.submissions[:3]] == ["01", "02", "03"]
        assert page.delivery.ignored == {"own": 1, "retweet": 1}
        assert page.last == "1860000000000000006"

    def test_a_long_post_is_whole_and_without_our_name_and_escapes(self) -> None:
        first = x_page().delivery.submissions[0]
        assert first.text == "PPDB tidak bisa dibuka & besok tutup, sudah dicoba sejak Senin"
        assert first.origin.public
        assert first.reporter == Reporter(
            name="Sari Contoh",
            handle="@sari_contoh",
            external_id="x:9001",
            reply=ReplyPath(via="x", account="2244994945", to="9001", ref="public:1860000000000000001"),
        )

    def test_answers_pictures_and_edits(self) -> None:
        _, answer, picture, edit = x_page().delivery.submissions
        assert answer.thread is not None
        assert answer.thread.refs == ("x:1860000000000000001", "x:1860000000000000002")
        assert picture.text.endswith("\n[photo] tangkapan layar")
        assert edit.thread is not None
        assert (edit.thread.kind, "x:1860000000000000001" in edit.thread.refs) == (ReplyKind.EDIT, True)

    def test_an_empty_answer_moves_nothing(self) -> None:
        assert page_of("1", [payloads("x")["empty"]]).last == ""


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({"x-ratelimit-reset": "2026-11-24T03:05:00.000000Z"}, 300),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "999999"}, 3600),
        ({"x-rate-limit-reset": "1"}, 1),
        ({"x-rate-limit-reset": "soon"}, 60),
        ({}, 60),
    ],
)
def test_the_pause_that_a_platform_wants_is_kept_within_bounds(headers: dict[str, str], seconds: float) -> None:
    assert pause(headers, NOW) == seconds


def test_a_channel_is_on_when_its_settings_are_given() -> None:
    assert polled(load_settings()) == ()
    given = load_settings(mastodon_url="https://sosial.example", mastodon_token="t", x_user_id="1")
    assert [one.name for one in polled(given)] == ["mastodon"]
    assert [one.name for one in ADAPTERS] == ["meta", "telegram", "mastodon", "x"]
