"""Second codings, blind, and the differences that they show."""

from commitments.admin.second import coding, differences

__all__ = ["coding", "differences"]
