from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ReportsConfig(AppConfig):
    """The last app whose models groups may set up: when it has migrated, all permissions exist."""

    name = "apps.reports"
    label = "reports"

    def ready(self) -> None:
        from apps.core.setup import after_migrate

        post_migrate.connect(after_migrate, sender=self, dispatch_uid="after_migrate")
