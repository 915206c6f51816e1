"""Searches through the shop's own door, on a small real shop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from eyes import draw, keep, sell

from shopsight.errors import BadInput, BadPhoto, NotFound, TooLarge
from shopsight.images.decode import encode
from shopsight.shop import LOOK_SIDE_PX, Shop, cut, open_shop
from shopsight.types import Answer, Filters, Product


def skus(answer: Answer) -> list[str]:
    return [hit.product.sku for hit in answer.hits]


def test_a_photo_finds_its_product_first_and_says_why(shop: Shop) -> None:
    answer = shop.find(draw("tall", "red"))
    best = answer.hits[0]
    assert skus(answer)[0] == "red-tall"
    assert answer.verdict == "found"
    assert best.match_probability > 0.5
    assert best.photo in best.product.photos
    assert {because.words for because in best.because} == {"also a dress", "also red", "nearly the same shape"}
    assert answer.engine == "eyes/1"


def test_hits_come_best_first_once_each_and_no_more_than_asked(shop: Shop) -> None:
    answer = shop.find(draw("round", "red"), k=5)
    assert len(answer.hits) == len(set(skus(answer))) == 5
    assert [h.score for h in answer.hits] == sorted((h.score for h in answer.hits), reverse=True)
    chances = [h.match_probability for h in answer.hits]
    assert chances == sorted(chances, reverse=True)
    assert len(shop.find(draw("round", "red"), k=500).hits) == 9


def test_bytes_a_path_and_pixels_are_the_same_photo(shop: Shop, tmp_path: Path) -> None:
    pixels = draw("wide", "green")
    data = encode(pixels, "image/png")
    (tmp_path / "query.png").write_bytes(data)
    answers = [shop.find(p) for p in (pixels, data, tmp_path / "query.png", str(tmp_path / "query.png"))]
    assert all(answer.hits == answers[0].hits for answer in answers)


def test_words_beside_a_photo_bend_it(shop: Shop) -> None:
    answer = shop.find(draw("tall", "red"), "like this but blue")
    assert skus(answer)[0] == "blue-tall"
    assert answer.understood == "blue"
    assert "blue, as asked" in [because.words for because in answer.hits[0].because]
    assert "also red" not in [because.words for because in answer.hits[0].because]


def test_words_can_say_what_is_not_wanted(shop: Shop) -> None:
    answer = shop.find(draw("tall", "red"), "not red")
    assert skus(answer)[0] in ("blue-tall", "green-tall")
    assert answer.understood == "not red"


def test_words_can_ask_for_another_kind(shop: Shop) -> None:
    assert skus(shop.find(draw("tall", "red"), "the same as a hat"))[0].endswith("-round")


def test_words_that_ask_for_nothing_change_nothing(shop: Shop) -> None:
    photo = draw("wide", "blue")
    assert shop.find(photo, "something like this").hits == shop.find(photo).hits


def test_filters_hold_for_every_way_of_searching(shop: Shop) -> None:
    only = Filters(brands=("Green",))
    photo = draw("tall", "red")
    answers = (
        shop.find(photo, filters=only),
        shop.find(photo, "but red", filters=only),
        shop.find(words="item", filters=only),
        shop.more_like("red-tall", filters=only),
    )
    for answer in answers:
        assert {hit.product.brand for hit in answer.hits} == {"Green"}
        assert len(answer.hits) == 3


def test_filters_that_nothing_passes_give_an_honest_nothing(shop: Shop) -> None:
    answer = shop.find(draw("tall", "red"), filters=Filters(brands=("Nobody",)))
    assert (answer.verdict, answer.hits) == ("nothing like it", ())
    assert shop.find(draw("tall", "red"), "but blue", filters=Filters(brands=("Nobody",))).hits == ()


def test_a_box_looks_at_a_part_of_the_photo(shop: Shop) -> None:
    both = np.concatenate([draw("tall", "red"), draw("round", "blue")], axis=1)
    answer = shop.find(encode(both, "image/png"), box_px=(96, 0, 192, 96))
    assert skus(answer)[0] == "blue-round"
    assert answer.box_px == (96, 0, 192, 96)


def test_a_box_counts_in_pixels_of_the_whole_photo_however_large_it_is(shop: Shop) -> None:
    side = 4 * LOOK_SIDE_PX
    both = np.concatenate([draw("tall", "red", side), draw("round", "blue", side)], axis=1)
    assert skus(shop.find(encode(both), box_px=(side, 0, 2 * side, side)))[0] == "blue-round"


@pytest.mark.parametrize("box", [(5, 5, 5, 50), (50, 5, 5, 50), (200, 200, 300, 300), (-9, -9, 0, 0)])
def test_a_box_with_nothing_in_it_is_refused(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(BadInput, match="holds nothing"):
        cut(draw("tall", "red"), box)


def test_a_box_that_reaches_out_is_clipped() -> None:
    assert cut(draw("tall", "red"), (-5, -5, 500, 40)).shape == (40, 96, 3)


def test_more_like_this_leaves_the_product_itself_out(shop: Shop) -> None:
    answer = shop.more_like("red-round", k=8)
    assert "red-round" not in skus(answer)
    assert len(answer.hits) == 8
    assert answer.hits[0].product.sku.endswith("-round")
    assert answer.verdict != "found"


def test_more_like_a_product_that_was_not_looked_at_yet_looks_now(shop: Shop) -> None:
    photo = keep(shop, draw("round", "black"))
    shop.catalogue.save([Product("new", "New", photos=(photo.id,))])
    assert skus(shop.more_like("new"))[0].endswith("-round")


def test_more_like_a_product_without_photos_goes_by_its_words(shop: Shop) -> None:
    shop.catalogue.save([Product("bare", "Item rt")])
    answer = shop.more_like("bare")
    assert "bare" not in skus(answer)
    assert "red-tall" in skus(answer)


def test_changes_are_seen_by_the_next_search(shop: Shop) -> None:
    black = draw("round", "black")
    assert shop.find(black).hits[0].product.sku != "black-round"
    sell(shop, "black-round", black)
    assert skus(shop.find(black))[0] == "black-round"
    shop.catalogue.remove(["black-round"])
    assert "black-round" not in skus(shop.find(black, k=50))


def test_words_alone_find_by_text_and_by_what_was_recognised(shop: Shop) -> None:
    assert skus(shop.find(words="item gw"))[0] == "green-wide"
    assert skus(shop.find(words="blue hat"))[0] == "blue-round"
    answer = shop.find(words="zzzzqqq")
    assert (answer.verdict, answer.hits) == ("nothing like it", ())


def test_every_part_is_timed(shop: Shop) -> None:
    photo, words = shop.find(draw("tall", "red")), shop.find(words="red")
    for answer in (photo, words):
        assert set(answer.ms) == {"decode", "embed", "search", "total"}
        assert answer.ms["total"] >= max(answer.ms["decode"], answer.ms["embed"], answer.ms["search"]) > 0
    assert words.ms["embed"] == words.ms["decode"] == 0


def test_what_cannot_be_searched_with_is_refused(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="neither a photo nor words"):
        shop.find(words="   ")
    with pytest.raises(BadInput, match="0 hits"):
        shop.find(words="red", k=0)
    with pytest.raises(NotFound, match="no such picture"):
        shop.find(tmp_path / "nowhere.jpg")
    with pytest.raises(BadPhoto):
        shop.find(b"<html>not a picture</html>")
    with pytest.raises(NotFound):
        shop.more_like("nobody")


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "big.jpg").write_bytes(b"0" * 2000)
    with (
        open_shop(tmp_path / "shop", engine="histogram", max_photo_bytes=1000) as shop,
        pytest.raises(TooLarge, match="more than 1000 bytes"),
    ):
        shop.find(tmp_path / "big.jpg")


def test_an_empty_shop_answers(tmp_path: Path) -> None:
    with open_shop(tmp_path / "shop", engine="histogram") as shop:
        for answer in (shop.find(draw("tall", "red")), shop.find(draw("tall", "red"), "blue"), shop.find(words="red")):
            assert (answer.verdict, answer.hits) == ("nothing like it", ())


def test_a_closed_shop_opens_again(shop: Shop) -> None:
    shop.close()
    assert shop.counts()["products"] == 9
