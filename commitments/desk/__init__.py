"""What waits at the desk, and the mail that says so: it reads the record and the digests, and decides nothing."""
