"""Files of prices and costs: sending one in, looking at its plan, and having it done."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from listing.exporting import csv_response
from listing.paging import page_by_key
from stock import importing
from stock.import_files import MAX_BYTES, MAX_ROWS, BadFile
from stock.importing import ImportOver, StalePlan, sheet_for
from stock.models import ImportKind, ImportState, PriceImport, PriceList, RowOutcome
from tenants.http import PlatformRequest, is_part
from tenants.models import StaffAct
from tenants.permissions import Act, requires

EXPORT_HEADER = ["Sent", "File", "Kind", "Price list", "By", "State", *RowOutcome.labels]
RESULT_HEADER = ["line", "outcome", "what", "warning"]


class ImportForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        allow_empty_file=True,
        widget=forms.FileInput({"accept": ".csv,text/csv"}),
        help_text=(
            f"UTF-8, divided by commas, at most {MAX_ROWS:,} rows and "
            f"{MAX_BYTES // 1024 // 1024} MB. Nothing is changed before you have seen the plan."
        ),
    )


class ImportFilter(django_filters.FilterSet):
    """Which files to show."""

    q = django_filters.CharFilter(method="by_words", label="File or person")
    kind = django_filters.ChoiceFilter(choices=ImportKind, empty_label="Prices and costs")
    state = django_filters.ChoiceFilter(choices=ImportState, empty_label="Any state")

    class Meta:
        model = PriceImport
        fields: list[str] = []

    def by_words(
        self, found: QuerySet[PriceImport], name: str, typed: str
    ) -> QuerySet[PriceImport]:
        return found.filter(Q(file_name__icontains=typed) | Q(actor_name__icontains=typed))


@require_GET
@requires(Act.VIEW_PLATFORM)
def imports(request: PlatformRequest) -> HttpResponse:
    found = PriceImport.objects.select_related("price_list")
    chosen = ImportFilter(request.GET, queryset=found)
    context = {
        "filter": chosen,
        "page": page_by_key(chosen.qs, request, key="id", newest_first=True),
        "query": request.GET.urlencode(),
    }
    template = "desk/_imports.html" if is_part(request) else "desk/imports.html"
    return render(request, template, context)


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_imports(request: PlatformRequest) -> StreamingHttpResponse:
    columns = ("sent_at", "file_name", "kind", "price_list__name", "actor_name", "state")
    counts = [f"rows_{outcome}" for outcome in RowOutcome.values]
    found = ImportFilter(request.GET, queryset=PriceImport.objects.order_by("-id")).qs
    rows = found.values_list(*columns, *counts).iterator()
    return csv_response("imports", EXPORT_HEADER, rows)


@require_http_methods(["GET", "POST"])
@requires(Act.RUN_PLATFORM)
def import_prices(request: PlatformRequest, reference: UUID) -> HttpResponse:
    return _send_in(request, get_object_or_404(PriceList, reference=reference))


@require_http_methods(["GET", "POST"])
@requires(Act.RUN_PLATFORM)
def import_costs(request: PlatformRequest) -> HttpResponse:
    return _send_in(request, None)


@require_GET
@requires(Act.VIEW_PLATFORM)
def price_import(request: PlatformRequest, reference: UUID) -> HttpResponse:
    found = _find(reference)
    shown = request.GET.get("show", "")
    rows = found.rows.all()
    if shown in RowOutcome.values:
        rows = rows.filter(outcome=shown)
    context = {
        "import": found,
        "page": page_by_key(rows, request, key="line"),
        "outcomes": [(one.value, one.label, getattr(found, f"rows_{one}")) for one in RowOutcome],
        "show": shown,
        "acts": StaffAct.objects.filter(subject=found.reference).order_by("-id"),
    }
    template = "desk/_import_rows.html" if is_part(request) else "desk/import.html"
    return render(request, template, context)


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_import(request: PlatformRequest, reference: UUID) -> StreamingHttpResponse:
    """Answer with each row as it was sent in, and what it did or would do before it."""
    found = _find(reference)
    header = [*RESULT_HEADER, *sheet_for(found.price_list).header]
    return csv_response("import-results", header, _results(found))


@require_POST
@requires(Act.RUN_PLATFORM)
def apply_import(request: PlatformRequest, reference: UUID) -> HttpResponse:
    try:
        importing.apply_import(_find(reference), actor=request.actor, at=request.at)
    except (ImportOver, StalePlan) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Everything that is new or changed is applied.")
    return _back(reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def drop_import(request: PlatformRequest, reference: UUID) -> HttpResponse:
    try:
        importing.drop_import(_find(reference), actor=request.actor, at=request.at)
    except ImportOver as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The file is dropped. Nothing has been changed.")
    return _back(reference)


def _send_in(request: PlatformRequest, price_list: PriceList | None) -> HttpResponse:
    """Take a file in and lead to its plan, or say what is wrong with it."""
    is_sent = request.method == "POST"
    form = ImportForm(request.POST, request.FILES) if is_sent else ImportForm()
    if form.is_valid():
        sent: UploadedFile[Any] = form.cleaned_data["file"]
        try:
            planned = importing.plan_import(
                # One byte more than allowed tells that it is too large.
                sent.read(MAX_BYTES + 1),
                file_name=sent.name or "",
                price_list=price_list,
                actor=request.actor,
                at=request.at,
            )
        except BadFile as refusal:
            form.add_error("file", str(refusal))
        else:
            return _back(planned.reference)
    context = {"list": price_list, "form": form, "header": sheet_for(price_list).header}
    return render(request, "desk/send_import.html", context, status=422 if is_sent else 200)


def _results(found: PriceImport) -> Iterator[list[object]]:
    rows = found.rows.order_by("line")
    for row in rows.iterator():
        yield [row.line, row.get_outcome_display(), row.note, row.warning, *row.cells]


def _find(reference: UUID) -> PriceImport:
    return get_object_or_404(
        PriceImport.objects.select_related("price_list__group"), reference=reference
    )


def _back(reference: UUID) -> HttpResponseRedirect:
    return redirect("desk:price-import", reference=reference)
