# The few commands of the project. Everything lands in .venv/ and var/; nothing outside this folder is touched.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
START := $(PYTHON) tracker/start.py
BIN := .venv/bin
BABEL := $(BIN)/python -m babel.messages.frontend -q

.PHONY: run test test-full check bench messages admin

run: ## the site on http://127.0.0.1:8000 (PORT= for another): web, worker and beat; Ctrl-C ends all
	@$(if $(PYTHON),,echo "Python 3.11 is needed and was not found: install it, or say PYTHON=/path/to/python3.11"; exit 1;) \
	exec $(START) run

test: ## the tests on the embedded default
	@$(START) prepare-tests && exec $(BIN)/python -m pytest -n 2

test-full: ## all tests: full counts, PostgreSQL (TEST_DATABASE_URL) and a real browser where they are to be had
	@$(START) prepare-tests && exec $(BIN)/python tests/full.py

check: ## lint, format, types, import contracts, templates, translations, migrations, deploy settings
	@$(START) prepare-tests && exec sh tests/check.sh

bench: ## the benchmarks, each with its floor in the same run (BENCH_DATABASE=postgres://… for sending and searching on PostgreSQL)
	@$(START) prepare-tests && $(BIN)/python -m bench.peers.install && \
	$(BIN)/python -m bench.compose --subscribers 20000 --scopes 100 && echo && \
	$(BIN)/python -m bench.send --database "$(BENCH_DATABASE)" && echo && \
	$(BIN)/python -m bench.send --database "$(BENCH_DATABASE)" --profile && echo && \
	$(BIN)/python -m bench.search --database "$(BENCH_DATABASE)"

admin: ## make an administrator for /admin/
	@exec $(BIN)/python manage.py createsuperuser

messages: ## collect the interface's strings into locale/*/LC_MESSAGES/django.po
	@$(BABEL) extract -F locale/babel.cfg --no-wrap --sort-by-file --add-location file -o var/django.pot --project "Pledge Tracker" --version 1 . \
	  -k gettext_lazy -k pgettext_lazy:1c,2 -k gettext_noop
	@for l in zh_Hans es pt_BR; do \
	  $(BABEL) update -N --no-wrap --ignore-pot-creation-date --ignore-obsolete -D django -i var/django.pot -d locale -l $$l --init-missing && \
	  sed -i '/^# FIRST AUTHOR/d; /^# Copyright/d; /^"Report-Msgid/d; /^"Last-Translator/d; /^"Language-Team/d' locale/$$l/LC_MESSAGES/django.po; done
