"""The KPI table: name, what is counted, out of what, the unit, and which direction is good; and the events behind."""

from __future__ import annotations

import re

from shopsight.types import EventKind, Kpi

EVENT_KINDS: dict[str, EventKind] = {
    k.name: k
    for k in (
        EventKind("impression", "a product was shown in a list", also=("shown", "view_item_list")),
        EventKind("click", "a product in a list was clicked", "", True, ("select_item", "product_click", "select")),
        EventKind("view", "a product's page was opened", "", True, ("page_view", "pageview", "view_item", "detail")),
        EventKind("cart", "it was put into a cart", "", True, ("add_to_cart", "addtocart", "add", "basket")),
        EventKind("abandon", "a cart with it was left", also=("abandoned_cart", "cart_abandoned", "abandoned")),
        EventKind("purchase", "it was bought", "money", True, ("order", "buy", "bought", "transaction", "sale")),
        EventKind("return", "it was sent back", "money", also=("returned", "refund", "sent_back")),
        EventKind("mail_delivered", "a mail that shows it arrived", also=("delivered", "mail", "sent")),
        EventKind("mail_open", "that mail was opened", also=("open", "opened")),
        EventKind("unsubscribe", "the mails were cancelled", also=("unsubscribed", "opt_out")),
        EventKind("feedback_positive", "somebody liked it", also=("like", "thumbs_up", "positive")),
        EventKind("feedback_negative", "somebody did not", also=("dislike", "thumbs_down", "negative")),
        EventKind("search_position", "its place in a search result, from 1", "position", also=("position", "rank")),
    )
}
"""What can happen, as data."""

FEEDBACK = ("feedback_positive", "feedback_negative")
SEARCHED = ("search_position",)

KPIS: dict[str, Kpi] = {
    k.name: k
    for k in (
        Kpi("traffic", "views", "days", "views per day", True, ("view",), (), "poisson"),
        Kpi("click_through", "clicks", "impressions", "share", True, ("click",), ("impression",)),
        Kpi("conversion", "purchases", "views", "share", True, ("purchase",), ("view",)),
        Kpi("add_to_cart", "carts", "views", "share", True, ("cart",), ("view",)),
        Kpi("abandoned_cart", "abandoned carts", "carts", "share", False, ("abandon",), ("cart",)),
        Kpi("open", "opens", "mails delivered", "share", True, ("mail_open",), ("mail_delivered",)),
        Kpi("unsubscribe", "unsubscribes", "mails delivered", "share", False, ("unsubscribe",), ("mail_delivered",)),
        Kpi("revenue_per_view", "revenue", "views", "money per view", True, ("purchase",), ("view",), "gaussian", True),
        Kpi("positive_feedback", "positive feedback", "feedback", "share", True, ("feedback_positive",), FEEDBACK),
        Kpi("return", "returns", "purchases", "share", False, ("return",), ("purchase",)),
        Kpi("search_position", "places", "search results", "place", False, SEARCHED, SEARCHED, "gaussian", True),
    )
}


def event_kind(said: str) -> EventKind | None:
    """The kind that a log means by a word, or none.

    >>> event_kind("Add to Cart").name
    'cart'
    """
    word = re.sub(r"[^a-z0-9]+", "_", said.strip().lower()).strip("_")
    return _KNOWN.get(word) or _KNOWN.get(word.removesuffix("s"))


_KNOWN = {name: kind for kind in EVENT_KINDS.values() for name in (kind.name, *kind.also)}
