"""The people who work for the platform, as its operators see and change them."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from tenants import staffing
from tenants.http import PlatformRequest
from tenants.models import Staff, StaffAct, StaffRole
from tenants.permissions import Act, requires
from tenants.staffing import AlreadyStaff, LastOperator

LAST_OPERATOR = "Somebody has to be operator. Make another person operator first."


class InviteForm(forms.Form):
    name = forms.CharField(max_length=150)
    email = forms.EmailField(label="E-mail", max_length=254)
    role = forms.ChoiceField(
        choices=StaffRole,
        initial=StaffRole.SUPPORT,
        help_text="Support sees and works the queues. Operators also run the platform.",
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=StaffRole)


@require_GET
@requires(Act.RUN_PLATFORM)
def staff(request: PlatformRequest) -> HttpResponse:
    return _page(request, InviteForm())


@require_POST
@requires(Act.RUN_PLATFORM)
def invite_staff(request: PlatformRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        staffing.invite(**form.cleaned_data, actor=request.actor, at=request.at)
    except AlreadyStaff:
        form.add_error("email", "This person works here already.")
        return _page(request, form, status=422)
    messages.success(request, f"An invitation is on its way to {form.cleaned_data['email']}.")
    return redirect("desk:staff")


@require_POST
@requires(Act.RUN_PLATFORM)
def change_staff_role(request: PlatformRequest, reference: UUID) -> HttpResponse:
    person, form = _find(reference), RoleForm(request.POST)
    if not form.is_valid():
        return _back(request, "There is no such role.")
    try:
        staffing.change_role(person, form.cleaned_data["role"], actor=request.actor, at=request.at)
    except LastOperator:
        return _back(request, LAST_OPERATOR)
    messages.success(request, f"{person.user.get_full_name()}: {person.get_role_display()} now.")
    return redirect("desk:staff")


@require_POST
@requires(Act.RUN_PLATFORM)
def deactivate_staff(request: PlatformRequest, reference: UUID) -> HttpResponse:
    person = _find(reference)
    try:
        staffing.deactivate(person, actor=request.actor, at=request.at)
    except LastOperator:
        return _back(request, LAST_OPERATOR)
    messages.success(request, f"{person.user.get_full_name()} can no longer sign in.")
    return redirect("desk:staff")


@require_POST
@requires(Act.RUN_PLATFORM)
def reset_staff_factor(request: PlatformRequest, reference: UUID) -> HttpResponse:
    person = _find(reference)
    staffing.reset_second_factor(person, actor=request.actor, at=request.at)
    messages.success(request, f"{person.user.get_full_name()} sets up a new second factor next.")
    return redirect("desk:staff")


def _page(request: PlatformRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    context = {
        "staff": Staff.objects.select_related("user").order_by("deactivated_at", "user__email"),
        "acts": StaffAct.objects.order_by("-id")[:30],
        "form": form,
        "me": request.actor.reference,
    }
    return render(request, "desk/staff.html", context, status=status)


def _find(reference: UUID) -> Staff:
    return get_object_or_404(Staff.objects.select_related("user"), reference=reference)


def _back(request: PlatformRequest, why: str) -> HttpResponseRedirect:
    messages.error(request, why)
    return redirect("desk:staff")
