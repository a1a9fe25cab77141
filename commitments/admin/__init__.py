"""The editorial desk in Django's admin: its rooms."""

from commitments.admin import drafts, evidence, people, pledges, published, record, reports, second

__all__ = ["drafts", "evidence", "people", "pledges", "published", "record", "reports", "second"]
