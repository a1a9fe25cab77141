"""Lets Babel read Django's templates, so that translators need none of gettext's tools."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize


def extract_template(stream: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """Yield the messages of one template, as Babel's extraction methods do.

    Django rewrites a template to source in which only the calls of gettext are left in clear.
    """
    source = templatize(stream.read().decode("utf-8"), origin=getattr(stream, "name", None))
    # Indentation means something to Python's tokenizer and nothing in a template.
    level = "\n".join(line.lstrip() for line in source.splitlines())
    yield from extract_python(BytesIO(level.encode("utf-8")), keywords, comment_tags, {"encoding": "utf-8"})
