"""Changing a setting of the platform, and writing down who has, from what to what."""

from datetime import datetime

from django.db import transaction

from billing.money import money, thousands
from lifecycle.actors import Actor
from stock.regions import country_name
from tenants import platform_settings, staff_acts
from tenants.models import StaffActKind
from tenants.platform_settings import Setting, Shape, Value


@transaction.atomic
def change_setting(setting: Setting, after: Value, *, actor: Actor, at: datetime) -> Value:
    """Let the setting be `after` from now on, and return what it was. Raises OutOfBounds."""
    before = platform_settings.change_setting(setting.key, after)
    if before != after:
        change = f"{shown(setting, before)} → {shown(setting, after)}"
        _record(setting, change, actor=actor, at=at)
    return before


@transaction.atomic
def reset_setting(setting: Setting, *, actor: Actor, at: datetime) -> None:
    """Let the setting follow its default again. Raises OutOfBounds."""
    before = platform_settings.reset_setting(setting.key)
    if before != setting.default:
        change = f"{shown(setting, before)} → {shown(setting, setting.default)}, the default"
        _record(setting, change, actor=actor, at=at)


def shown(setting: Setting, value: Value) -> str:
    """Write a value as people read it: 15 minutes, $50.00, Yes, Ireland."""
    match setting.shape:
        case Shape.AMOUNT:
            return money(int(value), setting.unit)
        case Shape.SWITCH:
            return "Yes" if value else "No"
        case Shape.COUNTRY:
            return country_name(str(value))
        case Shape.COUNT:
            return (not value and setting.zero) or f"{thousands(int(value))} {setting.unit}"


def _record(setting: Setting, change: str, *, actor: Actor, at: datetime) -> None:
    staff_acts.record(
        StaffActKind.SETTING_CHANGED,
        subject=setting.reference,
        subject_name=setting.title,
        reason=change,
        actor=actor,
        at=at,
    )
