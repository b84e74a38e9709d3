"""Requests as they are kept: the same in every run, without secrets and people, and told again with today's values."""

import json

from evals.tapes.canonical import Names
from evals.tapes.streams import read_events, write_event

PAGE = "# Sol\nNow: Tuesday, 24 November 2026, {} (America/Mexico_City)\nOpen until 20:00."
ASKED = {
    "messages": [
        {"role": "system", "content": PAGE.format("11:03")},
        {
            "role": "tool",
            "tool_call_id": "call_ab12cd34ef",
            "content": json.dumps(
                {
                    "proposal_id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0001",
                    "code": "Q-7KM4XP",
                    "link": "http://127.0.0.1:8123/pay/cs_a1B2",
                    "starts": "2026-11-26T14:00:00-06:00",
                    "expires": "2026-11-24T17:12:31.123Z",
                    "of": "+5215500000001, ana@example.com",
                }
            ),
        },
    ]
}


def test_what_another_run_has_otherwise_is_taken_out_and_the_rest_stays() -> None:
    kept = json.dumps(Names().hide(ASKED), ensure_ascii=False)
    for volatile in ("11:03", "0199aaaa", "7KM4XP", "127.0.0.1", "17:12", "+521550", "ana@", "call_ab12"):
        assert volatile not in kept
    for word in ("Tuesday, 24 November 2026", "Open until 20:00", "2026-11-26T14:00:00-06:00"):
        assert word in kept


def test_two_plays_of_the_same_chat_ask_the_same() -> None:
    changes = {"11:03": "11:07", "0199aaaa": "0199ffff", "7KM4XP": "9CD3WZ", "8123": "9001", "ab12cd34ef": "zz98yy76xx"}
    text = json.dumps(ASKED)
    for was, now in changes.items():
        text = text.replace(was, now)
    assert Names().hide(json.loads(text)) == Names().hide(ASKED)
    assert Names().hide(json.loads(text.replace("24 November", "25 November"))) != Names().hide(ASKED)


def test_what_is_reckoned_behind_a_turn_is_no_difference() -> None:
    told = ('{"name": "Bia", "stage": "quoted", "memory": "ask"}', '{"name": "Bia", "memory": "ask"}')
    assert Names().hide(told[0]) == Names().hide(told[1])
    assert Names().hide('{"name": "Bia", "stage": "new"}') == '{"name": "Bia"}'


def test_an_id_that_was_cut_short_with_a_long_result_is_an_id() -> None:
    told = ('"stock":7},{"id":"01a1ffdc-c692-7157-bb68-815ed2…', '"stock":7},{"id":"01a1ffdf-2034-7436-a674-243522…')
    assert Names().hide(told[0]) == Names().hide(told[1]) == '"stock":7},{"id":"⟦id 1⟧…'


def test_keys_are_never_kept() -> None:
    kept = Names().hide({"note": "use sk-proj-abcdefghijklmnop1234 and Bearer eyJhbGciOi.x"})
    assert "abcdefghijklmnop" not in kept["note"]
    assert "eyJhbGciOi" not in kept["note"]


def test_an_answer_is_told_with_the_values_of_the_request_that_asks() -> None:
    recorded, today = Names(), Names()
    recorded.hide(ASKED)
    answer = recorded.hide({"id": "chatcmpl-Xy12345", "say": "Q-7KM4XP", "call": "call_new1234567"})
    today.hide(json.loads(json.dumps(ASKED).replace("Q-7KM4XP", "Q-9CD3WZ")))
    told = today.tell(answer, 3)
    assert told["say"] == "Q-9CD3WZ"
    assert told["call"] not in (today.tell(answer, 4)["call"], "call_new1234567")


def test_an_id_that_a_stream_cut_in_two_is_told_whole() -> None:
    halves = ['{"proposal_id": "0199aaaa-bb', 'bb-7ccc-8ddd-eeeeffff0001"}']
    deltas = [{"choices": [{"index": 0, "delta": {"content": half}}]} for half in halves]
    stream = "".join(f"data: {json.dumps(delta)}\r\n\r\n" for delta in deltas) + "data: [DONE]\r\n\r\n"
    recorded, today = Names(), Names()
    recorded.hide(ASKED)
    events = recorded.hide(read_events(stream))
    assert "0199aaaa" not in json.dumps(events)
    today.hide(json.loads(json.dumps(ASKED).replace("0199aaaa", "0199ffff")))
    said = [event["data"] for event in read_events("".join(map(write_event, today.tell(events, 1))))]
    assert said[-1] == "[DONE]"
    whole = "".join(event["choices"][0]["delta"]["content"] for event in said[:-1])
    assert whole == "".join(halves).replace("0199aaaa", "0199ffff")
