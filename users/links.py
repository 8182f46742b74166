"""Links by which somebody sets a password: good once, for three days, in one schema alone."""

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import connection
from django.urls import reverse
from django.utils.http import int_to_base36

from users.models import User


class PasswordTokens(PasswordResetTokenGenerator):
    """Tokens that end with the password, the address or the last sign-in they were made for."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        schema = connection.schema_name  # type: ignore[attr-defined]
        return f"{schema}:{super()._make_hash_value(user, timestamp)}"


def set_password_path(user: User) -> str:
    """Return the path, on the site of the selected schema, where `user` sets a password."""
    token = PasswordTokens().make_token(user)
    return reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": int_to_base36(user.pk), "key": token},
    )
