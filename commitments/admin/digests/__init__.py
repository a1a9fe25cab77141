"""The room of the mail to readers: it is looked at, and decided about where no machine can."""

from commitments.admin.digests import digests, dispatches, dry_run, subscriptions, suppressions

__all__ = ["digests", "dispatches", "dry_run", "subscriptions", "suppressions"]
