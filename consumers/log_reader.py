"""Moved to aduan.connections.log_reader; this file goes away today."""

from aduan.connections.log_reader import Batch, FencedError, LogReader, LogRecord

__all__ = ["Batch", "FencedError", "LogReader", "LogRecord"]
