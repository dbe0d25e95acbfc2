from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ActivitiesConfig(AppConfig):
    """The last app with models: when it has migrated, the permissions of all of them exist."""

    name = "apps.activities"
    label = "activities"

    def ready(self) -> None:
        from apps.core.setup import after_migrate

        post_migrate.connect(after_migrate, sender=self, dispatch_uid="after_migrate")
