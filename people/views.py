"""The people of a tenant, as its admins see and change them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from people import membership
from people.forms import InviteForm, RoleForm
from people.membership import AlreadyMember, LastAdmin, NotOurs
from people.models import Member, MemberAct
from tenants.http import TenantRequest
from tenants.permissions import Act, requires

LAST_ADMIN = "Somebody has to be admin. Make another person admin first."


@require_GET
@requires(Act.RUN_TENANT)
def members(request: TenantRequest) -> HttpResponse:
    return _page(request, InviteForm())


@require_POST
@requires(Act.RUN_TENANT)
def invite(request: TenantRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        membership.invite(request.tenant, **form.cleaned_data, actor=request.actor, at=request.at)
    except AlreadyMember:
        form.add_error("email", "This person has a place here already.")
        return _page(request, form, status=422)
    messages.success(request, f"An invitation is on its way to {form.cleaned_data['email']}.")
    return redirect("people:members")


@require_POST
@requires(Act.RUN_TENANT)
def change_role(request: TenantRequest, reference: UUID) -> HttpResponse:
    member, form = _find(reference), RoleForm(request.POST)
    if not form.is_valid():
        return _back(request, "There is no such role.")
    try:
        membership.change_role(
            member, form.cleaned_data["role"], actor=request.actor, at=request.at
        )
    except LastAdmin:
        return _back(request, LAST_ADMIN)
    messages.success(request, f"{member.user.get_full_name()} is {member.get_role_display()} now.")
    return redirect("people:members")


@require_POST
@requires(Act.RUN_TENANT)
def deactivate(request: TenantRequest, reference: UUID) -> HttpResponse:
    member = _find(reference)
    try:
        membership.deactivate(member, actor=request.actor, at=request.at)
    except LastAdmin:
        return _back(request, LAST_ADMIN)
    messages.success(request, f"{member.user.get_full_name()} can no longer sign in.")
    return redirect("people:members")


@require_POST
@requires(Act.RUN_TENANT)
def reset_second_factor(request: TenantRequest, reference: UUID) -> HttpResponse:
    member = _find(reference)
    try:
        membership.reset_second_factor(request.tenant, member, actor=request.actor, at=request.at)
    except NotOurs:
        return _back(request, "Ask the people who run this platform to reset an admin's.")
    messages.success(request, f"{member.user.get_full_name()} signs in by password alone now.")
    return redirect("people:members")


def _page(request: TenantRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    everyone = Member.objects.select_related("user").order_by("deactivated_at", "user__email")
    context = {
        "members": everyone,
        "acts": MemberAct.objects.order_by("-id")[:20],
        "form": form,
        "me": request.actor.reference,
    }
    return render(request, "people/members.html", context, status=status)


def _find(reference: UUID) -> Member:
    return get_object_or_404(Member.objects.select_related("user"), reference=reference)


def _back(request: TenantRequest, why: str) -> HttpResponseRedirect:
    messages.error(request, why)
    return redirect("people:members")
