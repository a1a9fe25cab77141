"""The editorial desk: what people may do to the record, and how what they propose becomes public."""
