"""Moved to aduan.connections.membership; this file goes away today."""

from aduan.connections.membership import stable_instance

__all__ = ["stable_instance"]
