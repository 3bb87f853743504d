"""The application's settings, with what a test run needs different: short waits, no .env file."""

import os

os.environ.setdefault("ENV_FILE", os.devnull)
os.environ.setdefault("SECRET_KEY", "for-tests-only")
os.environ.setdefault("DEBUG", "true")
os.environ.setdefault("ERP_URL", "http://127.0.0.1:9/api")
os.environ.setdefault("ERP_TOKEN", "test-token")
os.environ["QUEUE_NAME"] = f"test-{os.getpid()}"  # runs side by side share one Redis
os.environ.setdefault("DATABASE_URL", "sqlite:///var/test.sqlite3")

from integration_site.settings import *  # noqa: F403  a test run is the application, but for this
from integration_site.settings import BASE_DIR, DATABASES, DESTINATIONS

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

WHITENOISE_AUTOREFRESH = True  # nobody has collected the static files

# A file, as in real use: an SQLite in memory knows neither WAL nor other processes.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # TEST_SQLITE names another one, for a second run beside the first.
    test_file = os.environ.get("TEST_SQLITE") or str(BASE_DIR / "var" / "test.sqlite3")
    DATABASES["default"]["TEST"] = {"NAME": test_file}

DESTINATIONS["erp"]["CONNECTOR"] = "outbox.connectors.memory.MemoryConnector"
# A test that is about merging says so; for the others each message is a request of its own.
DESTINATIONS["erp"]["OPTIONS"]["merge"] = False
