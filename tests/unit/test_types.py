"""The nouns stay what the rooms agreed on: frozen, and complete."""

import dataclasses

import pytest

from shopsight import types

NOUNS = sorted(name for name, thing in vars(types).items() if dataclasses.is_dataclass(thing))


def test_every_noun_of_the_design_is_there():
    named = {"Photo", "Product", "Finding", "Embedding", "Event", "Kpi", "Variant", "Estimate", "Hit", "Viewer"}
    assert named <= set(NOUNS)


@pytest.mark.parametrize("name", NOUNS)
def test_a_noun_is_frozen_and_says_what_it_is(name):
    noun = getattr(types, name)
    assert noun.__dataclass_params__.frozen
    assert noun.__doc__
    assert not noun.__doc__.startswith(f"{name}("), "the docstring was left to dataclasses"


def test_two_products_do_not_share_their_attributes():
    first, second = types.Product("a", "Hat"), types.Product("b", "Cap")
    assert first.attributes is not second.attributes


def test_a_viewer_has_no_field_that_could_hold_a_face():
    assert {f.name for f in dataclasses.fields(types.Viewer)} == {"age_bands", "presentation"}


def test_empty_filters_are_no_condition():
    assert not any(getattr(types.Filters(), f.name) for f in dataclasses.fields(types.Filters))
