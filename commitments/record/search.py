"""Finding pledges by words, in any of the four languages and in the words of every rendition."""

import re

from django.db.models import Q, QuerySet

from commitments.models import Pledge, PledgeSearch
from commitments.text import query_tokens

#: More words than this say nothing more, and each costs a look-up.
MOST_TOKENS = 24

_CODE = re.compile(r"^[A-Za-z]{2,8}-\d+(\.\d*){0,2}$")


def matching(found: QuerySet[Pledge], query: str) -> QuerySet[Pledge]:
    """Return those of `found` that hold every word of the query; none, where the query holds no word.

    A code, or the beginning of one (`FMP-2.11`), finds what it is the code of.
    """
    if _CODE.match(query.strip()):
        code = query.strip().rstrip(".")
        return found.filter(Q(code__iexact=code) | Q(code__istartswith=f"{code}."))
    asked = query_tokens(query)[:MOST_TOKENS]
    if not asked:
        return found.none()
    return found.filter(pk__in=PledgeSearch.objects.filter(tokens__has=asked).values("rowid"))
