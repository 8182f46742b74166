"""Signing up on the platform's host, up to the moment when one's own site is there."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from tenants import signing_up
from tenants.attempts import limited
from tenants.forms import SignUpForm
from tenants.http import PlatformRequest, is_part
from tenants.links import tenant_url
from tenants.models import SignUp, SignUpState
from tenants.permissions import open_to_all
from tenants.platform_settings import read_setting
from tenants.signing_up import LinkLapsed
from tenants.sites import SiteUnavailable, check_site, site_host


@require_http_methods(["GET", "POST"])
@open_to_all
@limited("sign_up")
def sign_up(request: PlatformRequest) -> HttpResponse:
    if not read_setting("sign_up.is_open"):
        return render(request, "tenants/sign_up_closed.html", status=403)
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"form": form, "host": site_host("")}
        return render(request, "tenants/sign_up.html", context, status=status)
    wish = signing_up.ask_for_site(**form.cleaned_data, at=request.at)
    return redirect("sign-up:progress", reference=wish.reference)


@require_GET
@open_to_all
@limited("site_check")
def site(request: PlatformRequest) -> HttpResponse:
    """Say beside the field whether the address that is being typed can be had."""
    wanted = request.GET.get("site", "").strip().lower()
    trouble = ""
    try:
        check_site(wanted)
    except SiteUnavailable as unavailable:
        trouble = str(unavailable)
    context = {"wanted": wanted, "trouble": trouble, "host": site_host(wanted)}
    return render(request, "tenants/_site.html", context)


@require_http_methods(["GET", "POST"])
@open_to_all
def confirm(request: PlatformRequest, token: str) -> HttpResponse:
    """Ask for a click, because mail programs follow links by themselves."""
    try:
        wish = signing_up.find_by_token(token, at=request.at)
        if request.method == "POST":
            signing_up.confirm(wish, at=request.at)
    except LinkLapsed:
        return render(request, "tenants/link_lapsed.html", status=410)
    except SiteUnavailable as unavailable:
        context = {"sign_up": wish, "trouble": str(unavailable)}
        return render(request, "tenants/confirm.html", context, status=409)
    if wish.state != SignUpState.UNCONFIRMED:
        return redirect("sign-up:progress", reference=wish.reference)
    return render(request, "tenants/confirm.html", {"sign_up": wish})


@require_GET
@open_to_all
def progress(request: PlatformRequest, reference: UUID) -> HttpResponse:
    """Show how far the site is; the page asks for the same again as a fragment."""
    wish = get_object_or_404(SignUp.objects.select_related("tenant"), reference=reference)
    is_open = wish.state == SignUpState.OPENED and wish.tenant
    context = {
        "sign_up": wish,
        "url": tenant_url(wish.tenant, "/") if is_open and wish.tenant else "",
    }
    template = "tenants/_progress.html" if is_part(request) else "tenants/progress.html"
    return render(request, template, context)
