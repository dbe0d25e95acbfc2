"""The organisation as administrators set it up, with its logo and colour."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from apps.core.logo_rules import logo_error, logo_type
from apps.core.models import Organisation


class OrganisationForm(forms.ModelForm):
    """A new logo is read and checked when it is uploaded; nothing but its bytes is kept."""

    new_logo = forms.FileField(
        label="Logo",
        required=False,
        help_text="On the pages that customers open: PNG, JPEG or WebP, at most 60 KB."
        " Empty keeps what is there.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    remove_logo = forms.BooleanField(label="Remove the logo", required=False)

    class Meta:
        model = Organisation
        exclude = ("logo", "logo_type")  # noqa: DJ006 (all that is added belongs here)
        widgets: ClassVar[dict[str, Any]] = {"brand_colour": forms.TextInput({"type": "color"})}

    def clean_new_logo(self) -> bytes:
        """The bytes of the new logo, empty without one."""
        uploaded = self.cleaned_data.get("new_logo")
        if uploaded is None:
            return b""
        start: bytes = uploaded.read(16)
        error = logo_error(uploaded.size, start)
        if error:
            raise ValidationError(error)
        rest: bytes = uploaded.read()
        return start + rest

    def save(self, commit: bool = True) -> Organisation:
        """The organisation with its new logo, or without one."""
        data: bytes = self.cleaned_data["new_logo"]
        if data:
            self.instance.logo = data
            self.instance.logo_type = logo_type(data) or ""
        elif self.cleaned_data["remove_logo"]:
            self.instance.logo = None
            self.instance.logo_type = ""
        saved: Organisation = super().save(commit)
        return saved
