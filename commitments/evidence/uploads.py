"""Uploaded sources: what they are by their content, whatever they are called, and under which name they are shown."""

import hashlib
import re
import secrets
import struct
import unicodedata
from dataclasses import dataclass
from io import BytesIO

import filetype
from PIL import ExifTags, Image, UnidentifiedImageError

MAX_BYTES = 20 * 1024 * 1024
#: An A3 page scanned at 400 dots per inch has 31 million. A picture of a few bytes may claim billions.
MAX_PIXELS = 40_000_000
#: What may be kept, with the end of the name under which it is.
TYPES = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}

_PDF_HEAD = re.compile(rb"%PDF-[12]\.\d")
_LONGEST_NAME = 120


class UnfitFileError(Exception):
    """A file that is not kept; the message says why, and what would be."""


@dataclass(frozen=True)
class Upload:
    """A file that may be kept. `sha256` is of exactly these bytes: nothing in them is changed."""

    content: bytes
    media_type: str
    sha256: str

    def kept_name(self) -> str:
        """Return a new name that nobody can guess and that says nothing of who uploaded what."""
        name = secrets.token_hex(16)
        return f"{name[:2]}/{name}.{TYPES[self.media_type]}"


def examine(content: bytes) -> Upload:
    """Return the file as what it is; raise UnfitFileError where it is none of the kinds that are kept, or broken."""
    if len(content) > MAX_BYTES:
        raise UnfitFileError(f"The file is larger than {MAX_BYTES // 1024**2} MB.")
    kind = filetype.guess_mime(content[:8192])
    if kind not in TYPES:
        raise UnfitFileError("By its content this is no PDF and no PNG, JPEG or WebP picture, whatever its name says.")
    if kind == "application/pdf":
        _check_pdf(content)
    else:
        _check_picture(content, TYPES[kind])
    return Upload(content, kind, hashlib.sha256(content).hexdigest())


def _check_pdf(content: bytes) -> None:
    tail = content[-2048:]
    if not _PDF_HEAD.match(content) or b"startxref" not in tail or b"%%EOF" not in tail:
        raise UnfitFileError("This PDF is cut off or damaged: its beginning or its end is missing.")


def _check_picture(content: bytes, suffix: str) -> None:
    wanted = "JPEG" if suffix == "jpg" else suffix.upper()
    try:
        with Image.open(BytesIO(content), formats=[wanted]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            located = b"GPSLatitude" in content or bool(_place(picture, content))
            picture.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnfitFileError(f"The picture has more than {MAX_PIXELS // 10**6} million pixels.") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error, KeyError, TypeError):
        raise UnfitFileError("This picture is cut off or damaged.") from None
    if located:
        raise UnfitFileError(
            "The picture says where it was taken. That could harm whoever took it, and a source is never altered "
            "here: save a copy without its location, and upload that."
        )


def _place(picture: Image.Image, content: bytes) -> object:
    """Return what the picture's Exif says of the place. Pillow would decode a whole PNG to find it."""
    at = content.find(b"eXIf") if picture.format == "PNG" else -1
    if at >= 4:
        length = int.from_bytes(content[at - 4 : at])
        picture.info.setdefault("exif", content[at + 4 : at + 4 + length])
    return Image.Image.getexif(picture).get_ifd(ExifTags.IFD.GPSInfo)


def shown_name(given: str, media_type: str) -> str:
    """Return the uploader's name for the file without folders and tricks, ending as its content does."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    # Control, format (such as one that turns the direction of writing), surrogate and private characters.
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    name = re.sub(r"\s+", " ", name).strip()
    suffix = TYPES[media_type]
    stem, dot, end = name.rpartition(".")
    if dot and end.casefold() in {suffix, "jpeg" if suffix == "jpg" else suffix}:
        name = stem
    return f"{name[:_LONGEST_NAME].strip(' .') or 'source'}.{suffix}"
