"""How people speak of stock in Spanish, Portuguese and English, without accents."""

import re

from graphs.claims.numbers import SMALL

_THINGS = r"(?:piezas?|pecas?|unidad(?:es)?|unidades?|pzas?|pz|units?|pieces?|pares?|pairs?|cajas?|ejemplares)"
_AVAILABLE = (
    r"disponib\w+|disponiveis|disponivel|en (?:existencia|stock|inventario|almacen|tienda)|em (?:estoque|stock)|"
    r"no estoque|in stock|available|en bodega"
)
_IN_STOCK = rf"(?:{_AVAILABLE}|left|restantes?)"
_HAVING = (
    r"\b(?:hay|tenemos|tengo|temos|tenho|tem|have|we've got|i've got|there are|there's|there is|sao)\s"
    r"(?:(?:solo|so|apenas|only|just|still|todavia|ainda|aun|exactly|exactamente|exatamente)\s)?"
)
COUNTED = (
    re.compile(
        rf"\b(?:(?:solo |solamente |apenas |so |nos |todavia |ainda |aun |me |unicamente |only |just "
        rf")*(?:quedan?|quedaron|restam?|restaram|sobram?|sobran|sobraram|remain)(?: (?:solo|solamente|apenas|so|"
        rf"unicamente|"
        rf"only|just|las? ultimas?))*|(?:solo|solamente|apenas|so|unicamente|only|just)\s(?:hay|tenemos|tengo|temos|"
        rf"tenho|have|left|\w+ have)|"
        rf"(?:hay|tenemos|temos|tem|tiene|tengo|tenho|(?:we|i) have|there are|there is|there's)\s(?:(?:solo|"
        rf"apenas|so|only|just|mas de|mais de|more than|over)\s)?(?=(?:{SMALL})\s(?:{_THINGS}\s?)?(?:de \w+ "
        rf")?{_IN_STOCK})|ultim[oa]s?|last|stock:?|estoque:?|existencias?:?|inventario:?|disponibles?:|"
        rf"disponiveis:|available:|in stock:)"
        rf"\s*\(?(?P<more>mas de |mais de |more than |over )?(?P<n>{SMALL})\b(?!\s?(?:opc\w+|options?|modelos?|"
        rf"models?|horari\w+|tipos?|colores|cores|colou?rs|dias?|days?|horas?|hours?|minut\w+|min\b|min\.|"
        rf"servici\w+|servicos|services|docenas?|duzias?|dozens?|%|x\b)|[.,:]\d|\s?(?:pesos|reais|mxn|brl|usd|h\b))"
    ),
    re.compile(
        rf"(?P<more>mas de |mais de |more than |over )?\b(?P<n>{SMALL})\s(?:{_THINGS}\s)?(?:(?:que "
        rf")?(?:quedan?|restam)|{_IN_STOCK}|em? estoque)\b"
    ),
    re.compile(rf"\b(?P<n>{SMALL})\s{_THINGS}\s(?:{_IN_STOCK})\b"),
    re.compile(
        rf"\b(?:hay|tenemos|tengo|temos|tenho|tem|ha|have|are)\s(?:(?:solo|so|apenas|only|just|todavia|ainda|still)\s)?"
        rf"(?P<n>{SMALL})\s{_THINGS}\b"
    ),
    re.compile(
        rf"\b(?:todavia|aun|ainda|still|siguen?|nos)\s(?:tenemos|tengo|hay|temos|tenho|tem|have|quedan|restam)\s"
        rf"(?P<n>{SMALL})\b(?=\s*(?:$|[.,;!?)]|de\b|en\b|em\b|in\b|left))"
    ),
    re.compile(
        rf"\b(?:there are|there is|we have|i have|hay|tenemos|temos|tem|ha|tengo|tenho|quedan?|restam?|only|"
        rf"solo|so|apenas|just)\s(?:only |solo |so |apenas |just |have )*(?P<n>{SMALL})\s(?=\x01)"
    ),
    re.compile(
        rf"{_HAVING}(?P<n>{SMALL})\b(?=\s*(?:$|[^\w\s:%$/-]|(?:en|na|em|in|at)\s(?:la |a |the |our )?(?:tienda|"
        rf"loja|store|shop|bodega|mano|hand)\b|(?:of|de)\s(?:the|los|las|el|la|a|o|as|os)\b|(?:of|de)\s\x01))"
    ),
    re.compile(rf"\b(?:and|y|e)\s(?P<n>{SMALL})\s(?:of|de)\s(?:the|los|las|el|la)\b(?=[^.!?\n]*\bones\b)"),
    re.compile(
        rf"\b(?P<n>{SMALL})\s(?:(?!hora|hour|dia|day|min|mes|month|seman|week|"
        rf"(?:no|nao|not|l[aoe]s?|se|is|are|esta)\b)[a-z]+\s){{1,3}}(?:left|in stock|en "
        rf"(?:existencia|stock)|em estoque)\b"
    ),
)
LAST_ONE = re.compile(
    r"\b(?:es|e|it's|its|is|this is|era|tengo|tenho|queda|resta)\s(?:solo |so |just )?(?:el|la|o|a|the|our|my|mi)\s"
    r"(?:ultim[oa]|last)\b(?! (?:dia|hora|vez|fecha|data|semana|day|hour|week|call|thing|cita|horario|slot))"
)
MANY = re.compile(
    r"\b(?P<many>dozens|docenas|decenas|dezenas|duzias|hundreds|cientos|centenas|centenares)\s(?:of|de)\b|"
    r"\b(?P<dozen>(?:una|uma|a) (?:docena|duzia|dozen))\b"
)
NONE_LEFT = re.compile(
    r"\b(?:agotad[oa]s?|esgotad[oa]s?|sold out|out of stock|sin (?:existencias?|stock|inventario)|sem estoque|"
    r"fora de estoque|em falta|no (?:hay|queda|quedan) (?:existencias?|stock|mas|unidades|piezas)|nao (?:ha|"
    r"tem|temos) (?:em )?estoque|no stock|none left|se (?:nos )?(?:agotaron|agoto|acabaron|acabo|terminaron|termino)|"
    r"(?:ya )?(?:agotaron|agoto)|esgotou|acabou(?! (?:de|agora)\b)|"
    r"esgotaram|acabaram|(?:we |have |has )?(?:ran|run) out|"
    r"(?:we're|we are|i'm|it's|they're) (?:all |completely )?out)\b"
)
HAVE_NOT = re.compile(
    r"\b(?:(?:ya )?no (?:hay|tenemos|tengo|nos quedan?|quedan?|me quedan?)|nao (?:temos|tem|ha|tenho)(?: mais)?|(?:we|"
    r"i) (?:no longer have|do not have|don't have|don't have any)(?: any)?)\s(?:mas |mais |any |more )?"
    r"(?:(?:el|la|los|las|o|a|os|as|the|any)\s)?(?=\x01)"
)
OPTION_AHEAD = re.compile(r"\b(?:en|em|in|talla|tamano|tamanho|size|color|cor|colour|com|con|with|de)\b")
SOME = re.compile(
    rf"\b(?:{_AVAILABLE}|hay existencias?|si hay(?! que)|si tenemos|si (?:lo|la|los|las) tenemos|tem sim|temos sim|"
    r"fully stocked|(?:a )?pronta entrega|entrega inmediata)\b"
)
HAVE = re.compile(
    r"\b(?:tenemos|hay|tengo|temos|tenho|tem|we have|we've got|i have)\s(?:(?:el|la|los|las|o|a|os|as|the|un|"
    r"una|um|uma)\s)?"
    r"(?=\x01)"
)
FEW = re.compile(
    r"\b(?:ultim[oa]s (?:piezas|unidades|pecas|existencias)|pocas (?:piezas|unidades|existencias)|poucas "
    r"(?:pecas|unidades)|last (?:few|ones|pieces|units)|only a few|quedan poc[oa]s|restam pouc[oa]s|few left)\b"
)
COUNT_BEFORE = re.compile(r"\d\s?$")
CONDITION = re.compile(r"\b(?:si|se|if|cuando|quando|when)\b", re.I)
"""Read with accents: "sí está disponible" is no condition."""
SLOT_WORDS = re.compile(
    r"\b(?:horari\w+|citas?|turnos?|agenda\w*|espacios?|vagas?|slots?|appointments?|times?|cupos?|servici\w+|"
    r"servicos?|services?|dias?|days?|opciones de pago|manana|amanha|tomorrow|para (?:ayudar\w*|atender\w*)|"
    r"para te)\b"
)
