"""Connections that more than one stage needs: the only part of `aduan` that does I/O (docs/architecture.md)."""
