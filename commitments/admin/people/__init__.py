"""The room of the people: accounts, who looks after what, the audit trail."""

from commitments.admin.people import audit, daily, pledges, room

__all__ = ["audit", "daily", "pledges", "room"]
