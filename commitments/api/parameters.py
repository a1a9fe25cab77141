"""What the OpenAPI description says of each parameter: a sentence, an example, and bounds that no code shows."""

from typing import Any

from commitments.api.pagination import Pages

Said = tuple[str, dict[str, Any]]

_MANY = "Several values, each as a parameter of its own, mean any of them."
_TERM = f"The slug of one of them, as its resource lists it. {_MANY}"

#: name → what it asks, and members that its schema gets or that stand in the place of those found in the code.
SAID: dict[str, Said] = {
    "as_of": ("As of the end of this day (UTC), not after today. Without it: today.", {"example": "2026-11-22"}),
    "from": ("From the end of this day (UTC). Without it: 30 days before `to`.", {"example": "2026-11-22"}),
    "to": ("To the end of this day (UTC), not after today. Without it: today.", {"example": "2026-11-22"}),
    "page": ("The number of the page, from 1.", {"minimum": 1, "default": 1, "example": 1}),
    "page_size": (
        f"How many a page holds, from 1 to {Pages.max_page_size}.",
        {"minimum": 1, "maximum": Pages.max_page_size, "default": Pages.page_size, "example": 200},
    ),
    "q": ("Words in English, Chinese, Spanish or Portuguese, at most 200 characters.", {"maxLength": 200}),
    "document": ("The slug of a document.", {"example": "sao-paulo-consensus"}),
    "project": (f"The number of one of the Five Major Projects. {_MANY}", {"example": "2"}),
    "section": ("The number of a section within its document.", {"example": "2.11"}),
    "rendition": ("The key of a rendition, as its document lists it.", {"example": "zh"}),
    "role": ("What the sentence does.", {}),
    "trackability": (f"How the words can be tracked. {_MANY}", {}),
    "status": (f"Where the deed stands. {_MANY}", {}),
    "grade": (f"The evidence grade of the status. {_MANY}", {}),
    "updated_after": ("The status was published after the end of this day (UTC).", {"example": "2026-11-22"}),
    "actor": (f"Who promises. {_TERM}", {"example": "china"}),
    "theme": (f"What the pledge is about. {_TERM}", {"example": "oceans"}),
    "right": (f"A human right that the pledge touches. {_TERM}", {}),
    "ordering": ("The order of the list.", {}),
    "pledge": ("The code of a pledge, in capitals or not.", {"example": "SPC-3.2"}),
    "bearing": ("What the item does to a pledge; with `pledge`, to that one.", {}),
    "publisher_kind": ("What kind of body published the source.", {}),
    "side": ("Whose side the publisher is on.", {}),
    "record": ("Whether the source is a record itself or reports of one.", {}),
    "country": ("A country that the item concerns.", {}),
    "target": ("The code of an announced number.", {"example": "target-2025-3"}),
    "provisional": ("Whether the update waits for two people to confirm it.", {}),
    "kind": ("The kind.", {}),
    "after": (
        "The number of an entry: only later ones. Whoever keeps a copy of the log asks so for the rest.",
        {"minimum": 0, "maximum": 2**31 - 1, "example": 0},
    ),
    "slug": ("The name in addresses, as the list gives it.", {}),
    "code": ("The code, as the list gives it.", {}),
    "id": ("The public number, as the list gives it.", {}),
    "seq": ("The number of the entry, from 1.", {"example": "1"}),
}

#: (resource, name) where a name asks something else than everywhere.
APART: dict[tuple[str, str], Said] = {
    ("indicators", "section"): (
        "The code of a section, in capitals or not.",
        {"type": "string", "example": "FMP-2.3"},
    ),
    ("pledges", "code"): ("The code of a pledge, in capitals or not.", {"example": "SPC-3.2"}),
    ("sections", "code"): ("The code of a section, in capitals or not.", {"example": "FMP-2.11"}),
    ("targets", "code"): ("The code of an announced number.", {"example": "target-2025-3"}),
    ("evidence", "id"): ("The number of the item, with a capital or not.", {"example": "E0001"}),
    ("updates", "id"): ("The number of the update, `U` (or `u`) and its number in the public log.", {"example": "U1"}),
    ("actors", "slug"): ("The slug of an actor or of a state.", {"example": "china"}),
    ("themes", "slug"): ("The slug of a theme.", {"example": "oceans"}),
    ("indicators", "slug"): ("The slug of an indicator.", {}),
    ("rights", "slug"): ("The slug of a right.", {}),
    ("documents", "slug"): ("The slug of a document.", {"example": "policy-paper-2025"}),
    ("pledges", "document"): (f"The slug of a document. {_MANY}", {"example": "sao-paulo-consensus"}),
    ("pledges", "section"): (f"The number of a section within its document. {_MANY}", {"example": "2.11"}),
}


def said(resource: str, parameter: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter of the description with what there is to say of it."""
    name = parameter["name"]
    text, members = APART.get((resource, name)) or SAID.get(name, (parameter.get("description", ""), {}))
    values = parameter.get("description", "").partition("* `")
    listed = f"\n\n* `{values[2]}" if values[1] else ""
    schema = parameter["schema"]
    bounded = {"items": schema["items"] | members} if schema.get("type") == "array" else members
    return parameter | {"description": text + listed, "schema": schema | bounded}
