"""Where a request comes from, as far as that can be trusted: for counting, never for knowing who somebody is."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address, of an IPv4 one written as IPv6 the former; None where the text is none."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_address(request: HttpRequest) -> str | None:
    """Return the client's address, for counting what it does: of IPv6 the first half, which one line shares.

    One proxy is trusted, and only where BEHIND_PROXY says so: what it added last to `X-Forwarded-For`.
    """
    address = _remote(request)
    if isinstance(address, IPv6Address):
        address = IPv6Address(int(address) >> 64 << 64)
    return str(address) if address else None


def client_network(request: HttpRequest) -> str | None:
    """Return the network around the client, which one customer of a provider may hold: IPv6 /48, IPv4 /24."""
    address = _remote(request)
    if address is None:
        return None
    bits = 48 if isinstance(address, IPv6Address) else 24
    return str(ip_network((address, bits), strict=False))


def _remote(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    remote = request.META.get("REMOTE_ADDR") or ""
    if settings.BEHIND_PROXY:
        remote = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or remote
    return parsed(remote)
