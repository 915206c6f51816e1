"""Find products from Python: by a photo, by words, by a photo that words bend."""

from shopsight import open_shop
from shopsight.types import Answer


def show(question: str, answer: Answer) -> None:
    print(f"{question}: {answer.verdict}")
    for hit in answer.hits[:3]:
        reasons = ", ".join(because.words for because in hit.because)
        print(f"  {hit.match_probability:4.0%}  {hit.product.title}  ({reasons})")


with open_shop("shop") as shop:
    show("this photo", shop.find("examples/query.jpg"))
    show("words", shop.find(words="striped t-shirt"))
    show("this photo, but red", shop.find("examples/query.jpg", "but in red"))
