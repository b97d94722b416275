"""The connection to Elasticsearch, or to OpenSearch through the same client; used by the consumers and the portal."""

import json
from typing import Any, Final

import urllib3
from elastic_transport import HttpHeaders, Urllib3HttpNode
from elastic_transport._node import NodeApiResponse  # what a node returns; the package forgets to export it
from elastic_transport.client_utils import DEFAULT, DefaultType
from elasticsearch import Elasticsearch

from aduan.settings import Settings
from schemas.errors import UnavailableError

REQUEST_TIMEOUT: Final = 10.0
"""Seconds that one request may take; a bulk of a batch stays far below it on a healthy engine."""
_PROBE_TIMEOUT: Final = 5.0
_PLAIN_TYPES: Final = {
    "application/vnd.elasticsearch+json": "application/json",
    "application/vnd.elasticsearch+x-ndjson": "application/x-ndjson",
}


class OpenSearchNode(Urllib3HttpNode):
    """Speaks plain content types, and adds the product header that the Elasticsearch client looks for.

    OpenSearch refuses the client's `application/vnd.elasticsearch+json; compatible-with=9`, and the client refuses
    answers without `X-Elastic-Product`. What the two share is all that Aduan uses.
    """

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        """One request; raises what `Urllib3HttpNode` raises."""
        sent = HttpHeaders(headers or {})
        for name in ("accept", "content-type"):
            if name in sent:
                sent[name] = plain_type(sent[name])
        meta, data = super().perform_request(method, target, body, sent, request_timeout)
        meta.headers["x-elastic-product"] = "Elasticsearch"
        return NodeApiResponse(meta, data)


def plain_type(content_type: str) -> str:
    """The content type without Elasticsearch's vendor prefix and version; others stay as they are."""
    bare = content_type.split(";", maxsplit=1)[0].strip()
    return _PLAIN_TYPES.get(bare, content_type)


def search_client(settings: Settings) -> Elasticsearch:
    """A client for the search engine of these settings. Asks the server once what it is.

    The client itself retries nothing: the callers' loops do, with backoff, and commit nothing meanwhile. Raises
    UnavailableError when the server can't be reached or doesn't let us in; may be retried.
    """
    options: dict[str, Any] = {
        "request_timeout": REQUEST_TIMEOUT,
        "retry_on_timeout": False,
        "max_retries": 0,
        "http_compress": not _is_loopback(settings.elasticsearch_url),
    }
    options |= _credentials(settings)
    if settings.elasticsearch_ca_file is not None:
        options["ca_certs"] = str(settings.elasticsearch_ca_file)
    if distribution(settings) == "opensearch":
        options["node_class"] = OpenSearchNode
    return Elasticsearch(settings.elasticsearch_url, **options)


def distribution(settings: Settings) -> str:
    """`opensearch`, or `elasticsearch` for a server that names no distribution. Raises UnavailableError."""
    options: dict[str, Any] = {}
    if settings.elasticsearch_ca_file is not None:
        options["ca_certs"] = str(settings.elasticsearch_ca_file)
    with urllib3.PoolManager(timeout=_PROBE_TIMEOUT, retries=False, **options) as http:
        try:
            answer = http.request("GET", settings.elasticsearch_url, headers=_probe_headers(settings))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise UnavailableError(f"the search engine does not answer ({type(error).__name__})") from error
    if answer.status in {401, 403}:
        raise UnavailableError("the search engine refuses us: see ADUAN_ELASTICSEARCH_API_KEY or _USERNAME, _PASSWORD")
    try:
        return str(json.loads(answer.data)["version"].get("distribution", "elasticsearch"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnavailableError(f"the search engine is not ready (status {answer.status})") from error


def _credentials(settings: Settings) -> dict[str, Any]:
    if key := settings.elasticsearch_api_key.get_secret_value():
        return {"api_key": key}
    if settings.elasticsearch_username:
        return {"basic_auth": (settings.elasticsearch_username, settings.elasticsearch_password.get_secret_value())}
    return {}


def _probe_headers(settings: Settings) -> dict[str, str]:
    if key := settings.elasticsearch_api_key.get_secret_value():
        return {"authorization": f"ApiKey {key}"}
    if settings.elasticsearch_username:
        password = settings.elasticsearch_password.get_secret_value()
        return dict(urllib3.make_headers(basic_auth=f"{settings.elasticsearch_username}:{password}"))
    return {}


def _is_loopback(url: str) -> bool:
    return urllib3.util.parse_url(url).host in {"127.0.0.1", "localhost", "[::1]"}
