"""Settings for the test suite: the same, with a fast password hash."""

import os

os.environ.setdefault(
    "SECRET_KEY", "insecure-test-key-that-is-long-enough-for-deploy-checks-0123456789"
)
os.environ.setdefault("DATABASE_URL", "postgresql://app@127.0.0.1:1/none")

from config.settings import *  # noqa: F403

# Nothing is collected for a test; the files are served from where they lie.
STATIC_ROOT = BASE_DIR / "static"  # noqa: F405
STATICFILES_DIRS = []
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
