"""What the OpenAPI description of the API says of the API as a whole."""

from typing import Any


def described(site: str) -> dict[str, Any]:
    """Return drf-spectacular's settings; `site` is the public address, without a slash at its end."""
    return {
        "TITLE": "Pledge Tracker API",
        "DESCRIPTION": (
            "The São Paulo Consensus and the Five Major Projects, sentence by sentence, and the pledges in them. "
            "Read-only, and answered as of any day. Data CC BY 4.0; the quoted texts remain their issuers'."
        ),
        "VERSION": "1.1.0",  # docs/api.md says what each brought
        "CONTACT": {"name": "Report an error or suggest a source", "url": f"{site}/en/corrections/"},
        "LICENSE": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        "SERVERS": [{"url": site}],
        "EXTERNAL_DOCS": {"description": "Downloads, and how to cite", "url": f"{site}/en/data/"},
        "POSTPROCESSING_HOOKS": [
            *("drf_spectacular.hooks.postprocess_schema_enums", "commitments.api.schema.whole"),
        ],
        "SERVE_INCLUDE_SCHEMA": False,
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "COMPONENT_SPLIT_REQUEST": False,
        "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
        "ENUM_NAME_OVERRIDES": {
            "BearingEnum": "commitments.models.Bearing.choices",
            "ActorKindEnum": "commitments.api.terms.KINDS",
            "DeliveryEnum": "commitments.models.Delivery.choices",
            "DifferenceKindEnum": "commitments.models.DifferenceKind.choices",
            "EntryKindEnum": "commitments.models.LedgerKind.choices",
            "UpdateKindEnum": "commitments.models.UpdateKind.choices",
            "GradeEnum": "commitments.models.Grade.choices",
            "PointKindEnum": "commitments.models.PointKind.choices",
            "PointPrecisionEnum": "commitments.models.PointPrecision.choices",
        },
    }
