"""Logs: what must not stand in them."""

import logging
import re

#: Addresses that open somebody's subscription.
_SECRET = re.compile(r"/(subscriptions|unsubscribe)/[^/\s'\"]+")


class WithoutTokens(logging.Filter):
    """Leaves out of every line what would let its reader into somebody's subscription."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the line; let it pass."""
        said = record.getMessage()
        if _SECRET.search(said):
            record.msg, record.args = _SECRET.sub(r"/\1/•••", said), None
        return True
