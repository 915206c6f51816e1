"""The KPI table reads the same for people and for code."""

from shopsight.kpis import EVENT_KINDS, KPIS, event_kind


def test_the_table_is_found_by_name_and_every_kpi_says_what_it_counts():
    assert all(name == kpi.name and kpi.numerator and kpi.denominator and kpi.unit for name, kpi in KPIS.items())


def test_what_a_shop_wants_less_of_is_marked_so():
    assert {name for name, kpi in KPIS.items() if not kpi.higher_is_better} == {
        "abandoned_cart",
        "unsubscribe",
        "return",
        "search_position",
    }


def test_every_kpi_is_made_of_events_that_there_are():
    for kpi in KPIS.values():
        assert kpi.counts
        assert set(kpi.counts) | set(kpi.out_of) <= set(EVENT_KINDS)
        assert kpi.sums_amount == any(EVENT_KINDS[kind].amount for kind in kpi.counts) or kpi.family == "binomial"


def test_no_two_kinds_of_event_share_a_name():
    names = [name for kind in EVENT_KINDS.values() for name in (kind.name, *kind.also)]
    assert len(names) == len(set(names))
    assert all(event_kind(name) is not None for name in names)
    assert event_kind("nothing of ours") is None
