"""Django's settings for the peers that are Django apps: no more than they need."""

import os

import environ

SECRET_KEY = "for-benchmarks-only"  # noqa: S105
INSTALLED_APPS = ["django.contrib.contenttypes", "django_q", "jaiminho"]
DATABASES = {
    "default": dict(environ.Env.db_url_config(os.environ["DATABASE_URL"])) | {"CONN_MAX_AGE": 60}
}
USE_TZ = True
LOGGING = {"version": 1, "root": {"level": "WARNING"}}

# In the order of the edits, by a relay; deleted when sent, as its README has it.
JAIMINHO_CONFIG = {"PUBLISH_STRATEGY": "keep-order", "DELETE_AFTER_SEND": True}

Q_CLUSTER = {
    "name": "bench-rows",
    "workers": int(os.environ.get("PEER_WORKERS", "2")),
    "timeout": 60,
    "retry": 120,
    "save_limit": -1,
    "scheduler": False,
    "log_level": "WARNING",
    "redis": os.environ["PEER_REDIS_URL"],
}
