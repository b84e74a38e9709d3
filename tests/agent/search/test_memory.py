"""Rows that were read are kept as long as there is room, and as long as they are true."""

from agent.search.memory import DRAWER_BYTES, Memory


def test_what_is_kept_of_another_version_is_gone() -> None:
    memory = Memory()
    memory.open("shoes", 1).put("row", "azul", [17], 10)
    assert memory.open("shoes", 1).find("row", {"azul", "rojo"}) == ({"azul": [17]}, {"rojo"})
    assert memory.bytes == DRAWER_BYTES + 10
    assert memory.open("shoes", 2).find("row", {"azul"}) == ({}, {"azul"})
    assert memory.bytes == DRAWER_BYTES


def test_a_search_that_goes_on_with_an_older_version_takes_no_room() -> None:
    memory = Memory()
    older = memory.open("shoes", 1)
    memory.open("shoes", 2)
    older.put("row", "azul", [17], 10)
    assert older.find("row", {"azul"}) == ({"azul": [17]}, set())
    assert memory.bytes == DRAWER_BYTES


def test_the_shelf_that_was_not_asked_for_longest_makes_room_then_the_oldest_rows_of_the_one_that_is_left() -> None:
    memory = Memory(most_bytes=2 * DRAWER_BYTES + 100)
    for name in ("shoes", "books", "lamps"):
        memory.open(name, 1).put("row", "azul", name, 40)
    memory.open("shoes", 1)
    memory.tidy()
    assert memory.open("books", 1).find("row", {"azul"}) == ({}, {"azul"})
    assert memory.open("shoes", 1).find("row", {"azul"}) == ({"azul": "shoes"}, set())
    drawer = memory.open("lamps", 1)
    for word in ("rojo", "verde", "negro"):
        drawer.put("row", word, word, DRAWER_BYTES)
    memory.tidy()
    assert drawer.find("row", {"azul", "rojo", "verde", "negro"})[0] == {"negro": "negro"}
    assert memory.bytes == 2 * DRAWER_BYTES


def test_a_shelf_larger_than_the_room_keeps_what_was_read_last_of_words_and_of_facts() -> None:
    memory = Memory(most_bytes=2 * DRAWER_BYTES + 100)
    for word in ("azul", "rojo", "verde", "negro"):
        texts, facts = memory.open("texts of shoes", 1), memory.open("facts of shoes", 1)
        facts.put("column", "#here", [1], 20)
        texts.put("row", word, word, 30)
        memory.tidy()
    assert memory.open("texts of shoes", 1).find("row", {"azul", "rojo", "verde", "negro"})[1] == {"azul", "rojo"}
    assert memory.open("facts of shoes", 1).find("column", {"#here"})[1] == set()


def test_shops_of_which_nothing_was_found_take_room_too() -> None:
    memory = Memory(most_bytes=10 * DRAWER_BYTES)
    for shop in range(100):
        memory.open(shop, 1)
        memory.tidy()
    assert memory.bytes == 10 * DRAWER_BYTES
