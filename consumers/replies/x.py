"""Answers of our account on X, signed by OAuth 1.0a: its tokens do not expire, so that no answer waits for a login.

https://docs.x.com/x-api/posts/create-post and https://docs.x.com/x-api/direct-messages/create-dm-message-by-participant-id
"""

from typing import Any, Final
from urllib.parse import quote

from oauthlib.oauth1 import Client

from aduan.connections.addresses import guarded
from aduan.reply_paths import answered, is_public
from aduan.settings import Settings
from consumers.replies.calls import Call, fitting, refused
from schemas.content import ReplyPath

_POST: Final = 280
_MESSAGE: Final = 10_000


def x_call(settings: Settings, path: ReplyPath, text: str, _key: str) -> Call:
    """The signed request. RefusedError when one of the four keys is not set."""
    keys = (settings.x_api_key, settings.x_api_secret, settings.x_access_token, settings.x_access_secret)
    api_key, api_secret, token, secret = (key.get_secret_value() for key in keys)
    if not (api_key and api_secret and token and secret):
        raise refused("the keys of our account are not set (ADUAN_X_API_KEY, …)")
    base = guarded(settings.x_url, "ADUAN_X_URL")
    if is_public(path):
        url = f"{base}/2/tweets"
        body: dict[str, Any] = {
            "text": fitting(text, _POST),
            "reply": {"in_reply_to_tweet_id": answered(path)},
        }
    else:
        url = f"{base}/2/dm_conversations/with/{quote(path.to, safe='')}/messages"
        body = {"text": fitting(text, _MESSAGE)}
    # A JSON body takes no part in the signature (RFC 5849, 3.4.1.3.1).
    client = Client(api_key, client_secret=api_secret, resource_owner_key=token, resource_owner_secret=secret)
    headers: dict[str, str] = client.sign(url, http_method="POST")[1]
    return Call(url, body, headers)
