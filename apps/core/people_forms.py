"""Forms about signing in: a first password, another address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation

from apps.core.models import User


class FirstPasswordForm(forms.Form):
    """The password that an invited person chooses."""

    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        help_text="At least ten characters; a short sentence is easy to remember.",
    )
    again = forms.CharField(
        label="The same again",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        """A password that is hard enough to guess."""
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        """Both the same."""
        cleaned: dict[str, Any] = super().clean() or {}
        if {"password", "again"} <= set(cleaned) and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "The two passwords are not the same. Type it again.")
        return cleaned


class AddressForm(forms.Form):
    """Another e-mail address of one's own; the password shows that it is oneself."""

    email = forms.EmailField(
        label="New e-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        """The right one."""
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your password.")
        return password
