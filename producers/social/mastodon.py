"""Mentions of our Mastodon account, by asking: https://docs.joinmastodon.org/methods/notifications/#get.

Pages are asked for from the oldest on (`min_id`), so that a crash misses none. An edit is told only of posts that our
account has shared; a deletion is never told.
"""

import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from aduan.connections.addresses import guarded
from aduan.settings import Settings
from producers.mail_text import HTML_CHARS, text_of_html
from producers.social.adapters import Page
from producers.social.asking import Query, ask, client
from producers.social.reading import Json, file_line, iso_moment, lines, number, obj, objects, text
from producers.social.said import Delivery, Said, heard
from producers.submission import Submission
from schemas.events import ReplyKind

NAME: Final = "mastodon"
PAGE: Final = 40
_NOT_PUBLIC: Final = {"private", "direct"}
"""Of any other visibility it may be that everybody reads it."""
_LINKED: Final = re.compile(r"<a\b([^<>]{0,1000})>([@#])<span>([^<>]{0,200})</span></a>")
"""How Mastodon writes @somebody and #something; the class of such a link has the word `mention`."""
_LEADING: Final = re.compile(r"@([\w.\-]{1,100})(?:@[\w.\-]{1,200})?[\s,:]{0,5}")


class MastodonMentions:
    """The poller."""

    def __init__(self, settings: Settings) -> None:
        self._client = client(
            guarded(settings.mastodon_url, "ADUAN_MASTODON_URL"),
            settings.mastodon_token.get_secret_value(),
            settings.social_timeout,
        )
        self._own: Json = {}

    def fetch(self, since: str) -> Page:
        """The next 40 mentions after the notification `since`, oldest first."""
        now = datetime.now(UTC)
        if not self._own:
            self._own = obj(ask(self._client, NAME, "/api/v1/accounts/verify_credentials", [], now))
        wanted: Query = [("types[]", "mention"), ("types[]", "update"), ("limit", str(PAGE)), ("min_id", since or "0")]
        found = objects(ask(self._client, NAME, "/api/v1/notifications", wanted, now))
        found = sorted(found, key=lambda one: _order(text(one.get("id"))))
        delivery = Delivery()
        for notification in found:
            delivery.take(read_notification(self._own, notification, self._before(notification, now)))
        return Page(delivery, text(found[-1].get("id")) if found else "", more=bool(found))

    def _before(self, notification: Json, now: datetime) -> tuple[str, ...]:
        """Of an answer to our own post: its author's posts above it, one of which is the complaint that we answered."""
        status = obj(notification.get("status"))
        if not text(status.get("in_reply_to_id")) or status.get("in_reply_to_account_id") != self._own.get("id"):
            return ()
        path = f"/api/v1/statuses/{quote(text(status.get('id')), safe='')}/context"
        context = obj(ask(self._client, NAME, path, [], now, gone={}))
        author, above = obj(status.get("account")).get("id"), objects(context.get("ancestors"))
        return tuple(text(one.get("id")) for one in above if obj(one.get("account")).get("id") == author)

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def read_notification(own: Json, notification: Json, before: tuple[str, ...] = ()) -> Submission | str:
    """The post of a notification, or why it is none. `own` is our account, `before` what is known to stand above it."""
    kind, status = text(notification.get("type")), obj(notification.get("status"))
    if kind not in {"mention", "update"} or not status:
        return "notification"
    author = obj(status.get("account"))
    if number(author.get("id")) == number(own.get("id")):
        return "own"
    answered, edited = text(status.get("in_reply_to_id")), text(status.get("edited_at"))
    return heard(
        Said(
            platform=NAME,
            account=text(own.get("acct")) or "mastodon",
            sender=number(author.get("id")),
            id=text(status.get("id")),
            title=text(status.get("spoiler_text"))[:500],
            text=lines(words(text(status.get("content")), text(own.get("username"))), *_files(status)),
            kind=ReplyKind.EDIT if kind == "update" else ReplyKind.REPLY,
            version=edited,
            answers=(*before, answered),
            public=text(status.get("visibility")) not in _NOT_PUBLIC,
            name=text(author.get("display_name")),
            handle=f"@{text(author.get('acct'))}",
            reply_to=text(author.get("acct")),
            sent_at=iso_moment(status.get("created_at")),
            automated=author.get("bot") is True,
        )
    )


def words(content: str, username: str) -> str:
    """The text of a post's HTML, without our own name at its beginning."""
    said = text_of_html(_LINKED.sub(_unlinked, content[:HTML_CHARS]))
    while (found := _LEADING.match(said)) is not None and found[1].lower() == username.lower() != "":
        said = said[found.end() :]
    return said.strip()


def _unlinked(link: re.Match[str]) -> str:
    return link[2] + link[3] if "mention" in link[1] else link[0]


def _files(status: Json) -> list[str]:
    public = text(status.get("visibility")) not in _NOT_PUBLIC
    return [
        file_line(text(one.get("type")), "" if public else text(one.get("url")), text(one.get("description")))
        for one in objects(status.get("media_attachments"))[:10]
    ]


def _order(identifier: str) -> tuple[int, str]:
    """Ids grow in length first (https://docs.joinmastodon.org/api/guidelines/#id)."""
    return len(identifier), identifier
