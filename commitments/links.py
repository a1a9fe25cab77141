"""Web addresses as strings: which of them name the same page, and which no reader could follow. Fetches nothing."""

import ipaddress
import re
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

#: Hosts of the same site for other screens.
_SAME_SITE = re.compile(r"^(?:www\d?|m|wap|mobile|amp)\.(?=[^.]+\.)")

#: What campaigns, mail programs and social networks add to an address. It changes nothing of the page.
_TRACKING = re.compile(
    r"utm_.*|(?:pk|mtm)_(?:campaign|kwd|keyword|source|medium|content|cid|group|placement)"
    r"|at_(?:medium|campaign|custom\d)|ns_(?:campaign|source|mchannel|linkname|fee)"
    r"|(?:fb|g|d|y|tw|tt)clid|msclkid|li_fat_id|[wg]braid|srsltid|igshid|igsh|mc_[ce]id|_hsenc|_hsmi|hss_channel"
    r"|vero_id|wt\.?_?mc(?:_id)?|s_kwcid|cmpid|ocid|smid|ncid|spm|isappinstalled|_ga|_gl|__twitter_impression"
)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

#: Names that lead to the machine of whoever follows them, or into a house's own network.
_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "onion")
#: Hosts that a browser reads as numbers: 2130706433, 0x7f.1, 127.1.
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*\.?")


def _escaped(part: str) -> str:
    """Write what may stand plainly plainly, everything else as %XX in capitals."""

    def one(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _PLAIN else match[0].upper()

    part = _ESCAPE.sub(one, _STRAY.sub("%25", part))
    return "".join(c if c.isascii() and c > " " else "".join(f"%{b:02X}" for b in c.encode()) for c in part)


def _host(split: SplitResult) -> str:
    host = (split.hostname or "").rstrip(".")
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host
    while shorter := _SAME_SITE.sub("", host, count=1):
        if shorter == host:
            return host
        host = shorter
    return host


def _query(query: str) -> str:
    """Return the parameters that choose the page, in alphabetical order."""
    pairs = [_escaped(pair) for pair in query.split("&") if pair]
    return "&".join(sorted(p for p in pairs if not _TRACKING.fullmatch(unquote(p.partition("=")[0]).lower())))


def normalised(url: str) -> str:
    """Return one spelling for all addresses of a page; what is no web address comes back as it is, without blanks.

    Left aside: http or https, user, `www.`, `m.` and the like, case of the host, default ports, a final slash, the
    order of parameters, those that only track, and fragments, except routes (`#/…`, `#!…`), which choose a page.
    """
    try:
        split = urlsplit(url.strip())
        port = split.port
    except ValueError:
        return url.strip()
    host = _host(split)
    if split.scheme not in ("http", "https") or not host:
        return url.strip()
    host = f"[{host}]" if ":" in host else host
    place = host if port in (None, 80, 443) else f"{host}:{port}"
    route = _escaped(split.fragment) if split.fragment.startswith(("/", "!")) else ""
    return urlunsplit(("https", place, _escaped(split.path).rstrip("/"), _query(split.query), route))


def site(url: str) -> str:
    """Return the host that every spelling of an address holds, as it is stored; empty where there is none."""
    try:
        return _host(urlsplit(url.strip()))
    except ValueError:
        return ""


def problem(url: str) -> str:
    """Return why readers could not follow an address, empty where nothing speaks against it.

    Judges the string alone. Whatever fetches addresses must look at what they resolve to.
    """
    try:
        split = urlsplit(url)
        host = (split.hostname or "").rstrip(".")
        _ = split.port
    except ValueError:
        return "This is no web address."
    if split.scheme not in ("http", "https"):
        return "Only addresses that begin with http:// or https:// can be followed from a page."
    if split.username is not None or split.password is not None:
        return "The address holds a user name: leave out what stands before the @."
    return "" if _is_public(host) else f"“{host}” leads into a network of its own: readers could not follow it."


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    if "." not in host or _NUMBERS.fullmatch(host):
        return False
    return not any(host == name or host.endswith(f".{name}") for name in _INSIDE)
