"""Addresses of our pages for mails and other sites, where no request says them."""

from django.conf import settings

from tenants.models import Host, Tenant


def platform_url(path: str) -> str:
    return _url(settings.PLATFORM_HOST, path)


def tenant_url(tenant: Tenant, path: str) -> str:
    return _url(Host.objects.get(tenant=tenant, is_primary=True).domain, path)


def _url(host: str, path: str) -> str:
    port = f":{settings.SITE_PORT}" if settings.SITE_PORT else ""
    return f"{settings.SITE_SCHEME}://{host}{port}{path}"
