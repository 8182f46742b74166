"""URLs of a tenant's site."""

from django.urls import URLPattern, URLResolver, include, path

from config import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.tenant_home, name="home"),
    path("account/", include("config.urls_account")),
    path("billing/", include("billing.urls")),
    path("numbers/", include("inventory.urls")),
    path("people/", include("people.urls")),
    path("", include("purchase.urls")),
    path("theme/", home.theme, name="theme"),
]
handler500 = "config.faults.server_error"
