"""Keeping carriers' keys unreadable to whoever only has the database."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def seal(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises cryptography.fernet.InvalidToken if it was sealed with a key we no longer have."""
    return _box().decrypt(sealed.encode()).decode()


def _box() -> MultiFernet:
    """Seal with the newest key, and open what an earlier one has sealed."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(key: str) -> bytes:
    return urlsafe_b64encode(sha256(f"carrier keys {key}".encode()).digest())
