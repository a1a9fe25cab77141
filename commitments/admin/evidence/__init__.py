"""The room of the evidence, with the searches that brought some or none."""

from commitments.admin.evidence import attachments, room, searches

__all__ = ["attachments", "room", "searches"]
