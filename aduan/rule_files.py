"""The rule files of `aduan/data` as phrases, parts and rules for neighbours, checked: what `rules.py` compiles."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from aduan.datafiles import load_yaml
from schemas.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Together:
    """Parts (`pipi` is one of the body, `bengkak` one of an injury) that say something within so many words."""

    title: str
    parts: frozenset[str]
    within: int
    weights: Mapping[str, float]


def read_phrases(name: str, sections: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Phrases of a YAML file: `section: {code: {weight: [phrase, …]}}`; `sections` maps a section to its group."""
    raw = load_yaml(name)
    found: dict[str, dict[str, float]] = {}
    for section, group in sections.items():
        for code, levels in _mapping(name, section, raw.get(section)).items():
            for weight, phrases in _mapping(name, f"{section}.{code}", levels).items():
                if not isinstance(weight, int | float) or not isinstance(phrases, list):
                    raise SettingsError(f"aduan/data/{name}, {section}.{code}: needs `weight: [phrases]`")
                for phrase in phrases:
                    if not isinstance(phrase, str):
                        raise SettingsError(
                            f"aduan/data/{name}, {section}.{code}.{weight}: a phrase is not text: quote it"
                        )
                    found.setdefault(phrase.strip().lower(), {})[f"{group}:{code}"] = float(weight)
    return found


def read_list(name: str, key: str) -> list[str]:
    """A list of phrases under one key of a YAML file."""
    return _phrases(name, key, load_yaml(name).get(key, []))


def read_parts(name: str) -> dict[str, dict[str, float]]:
    """The `parts` of a YAML file, `name: [phrase, …]`, as phrases with the weight 1 for `part:name`."""
    found: dict[str, dict[str, float]] = {}
    for part, phrases in _mapping(name, "parts", load_yaml(name).get("parts", {})).items():
        for phrase in _phrases(name, f"parts.{part}", phrases):
            found.setdefault(phrase, {})[f"part:{part}"] = 1.0
    return found


def read_together(name: str, known: Collection[str]) -> list[Together]:
    """The `together` rules of a YAML file: `rule: {parts: [name, …], within: words, gives: {group:code: weight}}`.

    `known` are the parts there are; SettingsError names the rule that is wrong.
    """
    found = []
    for title, rule in _mapping(name, "together", load_yaml(name).get("together", {})).items():
        try:
            weights = {str(code): float(weight) for code, weight in rule["gives"].items()}
            parts, within = frozenset(map(str, rule["parts"])), int(rule["within"])
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise SettingsError(f"aduan/data/{name}, together.{title}: needs parts, within and gives") from problem
        if unknown := parts - set(known):
            raise SettingsError(f"aduan/data/{name}, together.{title}: no such parts: {sorted(unknown)}")
        found.append(Together(str(title).replace("_", " "), parts, within, weights))
    return found


def _phrases(name: str, key: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SettingsError(f"aduan/data/{name}, {key}: must be a list of phrases")
    return [item.strip().lower() for item in value]


def _mapping(name: str, key: str, value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise SettingsError(f"aduan/data/{name}, {key}: must be a mapping")
    return value
