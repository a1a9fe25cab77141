"""The editorial desk in Django's admin: its rooms."""

from commitments.admin import digests, drafts, evidence, people, pledges, published, record, reports, second

__all__ = ["digests", "drafts", "evidence", "people", "pledges", "published", "record", "reports", "second"]
