"""Digests: what changed, to those who asked. Gathered from the record, addressed by the rows."""
