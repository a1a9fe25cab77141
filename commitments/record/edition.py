"""Which edition of the record outlets show: by what programs know again an answer that they keep."""

from datetime import datetime

from commitments.models import Edition


def newest() -> tuple[str, datetime | None]:
    """Return the stamp of the record as it stands, and when it was made (UTC); ("", None) before anything was loaded.

    One query. A stamp never comes back: whoever holds an answer made under it holds what would be made now, of the
    same day and by the same code.
    """
    return Edition.objects.values_list("stamp", "at").first() or ("", None)
