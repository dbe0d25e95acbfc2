from django.apps import AppConfig


class ObjectivesConfig(AppConfig):
    name = "apps.objectives"
    label = "objectives"
