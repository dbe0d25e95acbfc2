"""Pages of the administration whose forms are saved by services."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest

from apps.core.access import Refused
from apps.core.vocabulary_admin import TrackedAdmin


class ByService(TrackedAdmin):
    """Saved by services within the form, where a refusal can still stand above what was typed."""

    service_form: ClassVar[Any]

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["css/people-admin.css"]}

    def saved_by(self, request: HttpRequest, form: Any) -> models.Model:
        """Save what the form says, by its service."""
        raise NotImplementedError

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form, knowing how it is saved."""
        page = self
        if obj is not None and not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change, **kwargs)

        class Form(self.service_form):  # type: ignore[name-defined]
            def _post_clean(self) -> None:
                super()._post_clean()
                if request.method == "POST" and not self.errors:
                    try:
                        with transaction.atomic():
                            self.saved = page.saved_by(request, self)
                    except ValidationError as error:
                        self._refuse(error)
                    except Refused as refusal:
                        self.add_error(None, str(refusal))

            def _refuse(self, error: ValidationError) -> None:
                for name, said in getattr(error, "error_dict", {None: error}).items():
                    self.add_error(name if name in self.fields else None, said)

            def save(self, commit: bool = True) -> Any:
                self.saved.refresh_from_db()
                return self.saved

            def save_m2m(self) -> None:
                """The service has saved the links."""

        return Form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields that the form has for this one."""
        if obj is not None and not self.has_change_permission(request, obj):
            return self.get_readonly_fields(request, obj)
        return list(self.get_form(request, obj)(instance=obj).fields)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form has saved by the service already."""
