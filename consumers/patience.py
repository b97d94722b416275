"""Moved to aduan.connections.patience; this file goes away today."""

from aduan.connections.patience import Patience

__all__ = ["Patience"]
