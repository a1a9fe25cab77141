"""A small Django project in which other packages send the same letters. It runs in .venv-bench, not in .venv."""
