"""Every setting, from the environment; `.env.example` documents the variables."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext

from integration_site.environment import Environment

# ModelForm[Customer] and friends are subscripted at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(Path(os.environ.get("ENV_FILE", BASE_DIR / ".env")))

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "customers",
    "products",
    "uploads",
    "records",
    "api",
    "accounts",
    "outbox",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "django_q",
    "django_htmx",
    "integration_site.admin_config.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "integration_site.head_requests.HeadWithoutBodyMiddleware",
    "api.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "integration_site.unavailable.DatabaseUnavailableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "uploads.too_large.TooLargeMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "integration_site.urls"
WSGI_APPLICATION = "integration_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "integration_site.navigation.navigation",
            ],
        },
    },
]

# The database -----------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
IS_WORKER = env.flag("OUTBOX_IS_WORKER", default=False)  # set by `manage.py run_worker`


def _database() -> dict[str, Any]:
    config = env.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'var' / 'db.sqlite3'}")
    config["CONN_MAX_AGE"] = 60
    config["CONN_HEALTH_CHECKS"] = True
    wait = env.number("DATABASE_LOCK_TIMEOUT", 20, least=0.1, most=600)
    if config["ENGINE"].endswith("sqlite3"):
        config["NAME"] = str(BASE_DIR / config["NAME"])  # whatever folder a process starts in
        Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        # IMMEDIATE: a transaction that reads first and writes later would fail at once instead of
        # waiting. FULL: a commit that was reported must survive a power cut.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": wait,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
    else:
        statement = env.number("DATABASE_STATEMENT_TIMEOUT", 30, least=0.1, most=3600)
        config["OPTIONS"] = {
            "connect_timeout": 5,
            "options": f"-c lock_timeout={int(wait * 1000)} "
            f"-c statement_timeout={int(statement * 1000)} "
            "-c idle_in_transaction_session_timeout=60000",
        }
    return config


DATABASES = {"default": _database()}

# Queue: django-q2 carries wake-ups only; everything that matters is in the outbox ----------------

WORKERS = env.whole("WORKERS", 2, least=1, most=64)
UPLOAD_WORKERS = env.whole("UPLOAD_WORKERS", 1, least=1, most=16)
QUEUE_NAME = env.text("QUEUE_NAME", "outbox")
UPLOAD_QUEUE_NAME = f"{QUEUE_NAME}-uploads"
REDIS_URL = env.url("REDIS_URL", "", schemes=("redis", "rediss", "unix"))

Q_CLUSTER: dict[str, Any] = {
    "name": QUEUE_NAME,
    "workers": WORKERS,
    "queue_limit": WORKERS,
    "timeout": 90,
    "retry": 300,
    "max_attempts": 3,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    "poll": 0.2,
    "bulk": 1,
    # Uploads have processes of their own: a long file never keeps an edit from leaving.
    "ALT_CLUSTERS": {
        UPLOAD_QUEUE_NAME: {"workers": UPLOAD_WORKERS, "queue_limit": UPLOAD_WORKERS},
    },
}
if REDIS_URL:
    from integration_site.redis_broker import redis_options

    Q_CLUSTER["redis"] = redis_options(REDIS_URL, is_worker=IS_WORKER)
else:
    Q_CLUSTER["orm"] = "default"

# Outbox -----------------------------------------------------------------------------------------

DESTINATIONS: dict[str, dict[str, Any]] = {
    "erp": {
        "LABEL": env.text("ERP_LABEL", "ERP"),
        "CONNECTOR": "outbox.connectors.rest.RestConnector",
        "URL": env.url("ERP_URL", schemes=("http", "https")),
        "TOKEN": env.token("ERP_TOKEN"),
        "OPTIONS": {
            "deadline": env.number("ERP_DEADLINE", 15, least=0.1, most=30),
            "concurrency": env.whole("ERP_CONCURRENCY", 16, least=1, most=256),
            "batch": env.whole("ERP_BATCH", 1, least=1, most=1000),
            "merge": env.flag("ERP_MERGE", default=True),
            "rate": env.number("ERP_RATE", 0, least=0, most=100_000) or None,
            "deliver": env.window("ERP_DELIVER", "at once"),
            "dead_head": env.choice("ERP_DEAD_HEAD", "BLOCK", among=("BLOCK", "SKIP")).lower(),
            "idempotent": env.flag("ERP_IDEMPOTENT", default=True),
            "settle_after": env.number("ERP_SETTLE_AFTER", 30, least=0.1, most=3600),
        },
    },
}

OUTBOX = {
    "lease": env.number("OUTBOX_LEASE", 60, least=1, most=3600),
    "grace": env.number("OUTBOX_GRACE", 5, least=0.1, most=60),
    "drain": env.number("OUTBOX_DRAIN", 20, least=0.5, most=50),
    "sweep": env.number("OUTBOX_SWEEP", 2, least=0.2, most=30),
    "wedged_after": env.number("OUTBOX_WEDGED_AFTER", 25, least=3, most=600),
    "backoff_first": env.number("OUTBOX_BACKOFF_FIRST", 1, least=0.05, most=60),
    "backoff_longest": env.number("OUTBOX_BACKOFF_LONGEST", 3600, least=1, most=86400),
    "dead_after": env.number("OUTBOX_DEAD_AFTER", 7 * 86400, least=1, most=365 * 86400),
    "keep": env.number("OUTBOX_KEEP_DAYS", 30, least=1, most=3650) * 86400,
}

# Uploads ----------------------------------------------------------------------------------------

UPLOAD_MAX_BYTES = env.whole("UPLOAD_MAX_BYTES", 100 * 1024 * 1024, least=1000, most=2_000_000_000)
# Seconds after its last sign of life that an upload is another worker's.
UPLOAD_LEASE = env.number("UPLOAD_LEASE", 30, least=1, most=600)
# What stood in the files is deleted then.
UPLOAD_KEEP_DAYS = env.whole("UPLOAD_KEEP_DAYS", 90, least=1, most=3650)

# People and pages -------------------------------------------------------------------------------

LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

SESSION_COOKIE_AGE = 12 * 3600  # from the log-in: a long working day
PASSWORD_RESET_TIMEOUT = 3600

# E-mail: links to new passwords.
globals().update(env.email("EMAIL_URL", "consolemail://"))  # EMAIL_BACKEND, EMAIL_HOST …
DEFAULT_FROM_EMAIL = env.address("DEFAULT_FROM_EMAIL", "records@localhost")
EMAIL_TIMEOUT = 10

# API tokens. Knox's own model is swapped for ours, so its migrations would make a table that nobody
# uses, and only after ours: on a database that had them before, the order would be wrong.
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105  a model
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_PREFIX": "rec_",  # by which scanners of secrets know it
    "SECURE_HASH_ALGORITHM": "hashlib.sha512",
    "AUTH_TOKEN_CHARACTER_LENGTH": 64,
    "TOKEN_TTL": timedelta(days=30),
    "AUTO_REFRESH": False,
}

# REST API ---------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerToken",  # first: it names itself in a 401
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.Nobody"],
    "DEFAULT_PARSER_CLASSES": ["api.parsing.StrictJsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.exceptions.answer_exception",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Records",
    "VERSION": "1",
    "DESCRIPTION": "Customers and products, kept in step with another system. See /api/docs/.",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "POSTPROCESSING_HOOKS": [],  # choices stay where they are: two types may have a `status`
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

HTTPS = env.flag("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz)$"]  # probes come from within, without https
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", among=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "filters": {"quiet_refusals": {"()": "integration_site.quiet_refusals.QuietRefusals"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["quiet_refusals"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # It tells of every task; what matters about a delivery stands in the outbox.
    "loggers": {"django-q": {"level": "WARNING"}, "django": {"handlers": [], "level": "INFO"}},
}
