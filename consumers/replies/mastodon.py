"""Answers of our Mastodon account: https://docs.joinmastodon.org/methods/statuses/#create."""

from typing import Any, Final

from aduan.connections.addresses import guarded
from aduan.reply_paths import answered, is_public
from aduan.settings import Settings
from consumers.replies.calls import Call, bearer, fitting, refused
from schemas.content import ReplyPath

_LONGEST: Final = 500
"""Characters of a status on an instance with the usual settings; the handle counts too."""


def mastodon_call(settings: Settings, path: ReplyPath, text: str, key: str) -> Call:
    """The request, which a retry with the same key repeats without a second status. RefusedError without a token.

    A public answer is `unlisted`: under the post, on nobody's timeline. Another is `direct`: to the person alone.
    """
    token = settings.mastodon_token.get_secret_value()
    if not (token and settings.mastodon_url):
        raise refused("no instance or token is set for our account (ADUAN_MASTODON_URL, ADUAN_MASTODON_TOKEN)")
    body: dict[str, Any] = {
        "status": fitting(f"@{path.to} {text.strip()}", _LONGEST),
        "visibility": "unlisted" if is_public(path) else "direct",
    }
    if post := answered(path):
        body["in_reply_to_id"] = post
    url = f"{guarded(settings.mastodon_url, 'ADUAN_MASTODON_URL')}/api/v1/statuses"
    return Call(url, body, bearer(token) | {"Idempotency-Key": key})
