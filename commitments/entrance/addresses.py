"""Whether a request comes from this very machine, on a copy for development."""

from django.conf import settings
from django.http import HttpRequest

from commitments.addresses import parsed

#: Headers of any proxy: where one stands, an address of this machine is only the proxy's.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def on_this_machine(request: HttpRequest) -> bool:
    """Return whether a development copy is used from the very machine on which it runs."""
    if not settings.DEBUG or settings.BEHIND_PROXY or any(name in request.META for name in FORWARDED):
        return False
    address = parsed(request.META.get("REMOTE_ADDR") or "")
    return address is not None and address.is_loopback
