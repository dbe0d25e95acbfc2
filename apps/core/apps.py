from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
    default = True


class SetUpAdminConfig(admin_apps.AdminConfig):
    """The admin with a start page of our own."""

    default = False
    default_site = "apps.core.site_admin.SetUpSite"
