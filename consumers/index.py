"""The indexes and their generations: `complaints-000001`, …, read through the alias `complaints`; and `reporters`.

The read alias says which generation is live; the indexer of that generation writes to its index by name. An index notes
in its mapping's `_meta` which generation it is and a fingerprint of the mapping that it was made with.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

import structlog
from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError, TransportError

from aduan.settings import Settings
from schemas.errors import SettingsError, UnavailableError
from schemas.mapping import ANALYSIS, complaints_mapping, reporters_mapping

_log = structlog.get_logger(__name__)
_GENERATION: Final = re.compile(r"-complaints-(\d{6})$")
_EXISTS: Final = "resource_already_exists_exception"


@dataclass(frozen=True, slots=True, order=True)
class Generation:
    """One generation of the index of complaints."""

    number: int
    index: str


def generation(settings: Settings, number: int) -> Generation:
    """The n-th generation and its index name, e.g. `aduan-complaints-000001`."""
    return Generation(number, settings.index(f"complaints-{number:06d}"))


def read_alias(settings: Settings) -> str:
    """The alias that searches read."""
    return settings.index("complaints")


def reporters_index(settings: Settings) -> str:
    """The restricted index of identities and originals; one for all generations."""
    return settings.index("reporters")


def indexer_group(settings: Settings, number: int) -> str:
    """The consumer group that writes a generation (guarantee 8)."""
    return settings.group(f"indexer.{number}")


def ensure_indexes(settings: Settings, client: Elasticsearch) -> Generation:
    """Create what is missing and return the live generation; called twice, it changes nothing. Deletes nothing.

    Raises SettingsError when the live index was made with another mapping, when the cluster would create an index that
    is missing by itself, or when the alias is lost and several generations exist. Raises UnavailableError: retry.
    """
    try:
        _refuse_auto_creation(settings, client)
        _create(client, reporters_index(settings), index_body(settings, reporters_mapping(), {}))
        if not client.indices.exists_alias(name=read_alias(settings)):
            _make_live_generation(settings, client)
        live = live_generation(settings, client)
        refuse_other_mapping(client, live)
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None
    return live


def live_generation(settings: Settings, client: Elasticsearch) -> Generation:
    """The generation that the alias points to.

    Raises UnavailableError when the alias is missing (`aduan setup` makes it) or the engine is away.
    """
    alias = read_alias(settings)
    try:
        names = list(client.indices.get_alias(name=alias).body)
    except NotFoundError:
        raise UnavailableError(f"the alias {alias} does not exist: run `aduan setup`") from None
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None
    found = [match for name in names if (match := _GENERATION.search(name))]
    if len(names) != 1 or not found:
        raise SettingsError(f"the alias {alias} must point to one generation, it points to {', '.join(sorted(names))}")
    return Generation(int(found[0][1]), names[0])


def generations(settings: Settings, client: Elasticsearch) -> list[Generation]:
    """All generations that exist, oldest first. Raises UnavailableError."""
    try:
        names = list(client.indices.get_alias(index=f"{read_alias(settings)}-*", expand_wildcards="all").body)
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None
    found = [Generation(int(match[1]), name) for name in names if (match := _GENERATION.search(name))]
    return sorted(found)


def create_generation(settings: Settings, client: Elasticsearch, wanted: Generation) -> None:
    """Create a generation that nothing reads yet; one that exists is left alone. Raises UnavailableError."""
    body = index_body(settings, complaints_mapping(), {"generation": wanted.number, "epoch": settings.epoch})
    try:
        _create(client, wanted.index, body)
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None


def point_alias(settings: Settings, client: Elasticsearch, old: Generation, new: Generation) -> None:
    """Move the read alias from one generation to another, at once for every search; repeated, it changes nothing.

    Raises SettingsError when the alias was moved elsewhere meanwhile, UnavailableError: retry.
    """
    alias = read_alias(settings)
    now = live_generation(settings, client)
    if now not in {old, new}:
        raise SettingsError(f"the alias {alias} was moved to {now.index} meanwhile")
    actions: list[dict[str, Any]] = [
        {"remove": {"index": old.index, "alias": alias, "must_exist": True}},
        {"add": {"index": new.index, "alias": alias}},
    ]
    try:
        if now == old:
            client.indices.update_aliases(actions=actions)
        for one in (old, new):
            client.indices.put_mapping(index=one.index, meta={"aduan": _noted(client, one) | {"was_live": True}})
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None


def was_live(client: Elasticsearch, which: Generation) -> bool:
    """Whether the alias has ever pointed to a generation: it is complete then. Raises UnavailableError."""
    return bool(_noted(client, which).get("was_live"))


def refuse_other_mapping(client: Elasticsearch, wanted: Generation) -> None:
    """Raise SettingsError when a generation was made with another mapping than this code's; UnavailableError: retry."""
    if _noted(client, wanted).get("fingerprint") != fingerprint(complaints_mapping()):
        raise SettingsError(
            f"the index {wanted.index} was made with another mapping: run `aduan reindex`, which builds the next "
            "generation while this one is searched"
        )


