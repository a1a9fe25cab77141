"""The record as data: source texts and YAML in `record/`, and what reads, proves, loads and writes them."""
