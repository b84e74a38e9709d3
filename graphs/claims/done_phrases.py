"""How people say that something was done, in Spanish, Portuguese and English, without accents.

Each row is (what is claimed, pattern). A pattern matches statements; whether the sentence asks, offers, denies or
waits for something is judged by `done.py`.
"""

import re

from graphs.claims.done_words import ATTENDANCE, GAP, I_HAVE, NEAR, OPENING, ORDER, PAYMENT, VISIT, WAS
from graphs.claims.promise_phrases import PROMISES

PHRASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (claim, re.compile(pattern, re.M))
    for claim, pattern in (
        # paid
        (
            "paid",
            (
                rf"\b{PAYMENT}\b{NEAR}\b(?:recibid[oa]|confirmad[oa]|aprobad[oa]|acreditad[oa]|recebid[oa]|"
                rf"aprovad[oa]|compensad[oa]|received|confirmed|approved|successful|exitos[oa]|processed|"
                rf"procesad[oa]|completad[oa]|complete[d]?|went through|caiu|entro|llego|ingreso)\b"
            ),
        ),
        (
            "paid",
            (
                rf"\b(?:recibimos|recibi|recebemos|recebi|hemos recibido|he recibido|we received|we've received|we "
                rf"have received|i received|we got|ya tenemos|ya tengo|ja temos|confirmamos|confirmo|chegou|llego|"
                rf"entro|caiu)\s(?:el|tu|su|seu|sua|o|your|the|correctamente|bem|ya|ja|\s){{1,12}}{PAYMENT}\b"
            ),
        ),
        (
            "paid",
            (
                rf"\b{WAS}\s(?:ya |ja |completamente |totalmente |fully |already )?(?:(?:pagad[oa]s?|paid|"
                rf"liquidad[oa]s?|quitad[oa]s?)\b|pag[oa]s?\b(?! (?:contra|en|em|por|con|com|a la|na|al)))"
            ),
        ),
        (
            "paid",
            rf"\b(?:ya |ja )?(?:quedo|se reflejo|se registro|se acredito|cayo|caiu|entrou|entro|esta "
            rf"listo)\s(?:tu|su|el|seu|o|your)\s"
            rf"{PAYMENT}\b|\b{PAYMENT}\b{NEAR}\b(?:se reflejo|se acredito|se registro|ya quedo|foi aceito|ja foi)\b",
        ),
        (
            "paid",
            rf"\b{PAYMENT}\b{NEAR}\b(?:ya |ja )(?:cayo|llego|entro|esta|quedo|caiu|chegou)\b|"
            rf"{OPENING}(?:todo|tudo|all) (?:pagado|pago|paid)\b",
        ),
        (
            "paid",
            r"\b(?:cobramos|cobre|cobrei|hemos cobrado|se cobro|cargamos|debitamos|debitei|charged|debited)\b"
            r"[^.!?;\n]{0,20}\b(?:tu|su|seu|sua|your) (?:tarjeta|cartao|cuenta|conta|card|account)\b",
        ),
        # cancelled
        ("cancelled", rf"\b(?:{VISIT}|{ORDER})\b{GAP}\b(?:cancelad[oa]s?|anulad[oa]s?|cancell?ed)\b"),
        ("cancelled", rf"\b{WAS}\s(?:cancelad[oa]s?|anulad[oa]s?|cancell?ed)\b"),
        (
            "cancelled",
            (
                rf"\b(?:(?:he|hemos|ha) (?:cancelado|anulado)|cancelei|anulei|cancelamos|anulamos|{I_HAVE} "
                rf"(?:cancell?ed|voided|annulled))\b|\b(?:ya |te |la |lo |le |se )+(?:cancele|anule)\b(?=[^.!?;\n]*)|"
                rf"^\W*(?:cancele|anule)\b"
            ),
        ),
        ("cancelled", rf"{OPENING}(?:cancelad[oa]s?|anulad[oa]s?|cancell?ed)\b"),
        # attendance
        ("attendance", rf"\b{ATTENDANCE}\b{GAP}\b(?:confirmad[oa]s?|anotad[oa]s?|registrad[oa]s?|confirmed|noted)\b"),
        (
            "attendance",
            rf"\b(?:confirm(?:e|ei|amos)|anot(?:e|ei|amos)|registr(?:e|ei|amos)|"
            rf"{I_HAVE} (?:confirmed|noted|recorded))\s(?:ya |ja )?(?:la |tu |su |a |sua |your |the )?{ATTENDANCE}\b",
        ),
        # rescheduled
        (
            "rescheduled",
            (
                rf"\b{VISIT}\b{GAP}\b(?:reagendad[oa]s?|reprogramad[oa]s?|remarcad[oa]s?|movid[oa]s?|"
                rf"cambiad[oa]s?|alterad[oa]s?|transferid[oa]s?|rescheduled|moved|changed)\b"
            ),
        ),
        (
            "rescheduled",
            (
                rf"\b(?:(?:he|hemos) (?:reagendado|reprogramado|cambiado|movido)|remarquei|reagendei|alterei|mudei|"
                rf"transferi|reprogramei|reagendamos|reprogramamos|{I_HAVE} (?:rescheduled|moved|changed))\b|"
                rf"\b(?:ya |te |la |lo |le |se )+(?:reagende|reprograme|cambie|movi)\b"
            ),
        ),
        ("rescheduled", rf"{OPENING}(?:{WAS}\s)?(?:reagendad[oa]s?|reprogramad[oa]s?|remarcad[oa]s?|rescheduled)\b"),
        # booked
        (
            "booked",
            (
                rf"\b{VISIT}\b{GAP}\b(?:confirmad[oa]s?|agendad[oa]s?|programad[oa]s?|marcad[oa]s?|booked|"
                rf"scheduled|confirmed|all set)\b"
            ),
        ),
        (
            "booked",
            rf"\b(?:confirmo|confirmamos|confirmed)\s(?:ya |ja )?(?:el|la|tu|su|o|a|seu|sua|your|the)\s{VISIT}\b",
        ),
        (
            "booked",
            (
                rf"\b(?:(?:he|hemos) (?:agendado|programado)|agendei|marquei|confirmei|agendamos|{I_HAVE} "
                rf"(?:booked|scheduled))\b|\b(?:ya |te |la |lo |le |se )+(?:agende|programe|anote para|"
                rf"agendamos)\b"
            ),
        ),
        (
            "booked",
            (
                rf"{OPENING}(?:{WAS}\s)?(?:agendad[oa]s?|marcad[oa]s?|booked|scheduled)\b|\byou(?:'re| are) "
                rf"(?:all )?booked\b|\bnew (?:booking|appointment) (?:created|made)\b"
            ),
        ),
        ("settled", r"\byou(?:'re| are) (?:all )?set\b"),
        (
            "booked",
            r"\b(?:ya|ja) (?:tienes|tiene|tem|tens) (?:tu |su |sua |seu |un |una |uma |um |a |o )?"
            r"(?:lugar|cita|turno|espacio|vaga|horario|reserva)\b",
        ),
        (
            "expected",
            r"\b(?:te|los|as|os) (?:esperamos|espero|aguardamos)\b(?! que)|\b(?:esperamos|aguardamos) (?:voce|vos|a "
            r"senhora|o senhor)\b|\b(?:(?<!would )(?<!could )(?<!can )(?<!to )see you|nos vemos)\b",
        ),
        (
            "booked",
            r"\b(?:voce |usted |tu )?(?:esta|ta|estas|fica|ficou|quedas|quedaste|quedo|te quedas)\s(?:ya |ja )?"
            r"(?:agendad[oa]|marcad[oa]|anotad[oa]|programad[oa])\b|\bya (?:quedas|quedaste|estas)\b(?= "
            r"(?:para|el|con))|"
            r"\byou(?:'re| are) (?:down|confirmed|in) (?:for|on|with)\b|\b(?:cita|turno|horario|"
            r"reserva)\b[^.!?;\n]{0,20}\b(?:esta|quedo)"
            r" list[oa]\b",
        ),
        ("booked", rf"{OPENING}(?:agende|programe|confirme)\b"),
        ("reserved", rf"{OPENING}(?:reserve|aparte|separe)\b"),
        ("rescheduled", rf"{OPENING}(?:moved|rescheduled|cambie|reagende|reprogramei|movi)\b"),
        # order placed
        (
            "order_placed",
            (
                rf"\b{ORDER}\b{GAP}\b(?:confirmad[oa]s?|realizad[oa]s?|cread[oa]s?|registrad[oa]s?|hech[oa]s?|"
                rf"generad[oa]s?|colocad[oa]s?|feit[oa]s?|criad[oa]s?|gerad[oa]s?|fechad[oa]s?|finalizad[oa]s?|"
                rf"placed|confirmed|created|completed|registered|submitted|processed|procesad[oa]s?)\b"
            ),
        ),
        (
            "order_placed",
            (
                rf"\b(?:(?:he|hemos) (?:realizado|creado|registrado|hecho|generado|levantado)|fiz|criei|registrei|"
                rf"fechei|finalizei|gerei|{I_HAVE} (?:placed|created|submitted|made))\s(?:el|tu|su|o|seu|sua|a|la|"
                rf"your|the|un|um|an)?\s?{ORDER}\b|\b(?:ya |te |lo |la |le |se )*(?:levante|registre|genere|cree|"
                rf"hice|realice)\s(?:el|tu|su|la)\s{ORDER}\b"
            ),
        ),
        ("order_placed", rf"\b(?:quedo|ya quedo|ya esta)\s(?:list[oa] )?(?:tu|su|o seu|seu|sua)\s{ORDER}\b"),
        # confirmed, whatever it is
        ("confirmed", rf"{OPENING}(?:{WAS}\s)?(?:confirmad[oa]s?|confirmed)\b"),
        # reserved: a hold will do
        (
            "reserved",
            (
                rf"\b(?:{VISIT}|lo|la|los|las|te|produto|producto|slot|hold)\b{NEAR}\b(?:reservad[oa]s?|"
                rf"apartad[oa]s?|separad[oa]s?|bloquead[oa]s?|guardad[oa]s? para ti|reserved|on hold|set aside|"
                rf"held)\b"
            ),
        ),
        (
            "reserved",
            (
                rf"\b(?:(?:he|hemos) (?:reservado|apartado|separado)|reservei|separei|reservamos|segurei|apartamos|"
                rf"{I_HAVE} (?:reserved|held|set aside|set\s[^.!?;\n]{{1,35}}?\saside|"
                rf"put\s[^.!?;\n]{{1,35}}?\saside))\b|\b(?:ya |te |la |lo |le |se )+(?:reserve|aparte|separe)\b"
            ),
        ),
        (
            "reserved",
            r"\b(?:queda|quedo|quedan|fica|ficou|ficam|is|are)\s(?:ya |ja |now )?(?:reservad[oa]s?|apartad[oa]s?|"
            r"separad[oa]s?|held|set aside)\b(?! (?:el|o|the|para) )",
        ),
        ("reserved", rf"{OPENING}(?:{WAS}\s)?(?:reservad[oa]s?|apartad[oa]s?|separad[oa]s?|reserved)\b"),
        # payment link
        (
            "link_sent",
            (
                r"\b(?:te|le|lhe|se) (?:lo |la )?(?:envie|mande|comparti|deje|genere|he enviado|he mandado|envio|"
                r"mando|comparto|dejo|paso|pase)\b[^.!?;\n]{0,30}\b(?:link|enlace|liga)\b"
            ),
        ),
        (
            "link_sent",
            (
                rf"\b(?:enviei|mandei|gerei|segue|segue abaixo|aqui (?:esta|vai|tienes|tiene|te dejo|va)|este es|"
                rf"este e|here(?:'s| is)|below is|te deixo|{I_HAVE} sent(?: you)?)\b[^.!?;\n]{{0,25}}\b(?:link|"
                rf"enlace|liga)\b|\b(?:link|enlace|liga) (?:de |para |do )?(?:pago|pagar|pagamento|"
                rf"payment)[^.!?;\n]{{0,15}}\b(?:enviad[oa]|mandad[oa]|generad[oa]|gerad[oa]|sent)\b|\bpayment "
                rf"link (?:sent|is on its way)\b"
            ),
        ),
        # order states
        (
            "shipped",
            (
                rf"\b{ORDER}\b{GAP}\b(?:enviad[oa]|despachad[oa]|en camino|va en camino|a caminho|saiu para "
                rf"entrega|shipped|on its way|out for delivery|ja saiu|ya salio|dispatched|en transito|em "
                rf"transito)\b|\b(?:ya |ja |"
                rf"te )+(?:enviamos|despachamos|mandamos|mande|envie|despache|enviei|despachei|mandei) (?:tu|"
                rf"su|seu|o|el) {ORDER}|"
                rf"\b(?:ya salio|ja saiu) (?:tu|su|seu|o|el) {ORDER}"
            ),
        ),
        ("delivered", rf"\b{ORDER}\b{GAP}\b(?:entregad[oa]|entregue|delivered)\b"),
        (
            "refunded",
            (
                r"\b(?:reembols(?:amos|e|ei|ado|ada)|devolvimos|devolvemos|estornad[oa]|estornamos|refunded|refund "
                r"(?:has been|was|is) (?:issued|processed|made|complete\w*))\b|"
                r"\breembolso\b[^.!?;\n]{0,30}\b(?:realizad[oa]|procesad[oa]|hecho|feito|aprobad[oa]|processad[oa]|"
                r"enviad[oa])\b"
            ),
        ),
        (
            "discounted",
            (
                r"\b(?:aplique|aplicamos|apliquei|hice|fiz|i(?:'ve| have)? applied|te aplique|te hice)\s(?:el |un |"
                r"o |um |a |the |your |su |tu )?(?:descuento|desconto|discount|rebaja|cupon|cupom|coupon)\b"
            ),
        ),
        # bare "done"
        (
            "anything",
            (
                r"(?:^|(?<=[.!?\n¡]))[^\w\n]*(?:hecho|feito|done|all done|ya quedo|ya esta hecho|esta hecho|ta "
                r"feito|it's done|it is done)[^\w\n]*(?=[.!?\n]|$)"
            ),
        ),
    )
)
PHRASES += PROMISES
