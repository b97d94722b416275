"""The model card: what a model learned from, how well it does on authors it never saw, and what it is not for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ops.training.corpus import CORRECTIONS, Labelled

LIMITS: Final = (
    "Learned from invented complaints by few writers: real ones differ, and figures on held-out styles are optimistic.",
    "Regional languages are imitated by no native speakers.",
    "It orders and routes; no decision about a person may rest on it alone.",
)


def facts(rows: Sequence[Labelled], unseen: Mapping[str, float], held_out: Mapping[str, float]) -> dict[str, Any]:
    """What the model file keeps of its training, and the card shows."""
    learned = [row for row in rows if not row.held_out]
    return {
        "texts": len(learned),
        "held_out_texts": len(rows) - len(learned),
        "corrections": sum(row.style == CORRECTIONS for row in learned),
        "styles": len({row.style for row in learned}),
        "held_out_styles": sorted({row.style for row in rows if row.held_out}),
        "by_kategori": dict(sorted(Counter(row.kategori for row in learned).items())),
        "accuracy_cross_validated_by_style": {name: round(value, 3) for name, value in unseen.items()},
        "accuracy_held_out": {name: round(value, 3) for name, value in held_out.items()},
        "limits": list(LIMITS),
    }


def card(version: str, told: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    lines = [f"# Model {version}", "", f"Learned from {told['texts']} texts of {told['styles']} styles."]
    if told.get("corrections"):
        lines += [f"{told['corrections']} of them are cases that staff corrected; each weighs as much as three."]
    lines += [
        f"Held out: {told['held_out_texts']} texts of {len(told['held_out_styles'])} styles, never learned from.",
        "",
    ]
    lines += ["| decision | left-out styles (cross-validated) | held out |", "|---|---|---|"]
    for name, value in told["accuracy_cross_validated_by_style"].items():
        lines.append(f"| {name} | {value:.3f} | {told['accuracy_held_out'].get(name, 0.0):.3f} |")
    lines += ["", "| kategori | texts |", "|---|---|"]
    lines += [f"| {code} | {count} |" for code, count in told["by_kategori"].items()]
    lines += ["", "## Limits", "", *(f"- {limit}" for limit in told["limits"])]
    return "\n".join(lines) + "\n"
