"""The pages: server-rendered, usable without scripts."""
