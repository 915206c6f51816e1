"""The KPI table: name, what is counted, out of what, the unit, and which direction is good."""

from __future__ import annotations

from shopsight.types import Kpi

KPIS: dict[str, Kpi] = {
    k.name: k
    for k in (
        Kpi("traffic", "views", "days", "views per day", True),
        Kpi("click_through", "clicks", "impressions", "share", True),
        Kpi("conversion", "purchases", "views", "share", True),
        Kpi("add_to_cart", "carts", "views", "share", True),
        Kpi("abandoned_cart", "abandoned carts", "carts", "share", False),
        Kpi("open", "opens", "mails delivered", "share", True),
        Kpi("unsubscribe", "unsubscribes", "mails delivered", "share", False),
        Kpi("revenue_per_view", "revenue", "views", "money per view", True),
        Kpi("return", "returns", "purchases", "share", False),
    )
}
