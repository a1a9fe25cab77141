#!/bin/sh
# `make check`: everything that can be told without running the tests. Names each step that fails, and goes on.
set -u
bin=.venv/bin
failed=""

step() {
    name=$1
    shift
    output=$("$@" 2>&1) && printf 'ok      %s\n' "$name" && return
    failed="$failed $name"
    printf 'FAILED  %s\n%s\n' "$name" "$output"
}

deploy() {
    DEBUG=0 SECRET_KEY=$(head -c 48 /dev/urandom | base64 | tr -d '\n') ALLOWED_HOSTS=tracker.example \
        SITE_URL=https://tracker.example EVIDENCE_ORIGIN=https://files.tracker.example \
        DATABASE_URL=sqlite:////tmp/tracker-deploy-check.sqlite3 \
        $bin/python -W error::DeprecationWarning manage.py check --deploy --fail-level WARNING
}

step lint $bin/ruff check .
step format $bin/ruff format --check .
step types $bin/mypy
step imports $bin/lint-imports
step templates $bin/djlint templates --lint
step translations $bin/python tests/check_translations.py
step migrations $bin/python manage.py makemigrations --check --dry-run
step deploy deploy
step schema $bin/python manage.py spectacular --validate --fail-on-warn --file /dev/null
step catalogue $bin/python manage.py check_catalogue

[ -z "$failed" ] && echo "All checks passed." && exit 0
echo "Failed:$failed"
exit 1
