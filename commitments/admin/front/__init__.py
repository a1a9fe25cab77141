"""What waits: the front page and its queues."""
