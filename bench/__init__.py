"""Benchmarks: each prints a table and ratios to a floor measured in the same run. Timings are never asserted."""
