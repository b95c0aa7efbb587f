"""Nouns and decisions, in the standard library alone: nothing here opens, reads, sends or logs."""
