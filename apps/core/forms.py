"""The form recipe: one form for a page, an inline edit, an import and the admin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property

from apps.core import access, custom_rules
from apps.core.asks_rules import TYPE_LABEL
from apps.core.base_models import Vocabulary
from apps.core.custom_forms import custom_field
from apps.core.default_forms import default_of
from apps.core.fields import LookupField, NumberField, quicken
from apps.core.models import Tag, User
from apps.core.services import PERSONAL
from apps.core.shape_models import RecordType
from apps.core.shape_rules import OWN_FIELDS, TYPE, Definition, Placed, arranged, chosen_type
from apps.core.shape_selectors import shape, types_for


class RecordForm(forms.ModelForm):
    """A form that knows who fills it in.

    Choices are limited to the rows the person may see; vocabularies to their active words. When
    an existing record is edited, `changes` holds only what the person changed and `shown` what
    stood there when the form was shown: two people may edit different fields at once.
    """

    record: ClassVar[str] = ""
    groups: Sequence[tuple[str, Sequence[str]]] = ()
    # Fields that need another permission than editing: field -> "objective.share".
    guarded: ClassVar[dict[str, str]] = {}
    # Where a record belongs: no field set takes that away.
    structural: ClassVar[frozenset[str]] = frozenset(
        {"account", "plan", "objective", "playbook", "kpi", "is_template"}
    )
    # Whether administrators shape the form: not the rows within the form of another record.
    shaped: ClassVar[bool] = True
    # After how many groups the rows stand that are saved with the record; 0: after all of them.
    rows_after: int = 0
    # A field of a form may be any kind of field: what is asked of one is known by its name.
    fields: dict[str, Any]

    def __init__(
        self,
        *args: Any,
        user: Any,
        only: Iterable[str] | None = None,
        arranged: bool = True,
        **kwargs: Any,
    ) -> None:
        """A form, `only` some of its fields; where it lends its boxes it is not `arranged`."""
        super().__init__(*args, **kwargs)
        self.initial_given = set(kwargs.get("initial") or {})
        self.user = user
        self.shown: dict[str, Any] = {}
        self.whole = only is None
        self.definitions: dict[str, Definition] = {}
        self.placed: dict[str, Placed] = {}
        # What a new record gets in fields that its form does not show.
        self.unseen: dict[str, Any] = {}
        if self.shaped and self.record:
            self._add_own_fields()
            if arranged:
                self._arrange()
        elif self.record and not self.instance.pk:
            self._offer_types()
        if only is not None:
            for name in set(self.fields) - set(only):
                del self.fields[name]
        for name, needed in self.guarded.items():
            if name in self.fields and not access.may(user, needed):
                del self.fields[name]
        for name, field in self.fields.items():
            self._fit(name, field)

    def _add_own_fields(self) -> None:
        """A box for each field that an administrator added."""
        custom = getattr(self.instance, "custom", None)
        if custom is None:
            return
        for one in shape(self.user).of(self.record):
            self.definitions[one.name] = one
            self.fields[one.name] = custom_field(one, custom.get(one.key))
            if self.instance.pk:
                self.initial[one.name] = one.value(custom)
        if self.definitions:
            self.groups = [*self.groups, (OWN_FIELDS, list(self.definitions))]

    def _offer_types(self) -> None:
        """A row that makes a record of a kind with several types has a box for it."""
        types = types_for(self.user, self.record)
        if len(types) > 1:
            rows = RecordType.objects.filter(pk__in=[one.pk for one in types])
            self.fields[TYPE] = forms.ModelChoiceField(rows, label=TYPE_LABEL)

    @cached_property
    def record_type(self) -> RecordType | None:
        """The type of the record: the one it has, the one that was chosen, or the only one."""
        if not hasattr(self.instance, "record_type_id"):
            return None
        types = shape(self.user).types
        if self.instance.pk:
            known = types.get(self.instance.record_type_id or 0)
        else:
            said = self.data.get(TYPE) or self.initial.get(TYPE) or ""
            known = chosen_type(types_for(self.user, self.record), str(said))
        return RecordType(pk=known.pk, kind=known.kind, label=known.label) if known else None

    @property
    def type_is_missing(self) -> bool:
        """Whether a new record could be of several types and none was chosen."""
        typed = self.shaped and hasattr(self.instance, "record_type_id")
        return typed and self.record_type is None and bool(types_for(self.user, self.record))

    def _arrange(self) -> None:
        """Show the fields as the field set of the record's type says, if there is one."""
        chosen = self.record_type.pk if self.record_type else None
        items = shape(self.user).field_set(self.record, chosen)
        if not items:
            return
        own = [*(self._meta.fields or ()), *self.definitions]
        new = not self.instance.pk
        names = [name for name in own if name in self.fields]
        self.groups = arranged(names, items, new=new, kept=self.kept_in(own))
        # The rows stand below all groups: there may be fewer than the page has by itself.
        self.rows_after = 0
        standing = {name for _, group in self.groups for name in group}
        self.placed = {one.name: one for one in items}
        for name in names:
            placed = self.placed.get(name)
            if placed is not None:
                self._place(name, placed, new=new, seen=name in standing)
            if name not in standing:
                del self.fields[name]

    @classmethod
    def kept_in(cls, names: Iterable[str]) -> set[str]:
        """The fields among some that no field set takes away."""
        needed = {name for name, field in cls.base_fields.items() if field.required}
        return (needed | cls.structural) & set(names)

    def _place(self, name: str, placed: Placed, *, new: bool, seen: bool) -> None:
        field = self.fields[name]
        if placed.help_text:
            field.help_text = placed.help_text
        if new and placed.default and name not in self.initial_given:
            value = default_of(field, placed.default, self.user)
            if seen:
                self.initial[name] = value
            elif value is not None and self._may_fill(name):
                self.unseen[name] = value
        field.required = field.required or placed.required
        field.disabled = placed.read_only

    def _may_fill(self, name: str) -> bool:
        needed = self.guarded.get(name)
        return needed is None or bool(access.may(self.user, needed))

    def _fit(self, name: str, field: forms.Field) -> None:
        if isinstance(field, NumberField):
            field.number_format = self.user.number_format
        if isinstance(field, forms.ModelChoiceField):
            rows: Any = field.queryset
            if hasattr(rows, "visible_to"):
                field.queryset = rows.visible_to(self.user)
            elif rows is not None and issubclass(rows.model, Vocabulary):
                field.queryset = rows.filter(self._active_or_kept(name))
        if isinstance(field, LookupField) and name not in self.initial_given:
            self.initial[name] = getattr(self.instance, name, None)
        if self.instance.pk:
            field.show_hidden_initial = True
        quicken(field)

    def _active_or_kept(self, name: str) -> models.Q:
        kept = getattr(self.instance, f"{name}_id", None)
        return models.Q(is_active=True) | models.Q(pk=kept)

    @property
    def own(self) -> list[forms.BoundField]:
        """The boxes of the fields that were added, for pages that place the others themselves."""
        return [self[name] for name in self.definitions if name in self.fields]

    @property
    def fieldsets(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The visible fields by group, as the page shows them; fields left over come last."""
        placed: set[str] = set()
        result = []
        for legend, names in self.groups:
            here = [self[name] for name in names if name in self.fields]
            placed.update(names)
            if here:
                result.append((legend, here))
        rest = [self[name] for name in self.fields if name not in placed]
        return [*result, ("", rest)] if rest else result

    @cached_property
    def changed_data(self) -> list[str]:
        """The names of the fields that this person changed since they were shown."""
        return [name for name in self.fields if self._differs(self[name])]

    def _differs(self, bound: forms.BoundField) -> bool:
        if self.instance.pk and self._was_shown(bound):
            # The same text is the same value: no query to look the record up.
            if bound.data == self._shown_text(bound):
                return False
            return bool(bound._has_changed())  # type: ignore[attr-defined]
        return bool(bound.field.has_changed(bound.initial, bound.data))

    def _was_shown(self, bound: forms.BoundField) -> bool:
        """Whether the page said what stood in the field; of several records none says nothing."""
        several = isinstance(bound.field, forms.ModelMultipleChoiceField)
        return several or bound.html_initial_name in self.data

    def _shown_text(self, bound: forms.BoundField) -> Any:
        """What stood in the field when it was shown, as the page wrote it."""
        return bound.field.hidden_widget().value_from_datadict(
            self.data, self.files, bound.html_initial_name
        )

    def _clean_fields(self) -> None:
        if not self.instance.pk:
            super()._clean_fields()  # type: ignore[misc]
            if self.whole and self.type_is_missing:
                names = ", ".join(one.label for one in types_for(self.user, self.record))
                self.add_error(None, f"Choose of which type it is first: {names}.")
            return
        # Unchanged fields are neither validated nor written: they are not this person's edit.
        for name in list(self.changed_data):
            bound = self[name]
            try:
                self.cleaned_data[name] = bound.field.clean(bound.data)
                if self._was_shown(bound):
                    self._note_shown(name, bound.field.to_python(self._shown_text(bound)))
                specific = getattr(self, f"clean_{name}", None)
                if specific:
                    self.cleaned_data[name] = specific()
            except ValidationError as error:
                self.add_error(name, error)
        if self.whole:
            self._ask_for_what_is_missing()

    def _note_shown(self, name: str, value: Any) -> None:
        """What stood there, as services compare it."""
        key = custom_rules.key_of(name)
        if key:
            self.shown.setdefault(custom_rules.CUSTOM, {})[key] = custom_rules.kept(value)
        else:
            self.shown[name] = value

    def _ask_for_what_is_missing(self) -> None:
        """A record without something that is required by now is valid until it is edited."""
        asked = [*self.definitions, *self.placed]
        for name in dict.fromkeys(asked):
            field = self.fields.get(name)
            if field is None or not field.required or field.disabled or name in self.errors:
                continue
            bound = self[name]
            if name not in self.changed_data and bound.initial in (None, "", [], ()):
                self.add_error(name, ValidationError(field.error_messages["required"]))

    def _get_validation_exclusions(self) -> set[str]:
        # A related row was found by its field already; asking for it again costs a query each. What
        # was not changed is not this person's edit; services and the database judge the whole.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        related = {
            name for name, field in self.fields.items() if isinstance(field, forms.ModelChoiceField)
        }
        unchanged = set(self.fields) - set(self.changed_data) if self.instance.pk else set()
        return excluded | related | unchanged

    def validate_unique(self) -> None:
        """The database decides; services turn its answer into a sentence."""

    def value(self, name: str) -> Any:
        """What the record will hold: the changed value, or the one it has."""
        if name in self.cleaned_data:
            return self.cleaned_data[name]
        return getattr(self.instance, name)

    @property
    def changes(self) -> dict[str, Any]:
        """The cleaned values to save: all of a new record, only the changed ones of an old one."""
        values = custom_rules.folded({**self.unseen, **self.cleaned_data})
        if not self.instance.pk and self.record_type is not None:
            values[TYPE] = self.record_type
        return values


def tag_fields(user: Any) -> dict[str, forms.Field]:
    """Tags to be added to many rows, and to be taken from them; none without the permission."""
    if not access.may(user, "tag.use"):
        return {}
    return {
        name: forms.ModelMultipleChoiceField(
            Tag.objects.filter(is_active=True),
            required=False,
            label=label,
            widget=forms.CheckboxSelectMultiple,
        )
        for name, label in (("add_tags", "Add tags"), ("remove_tags", "Remove tags"))
    }


FARTHEST = 3650


def shift_field(what: str) -> forms.Field:
    """By how many days the dates of many rows move."""
    return forms.IntegerField(
        label=f"Move {what} by days",
        min_value=-FARTHEST,
        max_value=FARTHEST,
        help_text="7 is a week later, -7 a week earlier.",
    )


class PreferencesForm(forms.ModelForm):
    """How a person reads the program."""

    class Meta:
        model = User
        fields = PERSONAL
