"""The room of the pledges: their list, and the workplace of one."""

from commitments.admin.pledges import room

__all__ = ["room"]
