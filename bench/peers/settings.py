"""Settings of the project in which other packages send; what changes from run to run is in the environment."""

import os
from pathlib import Path
from urllib.parse import urlsplit

SECRET_KEY = "only for the benchmark"
USE_TZ = True
SITE_ID = 1
ROOT_URLCONF = "bench.peers.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING_CONFIG = None
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sites",
    "post_office",
    "sorl.thumbnail",  # django-newsletter imports it
    "newsletter",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
    }
]

_url = urlsplit(os.environ["BENCH_DATABASE"])
#: On SQLite with the options that our own site uses.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _url.path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
    if _url.scheme == "sqlite"
    else {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path.lstrip("/"),
        "HOST": _url.hostname,
        "PORT": _url.port,
        "USER": _url.username,
        "PASSWORD": _url.password,
    }
}

EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["BENCH_PORT"])
POST_OFFICE = {
    "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
    "BATCH_SIZE": 5000,  # as shipped it is 100, and each hundred starts two processes anew
}
NEWSLETTER_THUMBNAIL = "sorl-thumbnail"
