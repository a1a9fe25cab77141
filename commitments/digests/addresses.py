"""Addresses of subscribers: kept as long as needed, and known by a keyed hash afterwards; and the links they get."""

import re
import secrets
from datetime import date

import idna
from django.core import signing
from django.utils.crypto import salted_hmac

from commitments.models import Subscription

#: How long the link of a confirmation is good, in seconds.
CONFIRM_WITHIN = 7 * 24 * 60 * 60
_SALT = "commitments.digests"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_NAME = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_ADDRESS = re.compile(r"<?[^\s<>\"',;:()]+@[^\s<>\"',;:()]+>?")


def canonical(address: str) -> str:
    """Return an address in the one spelling under which it is kept: of several that reach one mailbox the same.

    The host becomes what its name servers know (IDNA, UTS 46), the name stays in the letters of RFC 5321 that need no
    quotes. Raises ValueError where it is no such address.
    """
    name, _, host = address.strip().rpartition("@")
    try:
        host = idna.encode(host, uts46=True, std3_rules=True).decode()
    except idna.IDNAError as error:
        raise ValueError("no host of this name can be") from error
    if len(name) > 64 or not _NAME.fullmatch(name) or "." not in host:
        raise ValueError("not an address that mail can reach")
    return f"{name}@{host}"


def normal(address: str) -> str:
    """Return an address as it is compared: in its one spelling, and without case, as practically every server does."""
    try:
        return canonical(address).casefold()
    except ValueError:
        return address.strip().casefold()


def without_addresses(text: str) -> str:
    """Return what a server said without the addresses in it, for what is kept longer than they are."""
    return _ADDRESS.sub("the address", text).replace("\0", "")


def key_of(address: str) -> str:
    """Return the HMAC-SHA256 (hex) of an address, by a key made from SECRET_KEY."""
    return salted_hmac(f"{_SALT}.address", normal(address), algorithm="sha256").hexdigest()


def masked(address: str) -> str:
    """Return an address so that its owner knows it, and nobody else learns it: `a•••@example.org`."""
    name, _, host = address.partition("@")
    return f"{name[:1]}•••@{host}"


def domain_of(address: str) -> str:
    """Return whose servers take mail for an address."""
    return normal(address).rpartition("@")[2]


def nonce() -> str:
    """Return 128 random bits for the links of a new subscription."""
    return secrets.token_urlsafe(16)


def token_of(subscription: Subscription) -> str:
    """Return what the links of a subscription carry. It cannot be made from a copy of the database alone."""
    return _signer("manage").sign(f"{subscription.pk}.{subscription.nonce}")


def by_token(token: str) -> Subscription | None:
    """Return whose token this is."""
    return _owner("manage", token)


def confirmation_of(subscription: Subscription) -> str:
    """Return what the link carries that confirms a subscription."""
    return _signer("confirm").sign(f"{subscription.pk}.{subscription.nonce}")


def by_confirmation(token: str) -> Subscription | None:
    """Return what a link confirms; None where it is not ours or too old."""
    return _owner("confirm", token, max_age=CONFIRM_WITHIN)


def was_confirmation(token: str) -> bool:
    """Say whether a link is one of ours that confirmed something, used or too old by now."""
    try:
        _signer("confirm").unsign(token)
    except signing.BadSignature:
        return False
    return True


def sender(address: str, on: date) -> str:
    """Return by what requests from one network address are counted on one day: a keyed hash."""
    return salted_hmac(f"{_SALT}.sender", f"{on} {address}", algorithm="sha256").hexdigest()


def _signer(purpose: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"{_SALT}.{purpose}")


def _owner(purpose: str, token: str, max_age: int | None = None) -> Subscription | None:
    try:
        pk, _, known = _signer(purpose).unsign(token, max_age=max_age).partition(".")
    except signing.BadSignature:
        return None
    return Subscription.objects.filter(pk=int(pk), nonce=known).first()
