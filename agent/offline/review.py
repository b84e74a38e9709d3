"""A review without a model: the rules have judged the draft already, so it passes."""

TITLE = "# Review of a draft for a WhatsApp customer"
PASSES = '{"verdict": "pass", "faults": []}'


def is_review_prompt(page: str) -> bool:
    return page.lstrip().startswith(TITLE)
