"""What others may do to somebody's second factor: take it off when the device is lost."""

from allauth.mfa.models import Authenticator

from users.models import User


def remove_second_factor(user: User) -> bool:
    """Remove app and recovery codes, and return whether there were any."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    return bool(removed)
