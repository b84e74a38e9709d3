"""Other people's data: somebody named as a customer, with what they booked, bought or gave, whom this conversation,
its evidence and the business's own words do not know. Phone numbers, addresses and codes of others the ledger stops.
"""

import re
from collections.abc import Iterator
from functools import cache

from graphs.claims import dates
from graphs.claims.ground import strings
from graphs.claims.names import name_tokens, stem
from graphs.gates.case import Case

_ONE = r"[A-ZÀ-Þ][a-zà-ÿ]{2,}\b"
_N = rf"(?P<name>{_ONE}(?:(?: (?:de|da|do|dos|das|del|la|los))? {_ONE}){{0,3}})"
_DID = (
    r"(?:reservó|compró|pidió|pagó|agendó|apartó|encargó|ordenó|canceló|vive en|tiene (?:una )?(?:cita|reserva)|"
    r"tiene un (?:pedido|turno)|reservou|comprou|pediu|pagou|agendou|encomendou|cancelou|mora (?:em|na|no)|"
    r"tem (?:uma )?reserva|tem (?:um )?(?:pedido|horário)|lives (?:in|at|on)|"
    r"(?:booked|bought|ordered|reserved|cancelled|paid for) (?:that|the|this|those|these|it|an?|the|last|two|three)|"
    r"has an? (?:appointment|booking|order|reservation))\b"
)
_HAS = (
    r"(?:cita|reserva|pedido|compra|orden|turno|agendamento|dirección|teléfono|número|celular|correo|datos|endereço|"
    r"telefone|dados|e-?mail|whatsapp)"
)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?i:client[ea]|customer|client|paciente|patient|comprador|compradora|usuari[oa])\b,? (?:(?:el|la|o|a) )?"
        rf"(?:(?:llamad[oa]|chamad[oa]|called|named) )?{_N}",
        rf"\b(?:[Ss]eñora?|[Ss]ra?\.|[Ss]rta\.|[Ss]enhora?|[Dd]ona|Mr\.?|Mrs\.?|Ms\.?) {_N}",
        rf"\b(?i:a nombre de|em nome de|no nome de|in the name of|under the name(?: of)?) (?:(?:el|la|o|a) )?{_N}",
        rf"\b{_N} (?:ya |já |also |también |também |has |just )?{_DID}",
        rf"\b(?i:{_HAS}) (?:de|del|da|do) (?:(?:la|el|señora?|sra?\.|client[ea]) )*{_N}",
        rf"\b(?i:llevó|levou|ficou com|belongs to|(?:taken|booked|reserved|bought|ordered) by|sold to|"
        rf"(?:reservad|apartad)[oa] (?:por|para|pel[oa])|vendid[oa] (?:a|para)|"
        rf"(?:vaga|horário|horario|lugar|turno|cita) (?:es de|é d[eoa])) (?:(?:el|la|o|a) )?{_N}",
        rf"\b{_N}['’]s (?:order|booking|appointment|address|phone|number|e-?mail|slot|purchase|reservation|data)\b",
    )
)
_PLAIN_WORDS = (
    "usted ustedes ella ellos el quien alguien nadie voce voces ela ele eles elas quem alguem ninguem she he you "
    "they we who someone somebody nobody everyone today tomorrow yesterday tonight hoy ayer manana hoje ontem "
    "amanha cliente clientes customer client paciente senor senora senhor senhora dona perfecto perfeito perfect "
    "listo pronto gracias obrigado thanks claro hola ola hello usuario equipo equipe team tienda loja store "
    "salon salao envio entrega delivery shipping atencion atendimento contacto contato contact pago pagamento "
    "payment compra pedido orden order reserva booking cita appointment agendamento servicio servico service "
    "ventas vendas sales soporte suporte support facturacion factura nota ticket recibo whatsapp correo email "
    "telefono telefone phone numero number codigo code direccion endereco address datos dados data total "
    "producto produto product confirmacion confirmacao confirmation seguimiento rastreo rastreamento tracking "
    "cancelacion cambio devolucion devolucao recoleccion retirada referencia cuenta conta account your tu su seu "
    "sua este esta estimado estimada querido querida dear con com with frecuente frequente frequent nuevo novo "
    "new google maps gmail mercado libre livre amazon facebook instagram paypal stripe visa mastercard oxxo pix "
    "navidad natal christmas prueba teste test transferencia banco bank productos produtos cuando si como donde "
    "porque apenas quando se onde todo todos tudo mientras enquanto despues depois antes luego once when not "
    "already orders items products appointments bookings everything all slots never just only if since after "
    "before ninguno nenhum ambos both alguno algun which that this those these de del da do dos das la los las "
    "the ya tambien tambem also"
)
_PLAIN = frozenset(stem(word) for word in _PLAIN_WORDS.split())


def judge(case: Case) -> Iterator[str]:
    if not case.policy.other_people:
        return
    for pattern in _PATTERNS:
        for match in pattern.finditer(case.draft.raw):
            strange = [token for token in name_tokens(match["name"]) if not _plain(token)]
            if strange and not all(_known(token, case) for token in strange):
                yield (
                    f'The draft speaks of "{match["name"]}", whom nothing here tells of. Say nothing about other '
                    f"people, their orders, bookings or data; if the customer asked, say that you cannot share it."
                )
                return


def _plain(token: str) -> bool:
    return token in _PLAIN or token in _calendar()


def _known(token: str, case: Case) -> bool:
    return token in case.ground.vocabulary or token in {
        one for text in strings(case.context.customer.details) for one in name_tokens(text)
    }


@cache
def _calendar() -> frozenset[str]:
    return frozenset(stem(word) for name in (*dates.MONTHS, *dates.WEEKDAYS) for word in name.split("-"))
