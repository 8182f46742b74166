"""The addresses of tenants' sites: which can be had."""

import re

from django.conf import settings

from tenants.models import Host, SignUp, SignUpState

SITE_PATTERN = re.compile(r"^[a-z][a-z0-9-]{1,38}[a-z0-9]$")
# Names that would look like the platform's own, or that mail and DNS use.
RESERVED = frozenset(
    """
    about abuse account accounts admin administrator api app assets auth autoconfig autodiscover
    billing blog cdn contact dashboard demo desk dev docs email files ftp help hooks host
    hostmaster imap info legal localhost login mail mailbox media mx news noc numberyard operator
    partner pay payments platform pop postmaster press privacy root sales sandbox secure security
    shop signin signup sip smtp ssl staff staging static status stripe support system test tls
    voip webhook webhooks webmail webmaster wiki www
    """.split()  # noqa: SIM905 - a list of eighty quoted words is harder to read
)


class SiteUnavailable(Exception):
    """The address cannot be had. The message says why, to whoever asked for it."""


def check_site(site: str) -> None:
    """Raises SiteUnavailable for an address that is none, is not given away, or is taken."""
    if not SITE_PATTERN.match(site):
        raise SiteUnavailable(
            "Use 3 to 40 small letters, digits and dashes; begin with a letter, end without a dash."
        )
    if site in RESERVED or site.startswith("xn--"):
        raise SiteUnavailable("This address is not given away. Choose another.")
    promised = SignUp.objects.filter(
        site=site, state__in=[SignUpState.CONFIRMED, SignUpState.OPENED]
    )
    if promised.exists() or Host.objects.filter(domain=site_host(site)).exists():
        raise SiteUnavailable("Somebody else has this address. Choose another.")


def site_host(site: str) -> str:
    return f"{site}.{settings.PLATFORM_HOST}"
