"""From labelled texts to a model with its card: checked, fitted, measured on held-out authors, named by content."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from aduan.model.linear import LinearModel
from aduan.reading import read_complaint
from ops.training.card import facts
from ops.training.corpus import Labelled, near_duplicates
from ops.training.fit import Fitted, fit, mean_confidence, measures
from schemas.errors import SettingsError

SERIES: Final = "lin-2026.11"


def make_model(rows: Sequence[Labelled]) -> tuple[LinearModel, dict[str, Any]]:
    """The model of all rows that are not held out, and what its card says.

    SettingsError when a held-out text stands nearly the same among the learned ones: figures would flatter.
    """
    for learned, other in near_duplicates(rows):
        raise SettingsError(f"{learned} and {other}, which is held out, are nearly the same text")
    read = [read_complaint(row.title, row.text).said for row in rows]
    own = [at for at, row in enumerate(rows) if not row.held_out]
    fitted = fit([rows[at] for at in own], [read[at] for at in own], "unnamed")
    model = _named(fitted.model)
    held = [at for at, row in enumerate(rows) if row.held_out]
    scores = model.scores([read[at] for at in held])
    unseen = measures(fitted, [rows[at] for at in own])
    right = measures(Fitted(model, scores.astype(np.float64)), [rows[at] for at in held]) if held else {}
    return model, facts(rows, unseen, right) | {"mean_confidence": round(mean_confidence(fitted), 3)}


def _named(model: LinearModel) -> LinearModel:
    """The model under a version that says what is in it."""
    digest = hashlib.sha256("\n".join(model.names).encode())
    digest.update(model.weights.tobytes())
    digest.update(model.bias.tobytes())
    version = f"{SERIES}-{digest.hexdigest()[:8]}"
    return LinearModel(version, model.heads, model.names, model.weights[1:].astype(np.float32), model.bias)
