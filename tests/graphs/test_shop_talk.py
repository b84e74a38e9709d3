"""The observer against drafts of three more shops, half of them as people type: nothing wrong leaves, and of what is
true at most one in a hundred is stopped."""

import pytest

from graphs.observer import judge
from tests.graphs.shop_talk.drafts import Draft, all_drafts
from tests.graphs.shop_talk.ground import ground


def passes(draft: Draft) -> bool:
    known = ground(draft.language)
    evidence, said = known.evidence(list(draft.situations)), known.said(list(draft.said))
    return judge(draft.text, evidence, said, known.context).passed


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_a_shop_where_people_type(language: str) -> None:
    drafts = all_drafts(language)
    true, wrong = [one for one in drafts if one.true], [one for one in drafts if not one.true]
    assert len(true) >= 300
    assert len(wrong) >= 550
    assert [(one.kind, one.text) for one in wrong if passes(one)] == []
    stopped = [one.text for one in true if not passes(one)]
    assert len(stopped) <= len(true) / 100, stopped
