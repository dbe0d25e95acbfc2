from django.apps import AppConfig


class ObjectivesConfig(AppConfig):
    """Whoever follows an objective is told at the end of each operation (R-OBJ-7)."""

    name = "apps.objectives"
    label = "objectives"

    def ready(self) -> None:
        from apps.core.history import at_end
        from apps.objectives.digest_services import collaborators_told

        at_end(collaborators_told)
