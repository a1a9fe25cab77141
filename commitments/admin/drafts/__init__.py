"""The room of the drafts: proposing, review, preview, several at once."""

from commitments.admin.drafts import coding, figures, proposing, replies, room

__all__ = ["coding", "figures", "proposing", "replies", "room"]
