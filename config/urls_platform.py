"""URLs of the platform host."""

from django.urls import URLPattern, URLResolver, include, path

from billing import webhooks
from config import health, home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.platform_home, name="home"),
    path("", include("desk.urls")),
    path("account/", include("config.urls_account")),
    path("healthz", health.healthz, name="healthz"),
    path("sign-up/", include("tenants.urls")),
    path("theme/", home.theme, name="theme"),
    path("webhooks/stripe/", webhooks.receive_stripe_event, name="stripe-webhook"),
]
handler500 = "config.faults.server_error"