def fingerprint(mapping: Mapping[str, Any]) -> str:
    """What two equal declarations of an index share. Pure."""
    text = json.dumps({"mapping": mapping, "analysis": ANALYSIS}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def index_body(settings: Settings, mapping: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
    """Settings and mapping of a new index. Pure."""
    return {
        "settings": {
            "index": {
                "number_of_shards": settings.index_shards,
                "number_of_replicas": settings.index_replicas,
                "refresh_interval": settings.index_refresh,
            },
            "analysis": ANALYSIS,
        },
        "mappings": {"_meta": {"aduan": {**meta, "fingerprint": fingerprint(mapping)}}, **mapping},
    }


def may_auto_create(setting: str, index: str) -> bool:
    """Whether a cluster with this `action.auto_create_index` makes a missing index by itself. Pure.

    The setting is true, false, or patterns with + or - of which the first that matches decides; none matches: no.
    """
    value = str(setting).strip().lower()
    if value in {"true", "false"}:
        return value == "true"
    for pattern in (part.strip() for part in value.split(",")):
        if fnmatchcase(index, pattern.lstrip("+-")):
            return not pattern.startswith("-")
    return False


def unavailable(error: ApiError | TransportError) -> UnavailableError:
    """Our error for the engine's: its status or class, never its message, which may quote values."""
    what = f"status {error.meta.status}" if isinstance(error, ApiError) else type(error).__name__
    return UnavailableError(f"the search engine can't do it now ({what})")


def _noted(client: Elasticsearch, which: Generation) -> dict[str, Any]:
    """What an index notes of itself."""
    try:
        mapping = client.indices.get_mapping(index=which.index).body[which.index]["mappings"]
    except (ApiError, TransportError) as error:
        raise unavailable(error) from None
    return dict(mapping.get("_meta", {}).get("aduan", {}))


def _make_live_generation(settings: Settings, client: Elasticsearch) -> None:
    """The first generation with its alias in one step; or the alias again, where just one generation is there."""
    existing = generations(settings, client)
    if len(existing) > 1:
        names = ", ".join(one.index for one in existing)
        raise SettingsError(
            f"the alias {read_alias(settings)} is missing and there are several generations ({names}): "
            "point the alias to the one that was live, with the search engine's _aliases"
        )
    if existing:
        _log.warning("alias_restored", index=existing[0].index)
        client.indices.put_alias(index=existing[0].index, name=read_alias(settings))
        return
    first = generation(settings, 1)
    body = index_body(settings, complaints_mapping(), {"generation": 1, "epoch": settings.epoch})
    _create(client, first.index, body | {"aliases": {read_alias(settings): {}}})


def _create(client: Elasticsearch, index: str, body: dict[str, Any]) -> None:
    if client.indices.exists(index=index):
        return
    try:
        client.indices.create(index=index, **body)
    except BadRequestError as error:
        if error.error != _EXISTS:  # another process was faster
            raise SettingsError(f"the search engine refuses the declaration of {index} ({error.error})") from None


def _refuse_auto_creation(settings: Settings, client: Elasticsearch) -> None:
    """Guarantee 7: a write to an index that went missing must fail, not make one with a guessed mapping."""
    try:
        answer = client.cluster.get_settings(flat_settings=True, include_defaults=True).body
    except ApiError as error:
        if error.meta.status not in {401, 403}:
            raise
        _log.warning("auto_creation_unknown", needs="the privilege `monitor` on the cluster")
        return
    layers = [answer.get(layer, {}) for layer in ("transient", "persistent", "defaults")]
    value = next((layer["action.auto_create_index"] for layer in layers if "action.auto_create_index" in layer), "true")
    value = ",".join(value) if isinstance(value, list) else value
    for index in (generation(settings, 1).index, reporters_index(settings)):
        if may_auto_create(value, index):
            raise SettingsError(
                f"the search engine would create a missing {index} by itself, with a guessed mapping: set its "
                f'action.auto_create_index to "-{settings.index("*")},+*" or to false'
            )
