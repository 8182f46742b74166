"""Writing what numbers ask of their holders: a first version, a new one, checked, withdrawn."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from stock import revising
from stock.kinds import name_of
from stock.models import AddressRule, IdentityKind, NumberType, Requirement
from stock.models.requirements import MAX_DOCUMENT_LENGTH, MAX_DOCUMENTS, MAX_NOTES_LENGTH
from stock.requirements import Kind, describe
from stock.revising import NothingNew, Terms, WrittenMeanwhile
from tenants.forms import COUNTRIES
from tenants.http import PlatformRequest
from tenants.permissions import Act, requires

MEANWHILE = "It was changed meanwhile, and nothing was done. Look at what it says now."


class LongText(forms.CharField):
    """A text of several lines, whose ends count as one character each, as browsers count them."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class SeenForm(forms.Form):
    """Which version somebody had before their eyes."""

    after = forms.IntegerField(min_value=0, max_value=1_000_000, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        if "after" in self.errors:
            raise ValidationError("This page is not whole. Open it again and repeat what you did.")
        return self.cleaned_data


class TermsForm(SeenForm):
    """What a version says."""

    identity = forms.ChoiceField(choices=IdentityKind, help_text="Of whom the identity is asked.")
    address = forms.ChoiceField(choices=AddressRule, help_text="Where it must be.")
    documents = LongText(
        required=False,
        max_length=MAX_DOCUMENTS * (MAX_DOCUMENT_LENGTH + 1),
        help_text=f"One on each line, at most {MAX_DOCUMENTS}.",
    )
    notes = LongText(
        required=False,
        max_length=MAX_NOTES_LENGTH,
        help_text="What else buyers must know. Plain text; an empty line begins a paragraph.",
    )
    needs_registration = forms.BooleanField(
        required=False, label="Needs registration: it works only once that is approved"
    )
    is_checked = forms.BooleanField(
        required=False, label="Checked by compliance; without it buyers read that it is a sample"
    )

    def clean_documents(self) -> tuple[str, ...]:
        lines = [line.strip() for line in self.cleaned_data["documents"].splitlines()]
        documents = tuple(line for line in lines if line)
        if len(documents) > MAX_DOCUMENTS:
            raise ValidationError(f"At most {MAX_DOCUMENTS} documents, a line for each.")
        if any(len(document) > MAX_DOCUMENT_LENGTH for document in documents):
            raise ValidationError(f"A document has at most {MAX_DOCUMENT_LENGTH} characters.")
        return documents

    @property
    def terms(self) -> Terms:
        said = self.cleaned_data
        return Terms(
            identity=said["identity"],
            address=said["address"],
            documents=said["documents"],
            notes=said["notes"],
            needs_registration=said["needs_registration"],
            is_sample=not said["is_checked"],
        )


class FirstVersionForm(TermsForm):
    """The first version of a kind."""

    country = forms.ChoiceField(choices=[("", "Choose a country"), *COUNTRIES])
    number_type = forms.ChoiceField(choices=NumberType, label="Type")
    field_order = ["country", "number_type"]

    @property
    def kind(self) -> Kind:
        return self.cleaned_data["country"], self.cleaned_data["number_type"]


@require_http_methods(["GET", "POST"])
@requires(Act.RUN_PLATFORM)
def add_requirement(request: PlatformRequest) -> HttpResponse:
    if request.method == "GET":
        chosen = {name: request.GET.get(name, "") for name in ("country", "number_type")}
        form = FirstVersionForm(initial=chosen | {"after": 0})
        return render(request, "desk/add_requirement.html", {"form": form})
    form = FirstVersionForm(request.POST)
    if not form.is_valid():
        return render(request, "desk/add_requirement.html", {"form": form}, status=422)
    try:
        revising.write_version(form.kind, form.terms, after=0, actor=request.actor, at=request.at)
    except WrittenMeanwhile:
        form.add_error("number_type", f"{name_of(*form.kind)} has an entry. Edit that one.")
        return render(request, "desk/add_requirement.html", {"form": form}, status=422)
    messages.success(request, f"{name_of(*form.kind)}: version 1 holds from now on.")
    return _page_of(form.kind)


@require_http_methods(["GET", "POST"])
@requires(Act.RUN_PLATFORM)
def edit_requirement(request: PlatformRequest, country: str, number_type: str) -> HttpResponse:
    kind = country, number_type
    holding = _find(kind)
    if request.method == "GET":
        return _editor(request, holding, TermsForm(initial=_initial(holding)))
    form = TermsForm(request.POST)
    if not form.is_valid():
        return _editor(request, holding, form)
    try:
        written = revising.write_version(
            kind, form.terms, after=form.cleaned_data["after"], actor=request.actor, at=request.at
        )
    except NothingNew:
        form.add_error(None, "It says this already.")
        return _editor(request, holding, form)
    except WrittenMeanwhile:
        return _editor(request, _find(kind), _after_the_newest(request.POST, _find(kind)))
    messages.success(request, f"{name_of(*kind)}: version {written.version} holds from now on.")
    return _page_of(kind)


@require_POST
@requires(Act.RUN_PLATFORM)
def check_requirement(request: PlatformRequest, country: str, number_type: str) -> HttpResponse:
    """Say that compliance answers for what it says."""
    kind, form = (country, number_type), SeenForm(request.POST)
    _find(kind)
    if not form.is_valid():
        return _moved_on(request, kind)
    try:
        revising.mark_checked(kind, **form.cleaned_data, actor=request.actor, at=request.at)
    except (WrittenMeanwhile, NothingNew, Requirement.DoesNotExist):
        return _moved_on(request, kind)
    messages.success(request, f"{name_of(*kind)} is checked. Buyers no longer read “Sample”.")
    return _page_of(kind)


@require_POST
@requires(Act.RUN_PLATFORM)
def withdraw_requirement(request: PlatformRequest, country: str, number_type: str) -> HttpResponse:
    """Ask nothing any more."""
    kind, form = (country, number_type), SeenForm(request.POST)
    _find(kind)
    if not form.is_valid():
        return _moved_on(request, kind)
    try:
        revising.withdraw(kind, **form.cleaned_data, actor=request.actor, at=request.at)
    except (WrittenMeanwhile, NothingNew):
        return _moved_on(request, kind)
    messages.success(request, f"{name_of(*kind)} asks nothing any more.")
    return _page_of(kind)


def _find(kind: Kind) -> Requirement:
    holding = revising.find_holding(kind)
    if not holding:
        raise Http404
    return holding


def _initial(holding: Requirement) -> dict[str, object]:
    return {
        "after": holding.version,
        "identity": holding.identity,
        "address": holding.address,
        "documents": "\n".join(holding.documents),
        "notes": holding.notes,
        "needs_registration": holding.needs_registration,
        "is_checked": not holding.is_sample,
    }


def _after_the_newest(posted: QueryDict, newest: Requirement) -> TermsForm:
    """Return what was posted, to be saved after the version that came in between."""
    data = posted.copy()
    data["after"] = str(newest.version)
    form = TermsForm(data)
    form.add_error(
        None,
        f"{newest.actor_name} has written version {newest.version} meanwhile. It stands beside "
        "your text: take over what you need, and save again.",
    )
    return form


def _editor(request: PlatformRequest, holding: Requirement, form: TermsForm) -> HttpResponse:
    context = {
        "requirement": holding,
        "described": describe(holding),
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "desk/edit_requirement.html", context, status=status)


def _page_of(kind: Kind) -> HttpResponseRedirect:
    country, number_type = kind
    return redirect("desk:requirement", country=country, number_type=number_type)


def _moved_on(request: PlatformRequest, kind: Kind) -> HttpResponseRedirect:
    messages.error(request, MEANWHILE)
    return _page_of(kind)
