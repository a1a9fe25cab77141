"""The editorial desk in Django's admin. So far it shows the record, and changes none of it."""

from commitments.admin import record

__all__ = ["record"]
