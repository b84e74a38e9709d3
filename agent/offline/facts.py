"""Facts of a contact without a model: the rules of `graphs.facts_said` have read them already."""

TITLE = "# Facts that a WhatsApp contact told about themselves"
NOTHING = '{"facts": []}'


def is_facts_prompt(page: str) -> bool:
    return page.lstrip().startswith(TITLE)
