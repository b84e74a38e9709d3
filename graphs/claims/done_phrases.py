"""How people say that something was done, in Spanish, Portuguese and English, without accents.

Each row is (what is claimed, pattern). A pattern matches statements; whether the sentence asks, offers, denies or
waits for something is judged by `done.py`.
"""

import re

_VISIT = (
    r"(?:spot|citas?|turnos?|reserva(?:cion|s)?|horarios?|agendamentos?|agenda|sesion|visita|consulta|bookings?|"
    r"appointments?|slot|reservations?|lugar|espacio)"
)
_ORDER = r"(?:pedidos?|ordene?s?|compras?|orders?|encomendas?|purchase)"
_PAYMENT = r"(?:pagos?|pagamentos?|payments?|deposito|transferencia|pix|cobro)"
_GAP = r"[^.!?;\n]{0,70}?"
_NEAR = r"[^.!?;\n]{0,40}?"
_PERSON = (
    r"(?:personas?|companer[oa]s?|asesor\w*|agente?s?|human[oa]s?|equipo|encargad[oa]|colegas?|gerente|duen[oa]|"
    r"alguien|pessoas?|atendentes?|equipe|time|alguem|responsavel|person|humans?|team|colleagues?|manager|someone|"
    r"somebody|staff|supervisor[a]?)"
)
_WAS = (
    r"(?:esta|estan|quedo|quedaron|queda|quedan|fue|fueron|ha sido|han sido|ha quedado|ficou|ficaram|foi|foram|"
    r"estao|is|are|was|were|has been|have been|got|gets|it's|you're|you are|ya|ja|all|now|se ha|ja esta|ya esta)"
)
_I_HAVE = r"(?:i have|i've|i just|i|we have|we've|we just|we)(?: (?:just|already|now|also|successfully))*"
_OPENING = (
    r"(?:^|(?<=[.!?;\n¡¿✅]))[^\w\x01]*(?:(?:listo|perfecto|perfeito|pronto|prontinho|hecho|feito|done|great|"
    r"excelente|otimo|genial|ok|okay|bien|muito bem|combinado|certo|vale|dale|maravilla|perfect|all|ya|ja|esta|"
    r"it's|you're|you are|tudo|todo|muy bien)\b[^\w\n]*){0,3}"
)

PHRASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (claim, re.compile(pattern, re.M))
    for claim, pattern in (
        # paid
        (
            "paid",
            (
                rf"\b{_PAYMENT}\b{_NEAR}\b(?:recibid[oa]|confirmad[oa]|aprobad[oa]|acreditad[oa]|recebid[oa]|"
                rf"aprovad[oa]|compensad[oa]|received|confirmed|approved|successful|exitos[oa]|processed|"
                rf"procesad[oa]|completad[oa]|complete[d]?|went through|caiu|entro|llego|ingreso)\b"
            ),
        ),
        (
            "paid",
            (
                rf"\b(?:recibimos|recibi|recebemos|recebi|hemos recibido|he recibido|we received|we've received|we "
                rf"have received|i received|we got|ya tenemos|ya tengo|ja temos|confirmamos|confirmo|chegou|llego|"
                rf"entro|caiu)\s(?:el|tu|su|seu|sua|o|your|the|correctamente|bem|ya|ja|\s){{1,12}}{_PAYMENT}\b"
            ),
        ),
        (
            "paid",
            (
                rf"\b{_WAS}\s(?:ya |ja |completamente |totalmente |fully |already )?(?:(?:pagad[oa]s?|paid|"
                rf"liquidad[oa]s?|quitad[oa]s?)\b|pag[oa]s?\b(?! (?:contra|en|em|por|con|com|a la|na|al)))"
            ),
        ),
        (
            "paid",
            rf"\b(?:ya |ja )?(?:quedo|se reflejo|se registro|se acredito|cayo|caiu|entrou|entro|esta "
            rf"listo)\s(?:tu|su|el|seu|o|your)\s"
            rf"{_PAYMENT}\b|\b{_PAYMENT}\b{_NEAR}\b(?:se reflejo|se acredito|se registro|ya quedo|foi aceito|ja foi)\b",
        ),
        (
            "paid",
            rf"\b{_PAYMENT}\b{_NEAR}\b(?:ya |ja )(?:cayo|llego|entro|esta|quedo|caiu|chegou)\b|"
            rf"{_OPENING}(?:todo|tudo|all) (?:pagado|pago|paid)\b",
        ),
        # cancelled
        ("cancelled", rf"\b(?:{_VISIT}|{_ORDER})\b{_GAP}\b(?:cancelad[oa]s?|anulad[oa]s?|cancell?ed)\b"),
        ("cancelled", rf"\b{_WAS}\s(?:cancelad[oa]s?|anulad[oa]s?|cancell?ed)\b"),
        (
            "cancelled",
            (
                rf"\b(?:(?:he|hemos|ha) (?:cancelado|anulado)|cancelei|anulei|cancelamos|anulamos|{_I_HAVE} "
                rf"cancell?ed)\b|\b(?:ya |te |la |lo |le |se )+(?:cancele|anule|cancelo|anulo)\b(?=[^.!?;\n]*)|"
                rf"^\W*(?:cancele|anule)\b"
            ),
        ),
        ("cancelled", rf"{_OPENING}(?:cancelad[oa]s?|anulad[oa]s?|cancell?ed)\b"),
        # rescheduled
        (
            "rescheduled",
            (
                rf"\b{_VISIT}\b{_GAP}\b(?:reagendad[oa]s?|reprogramad[oa]s?|remarcad[oa]s?|movid[oa]s?|"
                rf"cambiad[oa]s?|alterad[oa]s?|transferid[oa]s?|rescheduled|moved|changed)\b"
            ),
        ),
        (
            "rescheduled",
            (
                rf"\b(?:(?:he|hemos) (?:reagendado|reprogramado|cambiado|movido)|remarquei|reagendei|alterei|mudei|"
                rf"transferi|reprogramei|reagendamos|reprogramamos|{_I_HAVE} (?:rescheduled|moved|changed))\b|"
                rf"\b(?:ya |te |la |lo |le |se )+(?:reagende|reprograme|cambie|movi|reagendo|reprogramo)\b"
            ),
        ),
        ("rescheduled", rf"{_OPENING}(?:{_WAS}\s)?(?:reagendad[oa]s?|reprogramad[oa]s?|remarcad[oa]s?|rescheduled)\b"),
        # booked
        (
            "booked",
            (
                rf"\b{_VISIT}\b{_GAP}\b(?:confirmad[oa]s?|agendad[oa]s?|programad[oa]s?|marcad[oa]s?|booked|"
                rf"scheduled|confirmed|all set)\b"
            ),
        ),
        (
            "booked",
            rf"\b(?:confirmo|confirmamos|confirmed)\s(?:ya |ja )?(?:el|la|tu|su|o|a|seu|sua|your|the)\s{_VISIT}\b",
        ),
        (
            "booked",
            (
                rf"\b(?:(?:he|hemos) (?:agendado|programado)|agendei|marquei|confirmei|agendamos|{_I_HAVE} "
                rf"(?:booked|scheduled))\b|\b(?:ya |te |la |lo |le |se )+(?:agende|programe|anote para|agendo|"
                rf"agendamos)\b"
            ),
        ),
        (
            "booked",
            (
                rf"{_OPENING}(?:{_WAS}\s)?(?:agendad[oa]s?|marcad[oa]s?|booked|scheduled)\b|\byou(?:'re| are) "
                rf"(?:all )?(?:booked|set)\b|\b(?:te|los|as|os) (?:esperamos|espero)\b(?! que)|\bnew (?:booking|"
                rf"appointment) (?:created|made)\b"
            ),
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
        ("booked", rf"{_OPENING}(?:agende|programe|confirme)\b"),
        ("reserved", rf"{_OPENING}(?:reserve|aparte|separe)\b"),
        ("rescheduled", rf"{_OPENING}(?:moved|rescheduled|cambie|reagende|reprogramei|movi)\b"),
        # order placed
        (
            "order_placed",
            (
                rf"\b{_ORDER}\b{_GAP}\b(?:confirmad[oa]s?|realizad[oa]s?|cread[oa]s?|registrad[oa]s?|hech[oa]s?|"
                rf"generad[oa]s?|colocad[oa]s?|feit[oa]s?|criad[oa]s?|gerad[oa]s?|fechad[oa]s?|finalizad[oa]s?|"
                rf"placed|confirmed|created|completed|procesad[oa]s?)\b"
            ),
        ),
        (
            "order_placed",
            (
                rf"\b(?:(?:he|hemos) (?:realizado|creado|registrado|hecho|generado|levantado)|fiz|criei|registrei|"
                rf"fechei|finalizei|gerei|{_I_HAVE} (?:placed|created|submitted|made))\s(?:el|tu|su|o|seu|sua|a|la|"
                rf"your|the|un|um|an)?\s?{_ORDER}\b|\b(?:ya |te |lo |la |le |se )*(?:levante|registre|genere|cree|"
                rf"hice|realice)\s(?:el|tu|su|la)\s{_ORDER}\b"
            ),
        ),
        ("order_placed", rf"\b(?:quedo|ya quedo|ya esta)\s(?:list[oa] )?(?:tu|su|o seu|seu|sua)\s{_ORDER}\b"),
        # confirmed, whatever it is
        ("confirmed", rf"{_OPENING}(?:{_WAS}\s)?(?:confirmad[oa]s?|confirmed)\b"),
        # reserved: a hold will do
        (
            "reserved",
            (
                rf"\b(?:{_VISIT}|lo|la|los|las|te|produto|producto|slot|hold)\b{_NEAR}\b(?:reservad[oa]s?|"
                rf"apartad[oa]s?|separad[oa]s?|bloquead[oa]s?|guardad[oa]s? para ti|reserved|on hold|set aside|"
                rf"held)\b"
            ),
        ),
        (
            "reserved",
            (
                rf"\b(?:(?:he|hemos) (?:reservado|apartado|separado)|reservei|separei|reservamos|segurei|apartamos|"
                rf"{_I_HAVE} (?:reserved|held|set aside|set\s[^.!?;\n]{{1,35}}?\saside|"
                rf"put\s[^.!?;\n]{{1,35}}?\saside))\b|\b(?:ya |te |la |lo |le |se )+(?:reserve|aparte|separe)\b"
            ),
        ),
        ("reserved", rf"{_OPENING}(?:{_WAS}\s)?(?:reservad[oa]s?|apartad[oa]s?|separad[oa]s?|reserved)\b"),
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
                rf"este e|here(?:'s| is)|below is|te deixo|{_I_HAVE} sent(?: you)?)\b[^.!?;\n]{{0,25}}\b(?:link|"
                rf"enlace|liga)\b|\b(?:link|enlace|liga) (?:de |para |do )?(?:pago|pagar|pagamento|"
                rf"payment)[^.!?;\n]{{0,15}}\b(?:enviad[oa]|mandad[oa]|generad[oa]|gerad[oa]|sent)\b|\bpayment "
                rf"link (?:sent|is on its way)\b"
            ),
        ),
        # a person takes over
        (
            "handed_off",
            (
                rf"\b(?:te|le|lo|la|tu|su) (?:ya )?(?:paso|comunico|transfiero|conecto|pase|comunique|transferi|"
                rf"conecte|derivo|derive|canalizo|canalice|estoy (?:pasando|comunicando|transfiriendo|conectando)|"
                rf"voy a (?:pasar|comunicar|transferir|conectar|canalizar)|he (?:pasado|transferido|"
                rf"comunicado))\b{_NEAR}\b{_PERSON}\b"
            ),
        ),
        (
            "handed_off",
            (
                rf"\b(?:ya |he |hemos )*(?:avise|avisado|avisamos|notifique|notificado|informe|pase|paso|comparti|"
                rf"comparto|escale|turne)\s(?:ya )?(?:a |al |tu |su |el |la )+{_NEAR}\b{_PERSON}\b"
            ),
        ),
        (
            "handed_off",
            (
                rf"\b{_PERSON}\b[^.!?;\n]{{0,35}}\b(?:te|le|lo|les|se) (?:va a |van a )?(?:pondra en contacto|"
                rf"comunicara|atend\w+|contact\w+|respond\w+|escrib\w+|ayud\w+|atiend\w+|llamara|lhe)\b"
            ),
        ),
        (
            "handed_off",
            (
                rf"\b(?:vou|estou|ja|acabei de|irei) (?:te |lhe |a |o )?(?:transferi\w*|passar|passando|passei|"
                rf"encaminh\w+|conectar|conectando|chamar|chamei|avisei|avisar|acion\w+|"
                rf"repass\w+)\b{_NEAR}\b{_PERSON}\b"
            ),
        ),
        (
            "handed_off",
            (
                rf"\b(?:encaminhei|transferi|avisei|chamei|acionei|repassei|notifiquei)\b{_NEAR}\b{_PERSON}\b|"
                rf"\b{_PERSON}\b[^.!?;\n]{{0,30}}\b(?:vai|ira|vao|irao|entrara|entra|te responde|responde|continua|"
                rf"assume|falara)\s?(?:te |lhe |por |em )?(?:\w+)\b"
            ),
        ),
        (
            "handed_off",
            (
                rf"\b(?:i'm|i am|i'll|i will|i've|i have|we've|we have|we're|let me|im)\s(?:now |just |already |"
                rf"going to )*(?:transfer\w*|hand(?:ed|ing)?|pass(?:ed|ing)?|connect\w*|forward\w*|notif\w+|"
                rf"escalat\w+|get|put|alert\w*)\b{_NEAR}\b{_PERSON}\b"
            ),
        ),
        ("handed_off", rf"\b{_PERSON}\b[^.!?;\n]{{0,25}}\b(?:will|is going to|has been notified|'ll|shortly)\b"),
        (
            "handed_off",
            rf"\b(?:le|les) (?:aviso|avise|digo|dije|pido|pedi|paso|pase)\s(?:ya )?(?:a|al|tu|su|el|"
            rf"la)\b{_NEAR}\b{_PERSON}\b|"
            rf"\bte (?:atiende|atendera|contacta|contactara|llama|llamara|escribe|escribira|responde|respondera)\s"
            rf"(?:un|una|el|la|mi|nuestr[oa]|alguien)\b{_NEAR}{_PERSON}?\b",
        ),
        (
            "handed_off",
            rf"\b(?:ja |acabei de )?(?:passei|passo|encaminho|repasso|avisei|falei com)\s(?:o |a |com |seu |"
            rf"sua |para |pra |ao )*"
            rf"{_NEAR}\b{_PERSON}\b|\b(?:hable|hablamos|ya hable|falei|i (?:spoke|talked)) (?:con|com|with|"
            rf"to)\b{_NEAR}\b{_PERSON}\b|"
            rf"\b(?:my|our|mi|nuestr[oa]|a|o|meu|minha) {_PERSON} (?:approved|autorizo|aprobo|aprovou|"
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
                rf"atualizei|{_I_HAVE} (?:saved|noted|updated|recorded))\s(?:el|tu|tus|su|sus|la|los|o|a|seu|sua|"
                rf"seus|suas|your|the)\b|\b(?:tu|su|seu|sua|your) (?:\w+ ){{1,3}}(?:quedo|ha sido|foi|ficou|esta|"
                rf"has been|is|was) (?:guardad[oa]|registrad[oa]|actualizad[oa]|salv[oa]|anotad[oa]|saved|updated|"
                rf"noted|recorded)\b"
            ),
        ),
        # order states
        (
            "shipped",
            (
                rf"\b{_ORDER}\b{_GAP}\b(?:enviad[oa]|despachad[oa]|en camino|va en camino|a caminho|saiu para "
                rf"entrega|shipped|on its way|out for delivery|ja saiu|ya salio|dispatched|en transito|em "
                rf"transito)\b|\b(?:ya |ja |"
                rf"te )+(?:enviamos|despachamos|mandamos|mande|envie|despache|enviei|despachei|mandei) (?:tu|"
                rf"su|seu|o|el) {_ORDER}"
            ),
        ),
        ("delivered", rf"\b{_ORDER}\b{_GAP}\b(?:entregad[oa]|entregue|delivered)\b"),
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
