"""What of customers and people is searched."""

from __future__ import annotations

from apps.core.indexing import Source, renamed, searched, tagged

_TAGS = """(SELECT string_agg(tag.label, ' ') FROM accounts_accounttag link
    JOIN core_tag tag ON tag.id = link.tag_id WHERE link.account_id = r.id)"""

_ACCOUNT = Source(
    kind="account",
    table="accounts_account",
    title="r.name",
    keys=("r.external_id",),
    labels=("concat_ws(' ', r.segment, r.tier, r.industry, r.country)", _TAGS),
    text=("r.summary",),
    fields=("name", "external_id", "segment", "tier", "industry", "country", "summary"),
    account="r.id",
)
account_searched = searched(_ACCOUNT)
account_tagged = tagged(_ACCOUNT, "account_id")
tag_renamed = renamed(
    _ACCOUNT, "SELECT account_id FROM accounts_accounttag WHERE tag_id = NEW.id", "search_accounts"
)

contact_searched = searched(
    Source(
        kind="contact",
        table="accounts_contact",
        title="r.name",
        keys=("r.email", "r.phone"),
        labels=("r.title",),
        fields=("name", "email", "phone", "title", "account"),
    )
)

# Our own people belong to no account: whoever may see resources sees all of them.
resource_searched = searched(
    Source(
        kind="resource",
        table="accounts_resource",
        title="r.name",
        keys=("r.email",),
        fields=("name", "email"),
        account="NULL::bigint",
        only="TRUE",
    )
)
