"""Where the mail provider tells of bounces and complaints: its own tracking webhook, and none of the others.

django-anymail ships one webhook for every provider and for mail that comes in. Only the one that is used is an address
here: each of the others would take whatever knows the secret, and some fail without keys that nobody has set.
"""

import logging
from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from anymail.urls import urlpatterns as shipped
from django.conf import settings
from django.dispatch import receiver
from django.utils import timezone

from commitments.digests import events

logger = logging.getLogger(__name__)

app_name = "anymail"  # by which anymail names its addresses
urlpatterns = [route for route in shipped if route.name == f"{settings.MAIL_PROVIDER}_tracking_webhook"]


@receiver(tracking, weak=False, dispatch_uid="commitments.web.mail_events")
def take(event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    """Pass on what the provider tells. Where the database is away, the answer is 500, and it tells it again."""
    logger.info("%s tells of a mail, %s: %s", esp_name, event.event_type, events.take(event, at=timezone.now()))
