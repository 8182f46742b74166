"""Carrier keys as they lie in the database: sealed with the site's secret."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from carriers.driver import AuthFailed

PURPOSE = b"numberyard carrier keys"


class NotOurs(AuthFailed):
    """The key was sealed with a secret we no longer have. Enter it again."""


def seal(key: str) -> str:
    return _box().encrypt(key.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises NotOurs."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise NotOurs("The key was sealed with another secret. Enter it again.") from None


def _box() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(secret)) for secret in secrets])


def _derive(secret: str) -> bytes:
    digest = hashlib.blake2b(PURPOSE, key=hashlib.sha256(secret.encode()).digest(), digest_size=32)
    return base64.urlsafe_b64encode(digest.digest())
