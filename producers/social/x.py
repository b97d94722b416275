"""Mentions of our account on X, by asking: https://docs.x.com/x-api/users/get-mentions.

X answers newest first: all pages are read before the oldest is kept, over pauses that X wants. An edited post has a new
id and names the earlier ones; a deletion is never told.
"""

import html
from datetime import UTC, datetime
from typing import Final

from aduan.connections.addresses import guarded
from aduan.settings import Settings
from producers.social.adapters import Page
from producers.social.asking import Query, ask, client
from producers.social.reading import Json, file_line, iso_moment, lines, obj, objects, text
from producers.social.said import Delivery, Said, heard
from producers.submission import Submission
from schemas.events import ReplyKind

NAME: Final = "x"
_MOST_PAGES: Final = 10
"""X gives the last 800 mentions at most."""
_FIELDS: Final = (
    ("max_results", "100"),
    (
        "tweet.fields",
        "author_id,created_at,conversation_id,referenced_tweets,entities,edit_history_tweet_ids,note_tweet,attachments",
    ),
    ("expansions", "author_id,attachments.media_keys"),
    ("user.fields", "name,username"),
    ("media.fields", "type,alt_text"),
)


class XMentions:
    """The poller. What it has read of a look that X interrupts is kept in memory until the look is complete."""

    def __init__(self, settings: Settings) -> None:
        self._own = settings.x_user_id
        self._client = client(
            guarded(settings.x_url, "ADUAN_X_URL"), settings.x_bearer_token.get_secret_value(), settings.social_timeout
        )
        self._read: list[Json] = []
        self._token = ""

    def fetch(self, since: str) -> Page:
        """All mentions after the post `since`, oldest first."""
        while len(self._read) < _MOST_PAGES:
            query: Query = [*_FIELDS, *([("since_id", since)] if since else [])]
            query += [("pagination_token", self._token)] if self._token else []
            body = obj(ask(self._client, NAME, f"/2/users/{self._own}/mentions", query, datetime.now(UTC)))
            self._read.append(body)
            self._token = text(obj(body.get("meta")).get("next_token"))
            if not self._token:
                break
        read, self._read, self._token = self._read, [], ""
        return page_of(self._own, read)

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def page_of(own: str, bodies: list[Json]) -> Page:
    """One page of all answers, which came newest first."""
    delivery, found = Delivery(), []
    for body in bodies:
        includes = obj(body.get("includes"))
        users = {text(one.get("id")): one for one in objects(includes.get("users"))}
        media = {text(one.get("media_key")): one for one in objects(includes.get("media"))}
        found += [(one, users, media) for one in objects(body.get("data"))]
    found.sort(key=lambda one: (len(text(one[0].get("id"))), text(one[0].get("id"))))
    for post, users, media in found:
        delivery.take(read_post(own, post, users, media))
    return Page(delivery, text(found[-1][0].get("id")) if found else "")


def read_post(own: str, post: Json, users: dict[str, Json], media: dict[str, Json]) -> Submission | str:
    """A post, or why it is none: our own, or a repetition of somebody's."""
    sender, related = text(post.get("author_id")), objects(post.get("referenced_tweets"))
    if sender == own:
        return "own"
    if any(one.get("type") == "retweeted" for one in related):
        return "retweet"
    author = users.get(sender, {})
    history = post.get("edit_history_tweet_ids")
    earlier = [one for one in history if isinstance(one, str)][:-1] if isinstance(history, list) else []
    replied = (text(one.get("id")) for one in related if one.get("type") == "replied_to")
    identifier = text(post.get("id"))
    return heard(
        Said(
            platform=NAME,
            account=own,
            sender=sender,
            id=identifier,
            text=lines(words(own, post), *_files(post, media)),
            kind=ReplyKind.EDIT if earlier else ReplyKind.REPLY,
            version=identifier,
            answers=(text(post.get("conversation_id")), *replied, *earlier),
            public=True,
            name=text(author.get("name")),
            handle=f"@{text(author.get('username'))}" if author else "",
            sent_at=iso_moment(post.get("created_at")),
        )
    )


def words(own: str, post: Json) -> str:
    """The text (also of a long post) without our own name at its beginning; X escapes `&`, `<` and `>`."""
    note = obj(post.get("note_tweet"))
    said, entities = text(note.get("text")) or text(post.get("text")), obj((note or post).get("entities"))
    names = {text(one.get("username")).lower() for one in objects(entities.get("mentions")) if one.get("id") == own}
    while said[:1] == "@":
        first, _, rest = said.partition(" ")
        if first[1:].rstrip(",:").lower() not in names:
            break
        said = rest.lstrip()
    return html.unescape(said).strip()


def _files(post: Json, media: dict[str, Json]) -> list[str]:
    keys = obj(post.get("attachments")).get("media_keys")
    found = [media.get(key, {}) for key in keys[:10] if isinstance(key, str)] if isinstance(keys, list) else []
    return [file_line(text(one.get("type")), about=text(one.get("alt_text"))) for one in found]
