"""Fixed vocabularies that several apps share."""

from django.db import models


class Tint(models.TextChoices):
    """Named colours of vocabulary entries; the stylesheet holds them for both themes."""

    GREY = "grey", "Grey"
    BLUE = "blue", "Blue"
    CYAN = "cyan", "Cyan"
    TEAL = "teal", "Teal"
    GREEN = "green", "Green"
    LIME = "lime", "Lime"
    AMBER = "amber", "Amber"
    RED = "red", "Red"
    PINK = "pink", "Pink"
    VIOLET = "violet", "Violet"


class UnitKind(models.TextChoices):
    CURRENCY = "currency", "Currency"
    TIME = "time", "Time"
    NUMBER = "number", "Number"


class ProgressStatus(models.TextChoices):
    """Where a measure stands against its target and its time (R-KPI-4)."""

    NOT_AVAILABLE = "not_available", "Not available"
    COMPLETED = "completed", "Completed"
    OVERDUE = "overdue", "Overdue"
    NOT_STARTED = "not_started", "Not started"
    ON_TRACK = "on_track", "On track"
    OFF_TRACK = "off_track", "Off track"
    IN_PROGRESS = "in_progress", "In progress"


class Direction(models.TextChoices):
    HIGHER = "higher", "Higher is better"
    LOWER = "lower", "Lower is better"


class Level(models.TextChoices):
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


class Door(models.TextChoices):
    """Through which door a change came."""

    PAGE = "page", "Page"
    ADMIN = "admin", "Admin"
    IMPORT = "import", "Import"
    API = "api", "API"
    ATTRIBUTE = "attribute", "Attribute"
    AUTOMATION = "automation", "Automation"
    PORTAL = "portal", "Portal"
    SHELL = "shell", "Shell"
    UNDO = "undo", "Undo"


class NumberFormat(models.TextChoices):
    COMMA_POINT = "comma_point", "1,234.5"
    POINT_COMMA = "point_comma", "1.234,5"
    SPACE_COMMA = "space_comma", "1 234,5"
    PLAIN = "plain", "1234.5"


class DateFormat(models.TextChoices):
    DMY_TEXT = "dmy_text", "23 Nov 2026"
    ISO = "iso", "2026-11-23"
    DMY_DOT = "dmy_dot", "23.11.2026"
    DMY_SLASH = "dmy_slash", "23/11/2026"
    MDY_SLASH = "mdy_slash", "11/23/2026"


class Theme(models.TextChoices):
    AUTO = "auto", "Like the device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class Density(models.TextChoices):
    COMFORTABLE = "comfortable", "Comfortable"
    COMPACT = "compact", "Compact"


class RowScope(models.TextChoices):
    """Which accounts a person with the view permission sees (R-VIS-1)."""

    EVERYONE = "everyone", "All accounts"
    ACCOUNT_TEAM = "account_team", "Accounts of one's own teams"


class NotificationKind(models.TextChoices):
    """What a notification is about."""

    ALLOCATED = "allocated", "Allocated to you"
    MENTION = "mention", "You are mentioned in a comment"
    REPLY = "reply", "Answers in a conversation of yours"
    OBJECTIVE = "objective", "Changes of an objective you follow"
    EXPORT = "export", "A file that you exported is ready"
    PORTAL = "portal", "What customers complete in what you share"


class Channel(models.TextChoices):
    """How a person wants to be told of one kind."""

    BOTH = "both", "Both ways"
    APP = "app", "In the app"
    MAIL = "mail", "By e-mail"
    NONE = "none", "Not at all"


class ExportForm(models.TextChoices):
    """The forms in which a list is exported."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel workbook"


class ExportState(models.TextChoices):
    """How far an export in the background has come."""

    WAITING = "waiting", "Being written"
    DONE = "done", "Ready"
    FAILED = "failed", "Not written"


class LogoType(models.TextChoices):
    """The kinds of image a logo may be; never SVG, which can hold scripts."""

    PNG = "image/png", "PNG"
    JPEG = "image/jpeg", "JPEG"
    WEBP = "image/webp", "WebP"


class CustomType(models.TextChoices):
    """What a custom field holds."""

    TEXT = "text", "Text"
    NUMBER = "number", "Number"
    DATE = "date", "Date"
    CHOICE = "choice", "Choice"
    YES_NO = "yes_no", "Yes or no"
    LINK = "link", "Link"


class ShapedKind(models.TextChoices):
    """The kinds of records that an administrator gives fields of their own."""

    ACCOUNT = "account", "Account"
    CONTACT = "contact", "Contact"
    PLAN = "plan", "Success plan"
    CHALLENGE = "challenge", "Business challenge"
    OBJECTIVE = "objective", "Objective"
    KPI = "kpi", "Objective KPI"
    PLAYBOOK = "playbook", "Playbook"
    TASK = "task", "Task"
    ACTIVITY = "activity", "CS activity"


class TypedKind(models.TextChoices):
    """The kinds of records that come in types, each with fields of its own choice."""

    PLAN = "plan", "Success plan"
    OBJECTIVE = "objective", "Objective"
    PLAYBOOK = "playbook", "Playbook"
    TASK = "task", "Task"
    ACTIVITY = "activity", "CS activity"
