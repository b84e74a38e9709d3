"""How people promise a person or a message, or say that something was noted: no less a claim than "booked".

Rows as in `done_phrases.py`.
"""

import re

from graphs.claims.done_words import I_HAVE, NEAR, PERSON

PROMISES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (claim, re.compile(pattern, re.M))
    for claim, pattern in (
        # a person takes over
        (
            "handed_off",
            (
                rf"\b(?:te|le|lo|la|tu|su) (?:ya )?(?:paso|comunico|transfiero|conecto|pase|comunique|transferi|"
                rf"conecte|derivo|derive|canalizo|canalice|estoy (?:pasando|comunicando|transfiriendo|conectando)|"
                rf"voy a (?:pasar|comunicar|transferir|conectar|canalizar)|he (?:pasado|transferido|"
                rf"comunicado))\b{NEAR}\b{PERSON}\b"
            ),
        ),
        (
            "handed_off",
            (
                rf"\b(?:ya |he |hemos )*(?:avise|avisado|avisamos|notifique|notificado|informe|pase|paso|comparti|"
                rf"comparto|escale|turne)\s(?:ya )?(?:a |al |tu |su |el |la )+{NEAR}\b{PERSON}\b"
            ),
        ),
        (
            "handed_off",
            (
                rf"\b{PERSON}\b[^.!?;\n]{{0,35}}\b(?:te|le|lo|les|se) (?:va a |van a )?(?:pondra en contacto|"
                rf"comunicara|atend\w+|contact\w+|respond\w+|escrib\w+|ayud\w+|atiend\w+|llamara|lhe)\b"
            ),
        ),
        (
            "handed_off",
            (
                rf"\b(?:vou|estou|ja|acabei de|irei) (?:te |lhe |a |o )?(?:transferi\w*|passar|passando|passei|"
                rf"encaminh\w+|conectar|conectando|chamar|chamei|avisei|avisar|acion\w+|"
                rf"repass\w+)\b{NEAR}\b{PERSON}\b"
            ),
        ),
        (
            "handed_off",
            (
                rf"\b(?:encaminhei|transferi|avisei|chamei|acionei|repassei|notifiquei)\b{NEAR}\b{PERSON}\b|"
                rf"\b{PERSON}\b[^.!?;\n]{{0,30}}\b(?:vai|ira|vao|irao|entrara|entra|te responde|responde|continua|"
                rf"assume|falara)\s?(?:te |lhe |por |em )?(?:\w+)\b"
            ),
        ),
        (
            "handed_off",
            (
                rf"\b(?:i'm|i am|i'll|i will|i've|i have|we've|we have|we're|let me|im)\s(?:now |just |already |"
                rf"going to )*(?:transfer\w*|hand(?:ed|ing)?|pass(?:ed|ing)?|connect\w*|forward\w*|notif\w+|"
                rf"escalat\w+|get|put|alert\w*)\b{NEAR}\b{PERSON}\b"
            ),
        ),
        ("handed_off", rf"\b{PERSON}\b[^.!?;\n]{{0,25}}\b(?:will|is going to|has been notified|'ll|shortly)\b"),
        (
            "handed_off",
            rf"\b(?:le|les) (?:aviso|avise|digo|dije|pido|pedi|paso|pase)\s(?:ya )?(?:a|al|tu|su|el|"
            rf"la)\b{NEAR}\b{PERSON}\b|"
            rf"\bte (?:atiende|atendera|contacta|contactara|llama|llamara|escribe|escribira|responde|respondera)\s"
            rf"(?:un|una|el|la|mi|nuestr[oa]|alguien)\b{NEAR}{PERSON}?\b",
        ),
        (
            "handed_off",
            rf"\b(?:ja |acabei de )?(?:passei|passo|encaminho|repasso|avisei|falei com)\s(?:o |a |com |seu |"
            rf"sua |para |pra |ao )*"
            rf"{NEAR}\b{PERSON}\b|\b(?:hable|hablamos|ya hable|falei|i (?:spoke|talked)) (?:con|com|with|"
            rf"to)\b{NEAR}\b{PERSON}\b|"
            rf"\b(?:my|our|mi|nuestr[oa]|a|o|meu|minha) {PERSON} (?:approved|autorizo|aprobo|aprovou|"
            rf"autorizou|agreed|libero|liberou)\b",
        ),
        (
            "handed_off",
            r"\b(?:ahorita|ya|ja|en breve|pronto|en un momento|logo|em breve)\s(?:te|le|lhe)\s(?:contactan|"
            r"llaman|marcan|"
            r"escriben|atienden|responden|retornam|chamam|respondem|ligam|atendem)\b",
        ),
        ("follow_up", r"\bte (?:aviso|chamo|escribo|mando mensaje)\b(?= (?:cuando|quando|en cuanto|assim que|apenas))"),
        # follow-ups and details
        (
            "follow_up",
            (
                r"\b(?:te|le|lhe) (?:voy a )?(?:recordare|recordar|escribire|avisare|contactare|lembrarei|"
                r"avisarei)\b|\b(?:programe|programado|agende|he programado|agendei|programei|criei) (?:un |el |tu "
                r"|um |o |seu )?(?:recordatorio|seguimiento|lembrete|retorno)\b|\bvou te (?:lembrar|avisar|chamar|"
                r"mandar um lembrete|enviar um lembrete)\b|\bi(?:'ll| will) (?:remind|follow up|get back|check "
                r"back|message you|let you know)\b|\b(?:reminder|follow-up|recordatorio|seguimiento|lembrete) "
                r"(?:is |has been |esta |quedo |foi |ficou )?(?:set|scheduled|programad[oa]|agendad[oa]|criado)\b"
            ),
        ),
        (
            "saved",
            (
                rf"\b(?:(?:he|hemos) (?:guardado|registrado|anotado|actualizado)|guarde|salvei|anotei|registrei|"
                rf"atualizei|{I_HAVE} (?:saved|noted|updated|recorded))\s(?:el|tu|tus|su|sus|la|los|o|a|seu|sua|"
                rf"seus|suas|your|the)\b|\b(?:tu|su|seu|sua|your) (?:\w+ ){{1,3}}(?:quedo|ha sido|foi|ficou|esta|"
                rf"has been|is|was) (?:guardad[oa]|registrad[oa]|actualizad[oa]|salv[oa]|anotad[oa]|saved|updated|"
                rf"noted|recorded)\b"
            ),
        ),
    )
)
