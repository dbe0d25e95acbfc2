"""Percent by a whole quotient: exact for the largest values too (R-KPI-2, R-KPI-5)."""

from django.db import migrations, models

import apps.kpis.expressions


def percent() -> models.GeneratedField:
    return models.GeneratedField(
        db_persist=True,
        expression=apps.kpis.expressions.percent_complete(),
        output_field=models.DecimalField(decimal_places=2, max_digits=5),
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="objectivekpi", name="kpi_percent"),
        migrations.RemoveField(model_name="objectivekpi", name="percent_complete"),
        migrations.AddField(
            model_name="objectivekpi", name="percent_complete", field=percent()
        ),
        migrations.AddIndex(
            model_name="objectivekpi",
            index=models.Index(fields=["percent_complete", "id"], name="kpi_percent"),
        ),
        migrations.RemoveField(model_name="kpivalue", name="percent_complete"),
        migrations.AddField(model_name="kpivalue", name="percent_complete", field=percent()),
    ]
