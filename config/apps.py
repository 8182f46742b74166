"""What must hold before anything starts."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from config.checks import check_every_url_has_a_permission


class NumberyardConfig(AppConfig):
    name = "config"
    label = "numberyard"

    def ready(self) -> None:
        register(check_every_url_has_a_permission, Tags.urls)
