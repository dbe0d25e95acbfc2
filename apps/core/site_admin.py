"""The start page of the admin: what can be set up, in plain words and in groups."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse

# section -> (what it is about, {model: what one does there}); in the order of the page.
SECTIONS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "Organisation": (
        "Who you are, and what the customers see of it.",
        {
            "core.organisation": "Name, time zone, logo and colour, limits, who sees which accounts.",
        },
    ),
    "Vocabularies": (
        "The words that everybody chooses from. Rename, colour and order them as you like: what is"
        " used stays.",
        {
            "objectives.objectivestatus": "Where an objective stands, and what blocks its KPIs.",
            "objectives.objectivecategory": "What kind of goal an objective is.",
            "plans.challengecategory": "What kind of problem a customer has.",
            "kpis.kpicategory": "What kind of result a KPI measures.",
            "core.unit": "Currencies, times and numbers that measures count in.",
            "activities.activitytype": "Calls, meetings, mails and what else you do.",
            "core.tag": "Free marks on accounts and objectives.",
            "accounts.attributedefinition": "What is measured about accounts over time.",
            "reports.healthmetric": "What the health of a customer is made of, and how it is judged.",
        },
    ),
    "Fields and types": (
        "Give records fields of your own, sort them into types, and say which fields each shows.",
        {
            "core.customfield": "Texts, numbers, dates, choices, yes or no, and links of your own.",
            "core.recordtype": "Kinds of plans, objectives, playbooks, tasks and activities.",
            "core.fieldset": "Which fields are shown, in which order, required or read-only.",
        },
    ),
    "People": (
        "Who signs in, what they may do, and the parts they play.",
        {
            "core.user": "People who sign in.",
            "auth.group": "What people may do, as sets of permissions.",
            "accounts.resource": "Your people as they own and do things.",
            "accounts.role": "The parts that people play for an account.",
            "accounts.teampool": "Teams that a task can be given to as a whole.",
            "accounts.accountrole": "Who plays which part for which account.",
        },
    ),
    "Records": (
        "What people work on every day; it is easier to do on its own pages.",
        {
            "accounts.account": "",
            "accounts.contact": "",
            "plans.successplan": "",
            "plans.businesschallenge": "",
            "objectives.objective": "",
            "kpis.objectivekpi": "",
            "kpis.kpivalue": "",
            "playbooks.playbook": "",
            "playbooks.playbooktask": "",
            "activities.csactivity": "",
            "accounts.attributevalue": "",
        },
    ),
}
REST: Final = "Other"
# What is called otherwise here than where it is made.
NAMES: Final = {"core.customfield": "Own fields", "core.organisation": "Organisation"}


class SetUpSite(AdminSite):
    """The admin, grouped by what one wants to do rather than by how the program is made."""

    index_title = "Set up SuccessCloud"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The sections with what this person may see; an app's own page is left as it is."""
        apps: list[Any] = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        seen = {model["model"]._meta.label_lower: model for app in apps for model in app["models"]}
        sections = []
        for name, (about, lines) in SECTIONS.items():
            models = [
                self._line(label, seen.pop(label), line)
                for label, line in lines.items()
                if label in seen
            ]
            sections.append(self._section(name, about, models))
        sections.append(self._section(REST, "", list(seen.values())))
        return [section for section in sections if section["models"]]

    @staticmethod
    def _line(label: str, model: dict[str, Any], about: str) -> dict[str, Any]:
        return {**model, "about": about, "name": NAMES.get(label, model["name"])}

    def _section(self, name: str, about: str, models: list[Any]) -> dict[str, Any]:
        label = name.lower().replace(" ", "-")
        return {
            "name": name,
            "about": about,
            "app_label": label,
            # Leads to the section of the start page: it has no page of its own.
            "app_url": f"{self._start()}#{label}",
            "has_module_perms": True,
            "models": models,
        }

    @staticmethod
    def _start() -> str:
        return reverse("admin:index")
