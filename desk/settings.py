"""The platform's settings: what each means, what it is now, who changed it, and changing it."""

from babel.numbers import get_currency_precision
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.money import money, thousands
from desk import changing_settings
from desk.changing_settings import shown
from stock.amounts import minor_units, whole_units
from tenants import platform_settings
from tenants.forms import COUNTRIES
from tenants.http import PlatformRequest
from tenants.models import StaffAct, StaffActKind
from tenants.permissions import Act, requires
from tenants.platform_settings import ALL, SETTINGS, OutOfBounds, Setting, Shape, Value

# The first word of a setting's key.
AREAS = {"sign_up": "Sign-up", "purchase": "Buying", "stock": "Stock", "tax": "Taxes"}


class SettingForm(forms.Form):
    """The value of one setting, as people write it: amounts in whole units."""

    def __init__(self, setting: Setting, value: Value, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.setting = setting
        self.fields["value"] = _field(setting, value)

    def clean_value(self) -> Value:
        typed = self.cleaned_data["value"]
        if self.setting.shape == Shape.AMOUNT:
            return minor_units(typed, self.setting.unit)
        value: Value = typed
        return value


def _field(setting: Setting, value: Value) -> forms.Field:
    """Return the field for a value of the setting's shape, with its bounds."""
    match setting.shape:
        case Shape.SWITCH:
            yes_or_no = [(1, "Yes"), (0, "No")]
            return forms.TypedChoiceField(
                label=setting.title, choices=yes_or_no, coerce=int, initial=value
            )
        case Shape.COUNTRY:
            return forms.ChoiceField(label=setting.title, choices=COUNTRIES, initial=value)
        case Shape.AMOUNT:
            return forms.DecimalField(
                label=f"Amount in {setting.unit}",
                min_value=whole_units(setting.least, setting.unit),
                max_value=whole_units(setting.most, setting.unit),
                decimal_places=get_currency_precision(setting.unit),
                initial=whole_units(int(value), setting.unit),
                help_text=(
                    f"From {money(setting.least, setting.unit)} "
                    f"to {money(setting.most, setting.unit)}."
                ),
            )
        case Shape.COUNT:
            return forms.IntegerField(
                label=f"Number of {setting.unit}",
                min_value=setting.least,
                max_value=setting.most,
                initial=value,
                help_text=f"From {thousands(setting.least)} to {thousands(setting.most)}.",
            )


@require_GET
@requires(Act.RUN_PLATFORM)
def settings(request: PlatformRequest) -> HttpResponse:
    values = platform_settings.read_all()
    changes = StaffAct.objects.filter(kind=StaffActKind.SETTING_CHANGED)
    latest = {act.subject: act for act in changes.order_by("subject", "-id").distinct("subject")}
    rows = [
        {
            "setting": setting,
            "area": area_of(setting),
            "value": shown(setting, values[setting.key]),
            "default": shown(setting, setting.default),
            "is_changed": values[setting.key] != setting.default,
            "change": latest.get(setting.reference),
        }
        for setting in ALL
    ]
    return render(request, "desk/settings.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@requires(Act.RUN_PLATFORM)
def setting(request: PlatformRequest, key: str) -> HttpResponse:
    chosen = find(key)
    value = platform_settings.read_all()[key]
    form = SettingForm(chosen, value, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, chosen, value, form)
    after = form.cleaned_data["value"]
    try:
        before = changing_settings.change_setting(chosen, after, actor=request.actor, at=request.at)
    except OutOfBounds as refused:
        form.add_error("value", str(refused))
        return _page(request, chosen, value, form)
    if before != after:
        messages.success(request, f"{chosen.title}: {shown(chosen, after)} from now on.")
    return redirect("desk:settings")


@require_POST
@requires(Act.RUN_PLATFORM)
def reset_setting(request: PlatformRequest, key: str) -> HttpResponse:
    chosen = find(key)
    try:
        changing_settings.reset_setting(chosen, actor=request.actor, at=request.at)
    except OutOfBounds as refused:
        messages.error(request, f"{chosen.title} is not reset. {refused}")
        return redirect("desk:setting", key=key)
    default = shown(chosen, chosen.default)
    messages.success(request, f"{chosen.title} is the default again: {default}.")
    return redirect("desk:settings")


def area_of(setting: Setting) -> str:
    return AREAS[setting.key.partition(".")[0]]


def find(key: str) -> Setting:
    if key not in SETTINGS:
        raise Http404
    return SETTINGS[key]


def _page(
    request: PlatformRequest, chosen: Setting, value: Value, form: SettingForm
) -> HttpResponse:
    context = {
        "setting": chosen,
        "area": area_of(chosen),
        "value": shown(chosen, value),
        "default": shown(chosen, chosen.default),
        "is_changed": value != chosen.default,
        "form": form,
        "acts": StaffAct.objects.filter(subject=chosen.reference).order_by("-id")[:30],
    }
    status = 422 if form.is_bound else 200
    return render(request, "desk/setting.html", context, status=status)
