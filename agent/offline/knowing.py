"""What the business has written down: the sentences of a passage that answer a question, with their source, and the
file they stand in."""

import re
from typing import Any

from agent.offline.slots import content_words
from agent.offline.talk import Talk
from agent.offline.text import Term, coverage, fold, stems

LONGEST_QUESTION = 300
SURE = 0.6
"""Share of the question's words that a passage must have."""
LONGEST_ANSWER = 320
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_DOCUMENT = re.compile(
    r"\b(?:documentos?|archivos?|pdf|manual|guia|arquivos?|documents?|files?|guide|catalog(?:o|os|ue|ues|s)?|"
    r"folletos?|folhetos?|brochures?|flyers?|lista de prec(?:i)?os|price lists?)\b"
)
_FILE = re.compile(r"- (\S+): (.*) (\{.*\})")
_SEND = re.compile(
    r"\b(?:mand\w+|envi\w+|pas[ae]\w*|compart\w+|send|share|quero|quiero|want|puedes? dar|have the|tem o|tienen el)\b"
)

Passage = dict[str, Any]


def answer(talk: Talk) -> str | None:
    """Of a question; None if it is none, or nothing that is written down says it."""
    if not talk.can("search_knowledge"):
        return None
    question = talk.matter[:LONGEST_QUESTION]
    terms = talk.terms(content_words(question, talk.phrases))
    if not terms:
        return None
    found = talk.use("search_knowledge", question=question)
    passages: list[Passage] = found.result.get("passages") or []
    fitting = [(coverage(terms, _words(one)), one) for one in passages]
    best = max(fitting, key=lambda each: each[0], default=(0.0, {}))
    if best[0] < SURE:
        return None
    passage = best[1]
    told = _told(passage, terms)
    if found.result.get("name_the_source", True):
        told = talk.say("written", source=passage["source"], text=told)
    if passage.get("language") not in (None, talk.language):
        told = f"{talk.say('in_our_words')}\n{told}"
    offer = [talk.say("ask_file")] if passage.get("file_id") and talk.can("send_file") else []
    return "\n\n".join([told, *offer])


def wants_file(talk: Talk) -> bool:
    """Whether they ask for a document itself, or agree to have that sent in whose words they were answered before."""
    words = fold(talk.text)
    asked = _DOCUMENT.search(words) is not None and _SEND.search(words) is not None
    if asked and not (_listed(talk) or _file(talk)):
        rest = content_words(_SEND.sub(" ", _DOCUMENT.sub(" ", words)), talk.phrases)
        asked = not rest  # `quiero la guía de Oaxaca` may be a book
    agreed = talk.asked == "ask_file" and "yes" in talk.intents and "no" not in talk.intents
    return asked or (agreed and talk.can("send_file") and _file(talk) is not None)


def send(talk: Talk) -> str:
    """The file that is asked for by what it is called, else that of the last passage that has one; or that there is
    none."""
    listed = _listed(talk)
    file = listed or _file(talk)
    if file is None or not talk.can("send_file"):
        return f"{talk.say('no_file')} {talk.say('ask_person')}"
    sent = talk.use("send_file", file_ids=[file["file_id"]])
    if sent.failed:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    return talk.say("file_listed") if listed else talk.say("file_sent", name=file["title"])


def _listed(talk: Talk) -> Passage | None:
    """Of the files that the page lists the one whose name or caption has most of the words."""
    lines = talk.briefing.sections.get("Files you may send", "").splitlines()
    files = [found.groups() for line in lines if (found := _FILE.fullmatch(line))]
    kinds = [*_DOCUMENT.findall(fold(talk.text)), *content_words(talk.text, talk.phrases)]
    terms = [term for term in talk.terms(kinds) if not _SEND.fullmatch(term[0])]
    told = [(coverage(terms, stems(f"{name} {caption}".replace(".", " "))), key) for key, name, caption in files]
    share, key = max(told, default=(0.0, ""))
    return {"file_id": key} if share else None


def _file(talk: Talk) -> Passage | None:
    """The passage whose source was told last, if its file may be sent."""
    for step in reversed(talk.history("search_knowledge")):
        for passage in step.result.get("passages") or []:
            if passage.get("file_id"):
                return dict(passage)
    return None


def _told(passage: Passage, terms: list[Term]) -> str:
    """The sentence that has most of what was asked; of a FAQ its answer."""
    sentences = [one.strip(" -") for one in _SENTENCE.split(str(passage["text"])) if one.strip(" -")]
    if passage.get("kind") == "faq" or not sentences:
        return str(passage["text"])[:LONGEST_ANSWER]
    first = max(range(len(sentences)), key=lambda at: coverage(terms, stems(sentences[at])))
    return sentences[first]


def _words(passage: Passage) -> Term:
    return stems(" ".join(str(passage.get(name) or "") for name in ("title", "heading", "text")))
