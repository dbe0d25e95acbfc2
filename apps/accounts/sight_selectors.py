"""Which of several people see which of several accounts (R-VIS-1), in a few statements."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.db import connection

from apps.core.choices import RowScope
from apps.core.notify_selectors import may_all
from apps.core.scope import row_scope

ON_TEAM: Final = """
    WITH RECURSIVE above AS (
        SELECT id AS account_id, id, parent_id FROM accounts_account WHERE id = ANY(%s)
        UNION
        SELECT above.account_id, upper.id, upper.parent_id
        FROM accounts_account upper JOIN above ON upper.id = above.parent_id
    )
    SELECT DISTINCT resource.user_id, above.account_id
    FROM above
    JOIN accounts_accountrole role ON role.account_id = above.id
    JOIN accounts_resource resource ON resource.id = role.resource_id
    WHERE resource.user_id = ANY(%s)
"""


def who_sees(
    *, permission: str, user_ids: Collection[int], account_ids: Collection[int]
) -> set[tuple[int, int]]:
    """The pairs of user and account where the user sees the account's rows of this permission."""
    if not user_ids or not account_ids:
        return set()
    allowed = may_all(permission, user_ids)
    if row_scope(None) == RowScope.EVERYONE:
        return {(user, account) for user in allowed for account in account_ids}
    allowed &= may_all("accounts.view_account", user_ids)
    with connection.cursor() as cursor:
        cursor.execute(ON_TEAM, [list(account_ids), list(allowed)])
        return set(cursor.fetchall())
