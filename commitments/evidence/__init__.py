"""Evidence as data: source records, what they bear on, and the provisional first assessment built on them."""
