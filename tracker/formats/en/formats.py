"""English: 21 November 2026."""

DATE_FORMAT = "j F Y"
