"""Forms about signing in: a first password, another address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.models import Group

from apps.core.models import User
from apps.core.people_selectors import grants_in_words, held_permissions


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


class GroupForm(forms.ModelForm):
    """An own group: a name, and what it may do, in words."""

    granted = forms.MultipleChoiceField(
        label="May", required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Group
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        granted: Any = self.fields["granted"]
        granted.choices = [
            (record, [(line.permission, word) for word, line in lines])
            for record, lines in grants_in_words()
        ]
        if self.instance.pk:
            self.initial["granted"] = sorted(held_permissions(self.instance))
