"""The conformance kit: runs an adapter against duplicates, restarts and an unavailable broker, and says what it breaks.

A door in memory judges what the adapter delivers, by the rules of the real one. `aduan adapter check` is its command.
"""
