"""The one settings file. Everything that differs between machines comes from the environment.

The variables, their defaults and their meaning stand in README.md under "Environment".
"""

import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF

from tracker.description import described
from tracker.mail_evidence import evidence_of, journal_of
from tracker.provider import anymail_of, provider_of

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")  # written by `make run`; what the shell sets wins


def _stop(variable: str, advice: str) -> NoReturn:
    sys.exit(f"{variable} is not set. {advice} (README.md, Environment)")


def _kept_secret(path: Path) -> str:
    """Return the development key, made on first start and kept under VAR_DIR, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(made, "w") as stream:
        stream.write(key := secrets.token_urlsafe(50))
    return key


DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default="") or BASE_DIR / "var").resolve()

SECRET_KEY = env.str("SECRET_KEY", default="") or (
    _kept_secret(VAR_DIR / "secret-key")
    if DEBUG
    else _stop("SECRET_KEY", "Set it to 50 random characters, or DEBUG=1 for a development copy.")
)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or (
    ["127.0.0.1", "localhost", "[::1]"]
    if DEBUG
    else _stop("ALLOWED_HOSTS", "Set it to the host names that this site answers to.")
)
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}").rstrip("/")
HTTPS = urlsplit(SITE_URL).scheme == "https"


def _evidence_origin() -> str:
    """Return where uploaded sources are served from, if not by the site itself: a host that serves only them."""
    default = f"http://files.localhost:{env.str('PORT', default='8000')}" if DEBUG and not HTTPS else ""
    origin = str(env.str("EVIDENCE_ORIGIN", default=default)).rstrip("/")
    scheme, host, *rest = urlsplit(origin)
    if origin and (scheme not in ("http", "https") or not host or any(rest) or host == urlsplit(SITE_URL).netloc):
        _stop("A usable EVIDENCE_ORIGIN", "Set it to https://files.example.org, a host other than SITE_URL's.")
    return origin


EVIDENCE_ORIGIN = _evidence_origin()
if EVIDENCE_ORIGIN:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, urlsplit(EVIDENCE_ORIGIN).hostname]

INSTALLED_APPS = [
    "commitments.apps.CommitmentsConfig",
    "commitments.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # so that its templates are found where ours are
    "simple_history",
    "import_export",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "anymail",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "commitments.web.files.FilesHost",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "commitments.web.locale.PageLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "commitments.entrance.nul.NoNul",  # reads forms, so after what refuses those of strangers
    "commitments.entrance.sessions.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "commitments.entrance.steps.SecondFactorMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it answers a locked-out sign-in in place of the view
]

ROOT_URLCONF = "tracker.urls"
WSGI_APPLICATION = "tracker.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # the desk's fields have templates of their own

# --- database -------------------------------------------------------------------------------

_SQLITE_OPTIONS = {
    "timeout": 20,
    # A write transaction takes its lock at the start: upgrading a read lock fails at once in WAL.
    "transaction_mode": "IMMEDIATE",
    # recursive_triggers: INSERT OR REPLACE must fire the triggers that forbid deleting.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;",
}


def _database() -> dict[str, Any]:
    default = f"sqlite:///{VAR_DIR / 'tracker.sqlite3'}" if DEBUG else ""
    url, advice = env.str("DATABASE_URL", default="") or default, "Set it to postgres://user:password@host/name"
    if not url:
        _stop("DATABASE_URL", f"{advice}, or sqlite:////path/to/file.")
    config: dict[str, Any] = env.db_url_config(url)
    if not config.get("ENGINE") or not config.get("NAME"):
        _stop("A usable DATABASE_URL", f"{advice}, or sqlite:////path/to/file.")
    if "sqlite" in config["ENGINE"]:
        Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        config["OPTIONS"] = {**_SQLITE_OPTIONS, **config.get("OPTIONS", {})}
    else:
        # Our questions look dearer to PostgreSQL than they are: to compile them takes ten times as long as to answer.
        config["OPTIONS"] = {"options": "-c jit=off", **config.get("OPTIONS", {})}
        config["CONN_HEALTH_CHECKS"] = True
        config["CONN_MAX_AGE"] = 60
    config["ATOMIC_REQUESTS"] = False
    return config


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _cache() -> dict[str, Any]:
    """Return the cache, which holds counts of requests: one server that does not answer at once is done without."""
    config: dict[str, Any] = env.cache_url("CACHE_URL", default="locmemcache://")
    if config["BACKEND"].endswith("RedisCache"):
        wait = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}  # seconds
        config["OPTIONS"] = {**wait, **config.get("OPTIONS", {})}
    elif config["BACKEND"].endswith("LocMemCache"):
        config["OPTIONS"] = {"MAX_ENTRIES": 20_000, **config.get("OPTIONS", {})}  # addresses
    return config


CACHES = {"default": _cache()}

# --- queue: rows are the truth, tasks are wake-ups ------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=f"sqla+sqlite:///{VAR_DIR / 'broker.sqlite3'}")
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"

# --- mail -----------------------------------------------------------------------------------

EMAIL_FILE_PATH = str(VAR_DIR / "outbox")
_mail = env.email_url("EMAIL_URL", default=f"filemail:///{EMAIL_FILE_PATH}")
if _mail["EMAIL_BACKEND"].endswith(".filebased.EmailBackend"):
    _mail["EMAIL_BACKEND"] = "commitments.digests.outbox.EmlBackend"  # a file for each mail, which mail programs open
vars().update(_mail)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=30)  # seconds
MAIL_PROVIDER = provider_of(env.str("MAIL_PROVIDER", default=""), _stop)
ANYMAIL = anymail_of(env.str("ANYMAIL", default=""), MAIL_PROVIDER, _stop)
if MAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{MAIL_PROVIDER}.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", default=f"Pledge Tracker <digests@{urlsplit(SITE_URL).hostname}>")
MAIL_RETURN_PATH = env.str("MAIL_RETURN_PATH", default="")  # where servers send what they could not deliver
MAIL_CONNECTIONS = max(env.int("MAIL_CONNECTIONS", default=8), 1)  # to the mail server at once, by each worker
#: So many messages go to the servers of one domain in a minute; many refuse what takes more of their time.
MAIL_PER_DOMAIN_A_MINUTE = max(env.int("MAIL_PER_DOMAIN_A_MINUTE", default=300), 1)
#: A folder of fonts beside the system's, for charts as PNG (Chinese needs one that has its signs).
CHART_FONTS = env.str("CHART_FONTS", default="")
#: Who says whether a mail was taken of which nobody knows, and who gets a copy of each digest for that.
MAIL_EVIDENCE = evidence_of(env.str("MAIL_EVIDENCE", default=""), MAIL_PROVIDER, ANYMAIL, _stop)
MAIL_JOURNAL = journal_of(env.str("MAIL_JOURNAL", default=""), MAIL_EVIDENCE, _stop)

#: What is noted beside the database, so that a restored backup cannot undo it: how far sending came, and who left.
MAIL_MARKS = VAR_DIR / "mail"

# --- languages ------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "中文"), ("es", "Español"), ("pt-br", "Português")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
FORMAT_MODULE_PATH = ["tracker.formats"]

# --- operations -----------------------------------------------------------------------------

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # who brings it may read /metrics

# --- static files ---------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"


def _folder(name: str) -> dict[str, Any]:
    """Return a storage under VAR_DIR; the web server serves none of them by itself."""
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / name}}


STORAGES = {
    "default": _folder("files"),
    # A spreadsheet between its trial and its confirmation.
    "import_export": _folder("imports"),
    # Uploaded sources: no address leads here but the view that judges who may see them.
    "evidence": _folder("evidence"),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

#: Frozen releases of the data, a folder for each.
RELEASES_DIR = Path(env.str("RELEASES_DIR", default="") or VAR_DIR / "releases").resolve()

# --- safety ---------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = HTTPS
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_AGE = 8 * 60 * 60
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None  # gone when the browser is closed: readers get it with the form for reports
X_FRAME_OPTIONS = "DENY"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- the desk's door: commitments/entrance --------------------------------------------------

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "commitments.entrance.backend.Passwords"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "account_login"
SESSION_IDLE_SECONDS = 60 * 60  # beside SESSION_COOKIE_AGE, which counts from the sign-in
PASSWORD_RESET_TIMEOUT = 7 * 24 * 60 * 60  # how long the link of an invitation is good

ACCOUNT_ADAPTER = "commitments.entrance.adapter.Account"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # kept in memory, by process; axes counts in the database
ACCOUNT_FORMS = {
    "login": "commitments.entrance.forms.SignIn",
    "reauthenticate": "commitments.entrance.forms.PasswordAgain",
    "change_password": "commitments.entrance.forms.ChangePassword",
}
MFA_ADAPTER = "commitments.entrance.adapter.SecondFactor"
MFA_FORMS = {
    "authenticate": "commitments.entrance.forms.Code",
    "reauthenticate": "commitments.entrance.forms.CodeAgain",
    "activate_totp": "commitments.entrance.forms.Activate",
}
MFA_TOTP_ISSUER = "Pledge Tracker"
MFA_TOTP_TOLERANCE = 1  # steps of half a minute that a clock may be off
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses come from administrators
MFA_RECOVERY_CODES_SHOW_ONCE = True

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = "commitments.entrance.lockout.parameters"
AXES_USERNAME_CALLABLE = "commitments.entrance.lockout.account"
AXES_CLIENT_IP_CALLABLE = "commitments.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "commitments.entrance.lockout.answer"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the page says when to come again, and that holds
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = [
    *("username", "ip_address", "login", "oldpassword", "password1", "password2", "code", "csrfmiddlewaretoken"),
]

# --- API ------------------------------------------------------------------------------------

CORS_URLS_REGEX = r"^/(api|export|cite|feeds|releases)/"
CORS_ALLOW_ALL_ORIGINS = True  # read-only public data, for notebooks and other sites
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = [*default_headers, "if-modified-since", "if-none-match"]
CORS_EXPOSE_HEADERS = [
    *("Content-Disposition", "Deprecation", "ETag", "Last-Modified", "Link", "Retry-After", "Sunset"),
]

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_PAGINATION_CLASS": "commitments.api.pagination.Pages",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "commitments.api.negotiation.Negotiation",
    "DEFAULT_SCHEMA_CLASS": "commitments.api.schema.Schema",
    "EXCEPTION_HANDLER": "commitments.api.problems.handle",
    "DEFAULT_THROTTLE_CLASSES": ["commitments.throttling.PerAddress"],
    "DEFAULT_THROTTLE_RATES": {"anon": env.str("API_RATE", default="600/min")},
}
SPECTACULAR_SETTINGS = described(SITE_URL)

# --- logs -----------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"without_tokens": {"()": "tracker.logs.WithoutTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_tokens"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "commitments": {"level": "INFO"},
        "django": {"handlers": [], "level": "INFO"},  # by the root's handler, which leaves out tokens
        "django.request": {"level": "ERROR"},  # a reader's mistyped address is no event
    },
}
