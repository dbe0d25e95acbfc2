import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0015_shape"),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("device", models.CharField(blank=True, max_length=120)),
                ("address", models.GenericIPAddressField(null=True, verbose_name="from where")),
                ("started_at", models.DateTimeField(null=True, verbose_name="signed in")),
                ("seen_at", models.DateTimeField(null=True, verbose_name="seen last")),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="user",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="user",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="user",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="user",
            name="invited_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="invited"
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="new_email",
            field=models.EmailField(
                blank=True, editable=False, max_length=254, verbose_name="new e-mail address"
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="new_email_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="new e-mail address asked for"
            ),
        ),
        migrations.AddField(
            model_name="userevent",
            name="invited_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="invited"
            ),
        ),
        migrations.AddField(
            model_name="userevent",
            name="new_email",
            field=models.EmailField(
                blank=True, editable=False, max_length=254, verbose_name="new e-mail address"
            ),
        ),
        migrations.AddField(
            model_name="userevent",
            name="new_email_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="new e-mail address asked for"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "core_userevent" ("date_format", "date_joined", "density", "email", "first_name", "id", "invited_at", "is_active", "is_staff", "is_superuser", "last_name", "new_email", "new_email_at", "number_format", "pgh_created_at", "pgh_label", "pgh_obj_id", "theme", "time_zone") SELECT new_values."date_format", new_values."date_joined", new_values."density", new_values."email", new_values."first_name", new_values."id", new_values."invited_at", new_values."is_active", new_values."is_staff", new_values."is_superuser", new_values."last_name", new_values."new_email", new_values."new_email_at", new_values."number_format", NOW(), \'insert\', new_values."id", new_values."theme", new_values."time_zone" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="770fb9eb0ede6e9c09e80a1fb395df911521ea78",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_45de6",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="core_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "core_userevent" ("date_format", "date_joined", "density", "email", "first_name", "id", "invited_at", "is_active", "is_staff", "is_superuser", "last_name", "new_email", "new_email_at", "number_format", "pgh_created_at", "pgh_label", "pgh_obj_id", "theme", "time_zone") SELECT new_values."date_format", new_values."date_joined", new_values."density", new_values."email", new_values."first_name", new_values."id", new_values."invited_at", new_values."is_active", new_values."is_staff", new_values."is_superuser", new_values."last_name", new_values."new_email", new_values."new_email_at", new_values."number_format", NOW(), \'update\', new_values."id", new_values."theme", new_values."time_zone" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."date_format" IS DISTINCT FROM (new_values."date_format") OR old_values."date_joined" IS DISTINCT FROM (new_values."date_joined") OR old_values."density" IS DISTINCT FROM (new_values."density") OR old_values."email" IS DISTINCT FROM (new_values."email") OR old_values."first_name" IS DISTINCT FROM (new_values."first_name") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."invited_at" IS DISTINCT FROM (new_values."invited_at") OR old_values."is_active" IS DISTINCT FROM (new_values."is_active") OR old_values."is_staff" IS DISTINCT FROM (new_values."is_staff") OR old_values."is_superuser" IS DISTINCT FROM (new_values."is_superuser") OR old_values."last_name" IS DISTINCT FROM (new_values."last_name") OR old_values."new_email" IS DISTINCT FROM (new_values."new_email") OR old_values."new_email_at" IS DISTINCT FROM (new_values."new_email_at") OR old_values."number_format" IS DISTINCT FROM (new_values."number_format") OR old_values."theme" IS DISTINCT FROM (new_values."theme") OR old_values."time_zone" IS DISTINCT FROM (new_values."time_zone")) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="4bcf64efcc0c70f23b7f85745326b89d72decb0e",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_6ccff",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="core_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "core_userevent" ("date_format", "date_joined", "density", "email", "first_name", "id", "invited_at", "is_active", "is_staff", "is_superuser", "last_name", "new_email", "new_email_at", "number_format", "pgh_created_at", "pgh_label", "pgh_obj_id", "theme", "time_zone") SELECT old_values."date_format", old_values."date_joined", old_values."density", old_values."email", old_values."first_name", old_values."id", old_values."invited_at", old_values."is_active", old_values."is_staff", old_values."is_superuser", old_values."last_name", old_values."new_email", old_values."new_email_at", old_values."number_format", NOW(), \'delete\', old_values."id", old_values."theme", old_values."time_zone" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="abb8370c85c1dddcbc97a18b7a0ed99ed33a047d",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_1425a",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="core_user",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sessions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
