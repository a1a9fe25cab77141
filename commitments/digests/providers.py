"""Providers that send for us: what a mail carries so that what they tell of it later leads back to its dispatch.

Most providers replace the Message-ID by one of their own, so what they tell cannot be found by that alone. What comes
back unchanged is metadata, or a tag with the two providers that know no metadata. Either holds the part of our
Message-ID before the `@`: Postmark takes values of at most 80 characters, which a long host name would pass.
"""

from typing import Any

from django.conf import settings

#: The name under which a mail's metadata holds our Message-ID. No provider has a field of this name beside it.
MESSAGE = "message"
#: These know tags only.
ONLY_TAGS = frozenset({"mailersend", "postal"})
#: These count who opens a mail, and who follows its links, unless a mail says no. Of the others either none of this is
#: known, or it is switched off in their own settings (docs/bounces.md).
COUNT_READERS = frozenset(
    {"mailersend", "mailgun", "mailjet", "mandrill", "postmark", "sendgrid", "sparkpost", "unisender_go"}
)


def provider_fields(dispatch_message_id: str) -> dict[str, Any]:
    """Return the fields to set on a mail (as attributes, where anymail reads them); none without a provider.

    Nobody's reading is counted: links stay as they are, and there is no picture that tells of being looked at.
    """
    provider = settings.MAIL_PROVIDER
    if not provider:
        return {}
    name = name_of(dispatch_message_id)
    fields: dict[str, Any] = {"tags": [name]} if provider in ONLY_TAGS else {"metadata": {MESSAGE: name}}
    if provider in COUNT_READERS:
        fields |= {"track_opens": False, "track_clicks": False}
    return fields


def name_of(message_id: str) -> str:
    """Return the part of a Message-ID before the `@`, without the bracket."""
    return message_id.strip().removeprefix("<").partition("@")[0]
