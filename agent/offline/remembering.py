"""What a customer tells about themselves for the next time: with their yes, until they take it back."""

import re
from collections.abc import Callable

from agent.offline.intents import SMALL_TALK, agrees, refuses
from agent.offline.talk import Talk
from agent.offline.text import fold

Play = Callable[[Talk], str]
FORGET = re.compile(
    r"\b(?:olvid\w* (?:de )?(?:mis datos|mi informacion|lo que (?:ya )?sab\w+|todo lo que|"
    r"mi talla|mi alergia|mi\b)|"
    r"(?:borr|elimin)\w* (?:todos )?(?:mis datos|mi informacion|lo que sab\w+)|"
    r"no (?:me recuerd\w+|guard\w+ (?:nada|mis datos|eso)|record\w+ nada)|"
    r"esque\w* (?:de )?(?:os |todos os )?(?:meus dados|minhas informacoes|o que (?:voce |vc )?sab\w+|"
    r"tudo (?:o que )?|de mim|mim)|apag\w* (?:os |todos os )?meus dados|"
    r"nao (?:guard\w+|salv\w+|lembr\w+) (?:nada|de mim|meus dados|isso)|"
    r"forget (?:about )?(?:me\b|what you know|my (?:details|data|info\w*|size|allergy)|everything)|"
    r"(?:delete|erase|remove) (?:all )?my (?:details|data|info\w*)|"
    r"(?:do not|don t|dont) (?:remember|keep|save|store) (?:me\b|my\b|any\w*))"
)
REMEMBER = re.compile(
    r"\b(?:(?:guard|record|recuerd|conserv)\w* (?:mis datos|mi informacion|mi talla|mi alergia|ese dato|este dato)|"
    r"(?:guard|salv|lembr)\w* (?:os )?(?:meus dados|minhas informacoes|meu tamanho|minha alergia|esse dado|este dado)|"
    r"(?:remember|save|keep|store) my (?:details|data|info\w*|size|allergy)|"
    r"recuerdame para la proxima|lembre de mim|remember me)\b"
)
TOLD = (
    (
        "allergy",
        re.compile(
            r"(?i)\b(?:(?:soy|sou|i'?m|i am|somos|we are) (?:muy |muito |very )?(?:al[eé]rgic[oa]s?|allergic)|"
            r"(?:tengo|tenho) alergia) (?:al|a la|a las|a los|aos?|às?|a|to) ([^.,;!?\n]{2,60})"
        ),
    ),
    (
        "size",
        re.compile(
            r"(?i)\b(?:calzo(?: del?)?|calço|mi talla es(?: la)?|meu tamanho é|meu número é|my size is|"
            r"i wear(?: a)?(?: size)?|i'?m a size|uso talla|"
            r"uso tamanho|visto) (?:el |o )?([a-z]{1,3}\b|\d{1,2}(?:[.,]5)?)"
        ),
    ),
)
"""What is worth keeping, and how people say it."""


def forget(talk: Talk) -> str:
    """At any time and at once."""
    done = talk.use("forget_contact_details")
    return talk.say("problem") if done.failed else talk.say("forgotten")


def agreed(talk: Talk) -> str:
    """Their yes to the question, or their own wish; what they told before is kept with it."""
    question = next(
        (one for one in talk.briefing.proposals if "remember_contact" in one.covers and one.answerable), None
    )
    done = talk.use("remember_contact", proposal_id=question.id if question else None)
    if done.failed:
        return talk.say("not_kept")
    for detail in dict.fromkeys(told for turn in talk.thread.turns for told in _told("\n".join(turn.said))):
        talk.use("save_contact_detail", key=detail[0], value=detail[1])
    return talk.say("remembering")


def declined(talk: Talk) -> str:
    return talk.say("not_kept")


def detail(talk: Talk) -> str:
    """They told something about themselves."""
    if talk.briefing.memory == "agreed":
        saved = [talk.use("save_contact_detail", key=key, value=value) for key, value in _told(talk.text)]
        return talk.say("noted") if not any(one.failed for one in saved) else talk.say("understood")
    if talk.briefing.memory == "may_ask" and talk.can("ask_to_remember") and not talk.pending:
        asked = talk.use("ask_to_remember")
        if not asked.failed:
            return f"{talk.say('understood')} {talk.say('may_forget')} {talk.say('ask_memory')}"
    return talk.say("understood")


def play(talk: Talk) -> Play | None:
    """What to do about being remembered; None if the turn is about something else."""
    words = fold(talk.text)
    if talk.can("forget_contact_details") and FORGET.search(words):
        return forget
    if not talk.can("remember_contact") or "?" in talk.text:
        return None
    if REMEMBER.search(words) and "no" not in talk.intents:
        return agreed
    if talk.asked == "ask_memory":
        if agrees(talk.turn.said, talk.intents, talk.phrases, talk.asked):
            return agreed
        if refuses(talk.turn.said, talk.intents, talk.phrases):
            return declined
    bare = not talk.intents - SMALL_TALK - {"remove", "replace", "add"}
    return detail if bare and _told(talk.text) and not talk.asked.startswith("ask_") else None


def _told(text: str) -> list[tuple[str, str]]:
    return [(key, " ".join(found[1].split())) for key, pattern in TOLD if (found := pattern.search(text))]
