"""The KPI table reads the same for people and for code."""

from shopsight.kpis import KPIS


def test_the_table_is_found_by_name_and_every_kpi_says_what_it_counts():
    assert all(name == kpi.name and kpi.numerator and kpi.denominator and kpi.unit for name, kpi in KPIS.items())


def test_what_a_shop_wants_less_of_is_marked_so():
    assert {name for name, kpi in KPIS.items() if not kpi.higher_is_better} == {
        "abandoned_cart",
        "unsubscribe",
        "return",
    }
