"""The form of a user in the administration: who they are, what they may do, which resource."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib.auth.models import Group

from apps.accounts.models import Resource, Role, TeamPool
from apps.accounts.people_services import Tie
from apps.core.models import User
from apps.core.people_services import TAKEN
from apps.core.permissions import group_permissions

NONE: Final = ""
NEW: Final = "new"


class PersonForm(forms.ModelForm):
    """A user, and the resource they are."""

    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What they may do. Who is in “CSC - Administrator” may open the administration.",
    )
    tie = forms.ChoiceField(
        label="Resource",
        required=False,
        help_text="A resource can own records and be given tasks; “mine” finds what it has.",
    )
    role = forms.ModelChoiceField(
        Role.objects.none(), required=False, help_text="What they do for accounts in general."
    )
    pools = forms.ModelMultipleChoiceField(
        TeamPool.objects.order_by("name"),
        label="Team pools",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    invite = forms.BooleanField(
        label="Invite by e-mail at once",
        required=False,
        initial=True,
        help_text="A link is mailed to choose a password. It works once, for seven days.",
    )

    class Meta:
        model = User
        fields = ("email", "first_name", "last_name", "groups")
        help_texts = {"email": "They sign in with it."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        mine = Resource.objects.filter(user=self.instance.pk).first() if self.instance.pk else None
        fields["tie"].choices = self._ties(mine)
        in_use = Role.objects.filter(is_active=True)
        if mine is not None and mine.role_id:
            in_use = in_use | Role.objects.filter(pk=mine.role_id)
        fields["role"].queryset = in_use.order_by("position", "label")
        if self.instance.pk:
            self.initial["tie"] = str(mine.pk) if mine else NONE
            del fields["invite"]
        else:
            self.initial.setdefault("tie", NEW)
        if mine is not None:
            self.initial["role"] = mine.role_id
            self.initial["pools"] = list(mine.pools.values_list("pk", flat=True))
        # A pool that nobody made yet asks nothing.
        if not TeamPool.objects.exists():
            del fields["pools"]

    def _ties(self, mine: Resource | None) -> list[tuple[str, str]]:
        free = Resource.objects.filter(user=None, is_active=True).order_by("name", "pk")
        ties = [(NONE, "None: they only look on"), (NEW, "A new one, with this name and address")]
        if mine is not None:
            ties = [(str(mine.pk), f"{mine} (as it is)"), *ties]
        return ties + [
            (str(one.pk), f"{one}{f' ({one.email})' if one.email else ''}") for one in free
        ]

    def clean_email(self) -> str:
        """In lower case, and nobody else's."""
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk or 0).exists():
            raise forms.ValidationError(TAKEN)
        return email

    def clean(self) -> dict[str, Any]:
        """A role and pools are of a resource."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("tie") == NONE and (cleaned.get("role") or cleaned.get("pools")):
            self.add_error(
                "tie", "Role and team pools belong to a resource. Choose one, or neither."
            )
        return cleaned

    @property
    def chosen(self) -> Tie:
        """The resource that was chosen, for the service."""
        said = self.cleaned_data
        tie = said.get("tie", NONE)
        return Tie(
            resource=Resource.objects.filter(pk=int(tie)).first() if tie.isdecimal() else None,
            is_new=tie == NEW,
            role=said.get("role"),
            pools=list(said.get("pools") or []),
        )

    @property
    def values(self) -> dict[str, str]:
        """The names."""
        return {name: self.cleaned_data[name] for name in ("first_name", "last_name")}


def is_built_in(group: Group) -> bool:
    """Whether the program brings this group along."""
    return group.name in group_permissions()
