"""Forms of those who share."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.accounts.forms import account_field
from apps.accounts.models import Account, Contact
from apps.core.fields import form_field
from apps.core.forms import RecordForm
from apps.core.scope import today
from apps.portal import rules, sharing_rules
from apps.portal.models import Share
from apps.portal.selectors.sharing import contacts_of


class ContactsField(forms.ModelMultipleChoiceField):
    """Contacts to tick, each with what tells them apart."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        """Name, title and address; without an address nobody proves who they are."""
        parts = [obj.name, obj.title, obj.email or "no e-mail address: cannot open it"]
        if not obj.is_active:
            parts.append("not active: cannot open it")
        return " · ".join(part for part in parts if part)


class ShareForm(RecordForm):
    """Who opens a share, until when, and what they may do."""

    groups = [
        ("Who opens it", ["contacts", "domains", "anyone"]),
        ("How", ["last_day", "may_complete"]),
    ]

    contacts = ContactsField(
        Contact.objects.none(),
        required=False,
        help_text="They prove their e-mail address by a code that is mailed to them; no account, no password.",
    )

    class Meta:
        model = Share
        fields = ["contacts", "domains", "anyone", "last_day", "may_complete"]
        formfield_callback = form_field
        help_texts = {
            "anyone": (
                "Careful: whoever gets hold of the link reads all that is shared, without saying"
                " who they are. The link can be passed on."
            ),
            "last_day": "The last day. Empty: until you revoke it.",
        }

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Contact.objects.visible_to(self.user).filter(account=account)
        field = self.fields["contacts"]
        if self.instance.pk:
            named = contacts_of(self.instance)
            self.initial["contacts"] = named
            rows = rows.filter(is_active=True) | rows.filter(pk__in=[one.pk for one in named])
        else:
            rows = rows.filter(is_active=True)
            self.initial.setdefault("last_day", today(self.user) + sharing_rules.OPEN_FOR)
        field.queryset = rows.order_by("name", "pk")
        field.label = f"Contacts of {account}"

    def clean_domains(self) -> str:
        """Domains alone, each once."""
        text: str = self.cleaned_data["domains"]
        _, wrong = rules.domains_in(text)
        if wrong:
            raise forms.ValidationError(
                f"“{wrong[0]}” is no e-mail domain. Write it like acme.com; several with commas."
            )
        return text

    def clean_last_day(self) -> Any:
        """A share is not made for days that are over."""
        day = self.cleaned_data["last_day"]
        error = sharing_rules.day_error(day, today(self.user))
        if error:
            raise forms.ValidationError(error)
        return day


class ShareOfForm(forms.Form):
    """Whose plans are shared, where no page has said so."""

    account = account_field(help_text="A single plan is shared from the plan's own page.")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["account"]
        field.queryset = field.queryset.visible_to(user)


class MailForm(forms.Form):
    """Who gets the link by mail."""

    contacts = ContactsField(
        Contact.objects.none(), error_messages={"required": "Choose who is to get the link."}
    )

    def __init__(self, *args: Any, share: Share, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["contacts"]
        field.queryset = share.contacts.filter(is_active=True, account=share.account_id).exclude(
            email=""
        )
