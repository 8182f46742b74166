"""How allauth's sign-in works here: by invitation, for one schema, with mail from our outbox."""

import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from uuid import uuid4

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from notices.mailing import queue_mail
from people.identity import find_person
from users.models import User

# What allauth tells by messages, in our words; the rest the pages say themselves.
TOASTS = {
    "account/messages/password_changed.txt": "Password changed.",
    "mfa/messages/totp_activated.txt": "Second factor set up.",
    "mfa/messages/totp_deactivated.txt": "Second factor removed.",
    "mfa/messages/recovery_codes_generated.txt": "New recovery codes made.",
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in of those who have a place here; nobody else has any use of an account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(  # type: ignore[override]
        self, request: HttpRequest, user: User, **login: Any
    ) -> HttpResponse | None:
        if not find_person(request, user):
            response: HttpResponse = self.respond_user_inactive(request, user)
            return response
        answer: HttpResponse | None = super().pre_login(request, user, **login)
        return answer

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again only if the sign-in itself is not recent."""
        proofs = get_authentication_records(self.request, self.request.user)
        newest = max((proof["at"] for proof in proofs), default=0.0)
        return bool(time.time() - newest > app_settings.REAUTHENTICATION_TIMEOUT)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        request = self.request
        context = {"email": email, "site": request.tenant, "request": request, **context}
        queue_mail(
            key=f"account:{uuid4()}",
            tenant=None if request.tenant.is_platform else request.tenant.reference,
            to=email,
            subject=render_to_string(f"{template_prefix}_subject.txt", context),
            template=f"{template_prefix}_message.txt",
            context=context,
            at=request.at,
        )

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        text = message or TOASTS.get(message_template or "")
        if text:
            messages.add_message(request, level, text)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets sealed in the database, and a second factor that staff cannot take off."""

    def encrypt(self, text: str) -> str:
        return _sealing_key().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _sealing_key().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        """Draw the code on white, which apps can read on a dark page, too."""
        drawing: str = super().build_totp_svg(url)
        return drawing.replace("<path", '<rect width="100%" height="100%" fill="#fff"/><path', 1)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not self.request.tenant.is_platform


def _sealing_key() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [sha256(f"second factor:{key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(urlsafe_b64encode(digest)) for digest in digests])
