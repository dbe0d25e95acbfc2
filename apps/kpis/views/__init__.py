"""Pages of objective KPIs."""

from apps.kpis.views.grid import KpiGrid
from apps.kpis.views.pages import KpiCreate, KpiDelete, KpiEdit, KpiList, detail, options

__all__ = ["KpiCreate", "KpiDelete", "KpiEdit", "KpiGrid", "KpiList", "detail", "options"]
