"""Formatting only."""
