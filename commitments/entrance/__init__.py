"""The door of the desk: who is let in, and how. Beside the outlets; the rules about people are in `people`."""
