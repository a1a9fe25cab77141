"""The read-only REST API. Its names are those of docs and pages; unknown parameters are refused."""
