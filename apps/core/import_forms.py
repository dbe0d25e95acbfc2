"""The choice of a file to import, and of what its columns are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from apps.core.imports.columns import Target
from apps.core.imports.reading import FileRefused, refuse_binary
from apps.core.imports.workbook import NO_WORKBOOK

TEXTS = (".csv", ".tsv", ".txt", ".tab")
WORKBOOK = ".xlsx"
PACKED = b"PK\x03\x04"


def megabytes(size: int) -> str:
    """A size as people read it."""
    return f"{size / 1024 / 1024:.0f} MB" if size >= 1024 * 1024 else f"{size / 1024:.0f} kB"


class UploadForm(forms.Form):
    """The choice of a file: a delimited text file or a workbook, of limited size."""

    file = forms.FileField(
        label="CSV file or Excel workbook",
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.tsv,.txt,.xlsx,text/csv,text/plain"}
        ),
        error_messages={
            "required": "Choose a CSV file first, or an Excel workbook.",
            "empty": "The file is empty. Choose a CSV file with a header row and rows below it.",
        },
    )

    def clean_file(self) -> UploadedFile:
        """Refuse what is too big, or plainly neither text nor a workbook, before it is kept."""
        file: UploadedFile = self.cleaned_data["file"]
        most = settings.IMPORT_MAX_BYTES
        if (file.size or 0) > most:
            raise ValidationError(
                f"The file has {megabytes(file.size or 0)}; at most {megabytes(most)} can be"
                " imported at once. Divide it into several files."
            )
        ending = Path(file.name or "").suffix.lower()
        head = file.read(64 * 1024)
        file.seek(0)
        if ending == WORKBOOK:
            if not head.startswith(PACKED):
                raise ValidationError(NO_WORKBOOK)
            return file
        if ending not in TEXTS:
            raise ValidationError(
                "The name of the file must end in .csv, .tsv, .tab, .txt or .xlsx. Save it as CSV"
                " first."
            )
        try:
            refuse_binary(head)
        except FileRefused as error:
            raise ValidationError(str(error)) from error
        return file


DATES = [
    ("", "As the file shows"),
    ("dmy", "Day first"),
    ("mdy", "Month first"),
    ("ymd", "Year first"),
]
NUMBERS = [("", "As the file shows"), ("point", "1,234.56"), ("comma", "1.234,56")]
IGNORED = "-"

Groups = Sequence[tuple[str, Sequence[Target]]]


class MappingForm(forms.Form):
    """Which column fills which field, and how values are read."""

    dates = forms.ChoiceField(choices=DATES, required=False, label="Dates")
    numbers = forms.ChoiceField(choices=NUMBERS, required=False, label="Numbers")

    def __init__(
        self, *args: Any, headers: list[str], groups: Groups, may_keep: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.headers = headers
        self.labels: Mapping[str, str] = {
            target.key: target.label for _, targets in groups for target in targets
        }
        if may_keep:
            self.fields["clear_empty"] = forms.BooleanField(
                required=False,
                label="Empty cells clear the field",
                help_text="Otherwise an empty cell leaves what the account has.",
            )
        choices = [(name, [(t.key, t.label) for t in targets]) for name, targets in groups]
        for place, header in enumerate(headers):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                choices=[(IGNORED, "Leave out"), *choices],
                required=False,
                label=header or f"Column {place + 1}",
            )

    def clean(self) -> dict[str, Any]:
        """No field is filled twice."""
        seen: dict[str, str] = {}
        for place, header in enumerate(self.headers):
            key = self.cleaned_data.get(f"column_{place}") or IGNORED
            if key == IGNORED:
                continue
            if key in seen:
                self.add_error(
                    f"column_{place}",
                    f"“{seen[key]}” fills {self.labels[key]} already. Leave one of them out.",
                )
            seen[key] = header
        return self.cleaned_data

    def mapping(self) -> dict[str, str]:
        """What the person said, every column by its place."""
        return {
            f"#{place + 1}": "" if key == IGNORED else key
            for place in range(len(self.headers))
            if (key := self.cleaned_data.get(f"column_{place}") or IGNORED)
        }

    def said(self) -> dict[str, Any]:
        """All that is kept with the file."""
        chosen = self.cleaned_data
        said: dict[str, Any] = {
            name: chosen[name] for name in ("dates", "numbers", "clear_empty") if name in chosen
        }
        return {"mapping": self.mapping(), **said}
