"""What is typed to comment on a record."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.activities.comment_rules import LONGEST


class CommentForm(forms.Form):
    """A text, and whether the customer may read it later; that only for who may share."""

    text = forms.CharField(
        max_length=LONGEST,
        widget=forms.Textarea,
        error_messages={
            "required": "Write something first.",
            "max_length": f"A comment has at most {LONGEST} characters. Shorten it, or write two.",
        },
    )
    is_external = forms.BooleanField(required=False)

    def __init__(self, *args: Any, may_mark: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_mark:
            del self.fields["is_external"]
