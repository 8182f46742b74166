"""What numbers ask of their holders: the catalogue by country and type, and its history."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from listing.exporting import csv_response
from listing.paging import Page, page_by_key
from stock.kinds import name_of
from stock.models import NumberType, Requirement, Sku
from stock.regions import country_name
from stock.requirements import Description, Kind, describe
from stock.revising import Change, changes_between
from tenants.forms import COUNTRIES
from tenants.http import PlatformRequest, is_part
from tenants.permissions import Act, requires

EXPORT_HEADER = [
    "Country",
    "Name",
    "Type",
    "Version",
    "Identity",
    "Address",
    "Documents",
    "Needs registration",
    "Notes",
    "Sample",
    "Written by",
    "Written at (UTC)",
]
SHOWN_MISSING = 20


class RequirementFilter(django_filters.FilterSet):
    """Which kinds of numbers to show."""

    country = django_filters.ChoiceFilter(
        choices=COUNTRIES, empty_label="Any country", label="Country"
    )
    number_type = django_filters.ChoiceFilter(
        choices=NumberType, empty_label="Any type", label="Type"
    )
    registration = django_filters.ChoiceFilter(
        field_name="needs_registration",
        choices=[(True, "Needed"), (False, "Not needed")],
        empty_label="Needed or not",
        label="Registration",
    )
    compliance = django_filters.ChoiceFilter(
        field_name="is_sample",
        choices=[(True, "Sample"), (False, "Checked")],
        empty_label="Sample or checked",
        label="Compliance",
    )

    class Meta:
        model = Requirement
        fields: list[str] = []


@dataclass(frozen=True, slots=True)
class Row:
    """A version in the list, with its words."""

    requirement: Requirement
    described: Description


@dataclass(frozen=True, slots=True)
class PastVersion:
    """A version in the history, with what it says otherwise than the one before."""

    requirement: Requirement
    changes: list[Change]


@require_GET
@requires(Act.VIEW_PLATFORM)
def requirements(request: PlatformRequest) -> HttpResponse:
    holding = Requirement.objects.filter(superseded_at=None)
    chosen = RequirementFilter(request.GET, queryset=holding)
    page = page_by_key(chosen.qs, request, key="kind")
    context = {
        "filter": chosen,
        "page": page,
        "rows": [Row(requirement, describe(requirement)) for requirement in page.rows],
        "missing": _kinds_without(holding),
        "query": request.GET.urlencode(),
    }
    template = "desk/_requirements.html" if is_part(request) else "desk/requirements.html"
    return render(request, template, context)


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_requirements(request: PlatformRequest) -> StreamingHttpResponse:
    holding = Requirement.objects.filter(superseded_at=None).order_by("kind")
    chosen = RequirementFilter(request.GET, queryset=holding)
    return csv_response("requirements", EXPORT_HEADER, _export_rows(chosen.qs))


@require_GET
@requires(Act.VIEW_PLATFORM)
def requirement(request: PlatformRequest, country: str, number_type: str) -> HttpResponse:
    """Show the version that holds and those before it."""
    versions = Requirement.objects.filter(country=country, number_type=number_type)
    holding = versions.filter(superseded_at=None).first()
    if not holding:
        raise Http404
    page = page_by_key(versions, request, key="version", newest_first=True)
    context = {
        "requirement": holding,
        "described": describe(holding),
        "page": page,
        "history": _history(page, versions),
    }
    template = "desk/_requirement_history.html" if is_part(request) else "desk/requirement.html"
    return render(request, template, context)


def _kinds_without(holding: QuerySet[Requirement]) -> list[dict[str, str]]:
    """Return the first kinds that are sold and have no entry, not even one that asks nothing."""
    written: set[Kind] = set(holding.values_list("country", "number_type"))
    sold = Sku.objects.order_by("country", "number_type").values_list("country", "number_type")
    missing = [kind for kind in sold.distinct() if kind not in written]
    return [
        {"country": country, "type": number_type, "title": name_of(country, number_type)}
        for country, number_type in missing[:SHOWN_MISSING]
    ]


def _history(page: Page[Requirement], versions: QuerySet[Requirement]) -> list[PastVersion]:
    if not page.rows:
        return []
    older = versions.filter(version=page.rows[-1].version - 1).first()
    return [
        PastVersion(after, changes_between(before, after) if before else [])
        for after, before in zip(page.rows, [*page.rows[1:], older], strict=True)
    ]


def _export_rows(chosen: QuerySet[Requirement]) -> Iterator[list[Any]]:
    for one in chosen.iterator():
        yield [
            one.country,
            country_name(one.country),
            one.get_number_type_display(),
            one.version,
            one.get_identity_display(),
            one.get_address_display(),
            "; ".join(one.documents),
            "yes" if one.needs_registration else "no",
            one.notes,
            "yes" if one.is_sample else "no",
            one.actor_name,
            f"{one.written_at:%Y-%m-%d %H:%M}",
        ]
