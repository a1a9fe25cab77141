"""Commands: arguments and progress only."""
