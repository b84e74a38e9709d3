"""Words for the same thing: what customers say, in three languages, to what a business writes in its own.

A handful of everyday nouns and colors, no dictionary. A real model needs none of this.
"""

from functools import lru_cache

from agent.offline.text import Term, stem, stems
from agent.search.words import sound

SPANISH = """
tenis: shoe shoes sneaker sneakers trainers zapatillas zapatos zapato calcado
correr: running run runner corrida
playera: shirt t-shirt tshirt camiseta remera jersey
balon: ball bola pelota
futbol: soccer football futebol
basquetbol: basketball basquet baloncesto basquete
voleibol: volleyball voley volei
tapete: mat colchoneta esterilla
casa campana: tent carpa barraca
dormir: sleeping
bolsa: bag saco
mochila: backpack rucksack
chamarra: jacket chaqueta campera jaqueta casaca
calcetines: socks calcetas meias medias
gorra: cap hat bone cachucha
guantes: gloves luvas
botella: bottle garrafa termo
reloj: watch relogio
bota: boot boots
senderismo: hiking trekking caminhada trilha
natacion: swimming natacao swim
bicicleta: bici bike bicycle cycling ciclismo
casco: helmet capacete
raqueta: racket raquete
cuerda: rope corda
saltar: jump jumping pular
mancuerna: dumbbell dumbbells halter pesa
mujer: women woman womens ladies feminino mulher dama
hombre: men man mens masculino homem caballero
nino: kids kid child ninos crianca infantil
negro: black preto
blanco: white branco
azul: blue
rojo: red vermelho
verde: green
gris: grey gray cinza
naranja: orange laranja
rosa: pink
lentes: goggles
regalo: gift presente
rodillo: roller rolo
masaje: massage massagem
rodilleras: kneepads joelheira
conos: cones
estufa: stove fogareiro
silla: chair cadeira
luces: lights luzes
linterna: headlamp lanterna flashlight torch
aletas: fins nadadeiras
entrenamiento: training treino
corcho: cork cortica
pelota: ball bola
maleta: duffel mala
toalla: towel toalha
l: litros litro liters liter
ch: chica chico small pequeno pequena
m: mediana mediano medium media
g: grande large
"""

PORTUGUESE = """
corte: haircut cut cortar cortarme trim
cabelo: hair pelo cabello
feminino: women woman womens ladies mujer femenino dama mulher senora
masculino: men man mens male hombre masculino homem caballero
barba: beard shave afeitar
escova: blowout blowdry brushing secado peinado blow
coloracao: color colour dye coloring tinte tintura tinturar pintar colorir
mechas: highlights luces luzes reflejos balayage
hidratacao: hydration treatment hidratacion tratamiento hidratar
manicure: nails nail unas unhas unha manicura manos
pedicure: feet pedicura pies pes
sobrancelha: eyebrow eyebrows cejas brows
maquiagem: makeup maquillaje
depilacao: waxing wax depilacion cera
massagem: massage masaje
"""

ENGLISH = """
tune: tuneup afinacion mantenimiento mantencion puesta revisao revisar revision manutencao regulagem
brake: freno frenos frenar freio freios
adjustment: ajuste ajustar ajustan ajusto regular regulacion regulagem
wheel: rueda roda
truing: true trued centrar centrado enderezar alinhar alinhamento desempeno
flat: puncture pinchazo pinchada ponchadura ponchada furo furado pneu
repair: fix mend reparacion reparar arreglo arreglar conserto consertar
fitting: fit bikefit
bike: bicycle bici bicicleta
helmet: casco capacete
lock: candado cadeado trava
light: lights luz luces luzes farol
chain: cadena corrente
tire: tyre llanta cubierta neumatico pneu
tube: camara
pump: bomba inflador
saddle: seat asiento sillin selim banco
pannier: bag alforja alforje bolsa
bottle: botella garrafa bidon
kids: child children nino nina infantil crianca
shirt: camiseta camisa playera
shoe: zapato zapatilla tenis calcado
haircut: corte cortar
black: negro preto
white: blanco branco
green: verde
blue: azul
red: rojo vermelho
yellow: amarillo amarelo
"""


def _index(table: str) -> dict[str, set[str]]:
    index: dict[str, set[str]] = {}
    for line in table.strip().splitlines():
        ours, _, theirs = line.partition(": ")
        for word in theirs.split():
            index.setdefault(stem(word), set()).update(stems(ours))
    return index


GLOSSARIES = {"es": _index(SPANISH), "pt": _index(PORTUGUESE), "en": _index(ENGLISH)}


LONG = 7
"""Letters of a stem from which it is read as another one that sounds like it."""


@lru_cache(maxsize=4096)
def term(word: str, language: str) -> Term:
    """A folded word with what a business of that language may call it; long ones may be written by ear: `zapatiya`."""
    root, glossary = stem(word), GLOSSARIES.get(language, {})
    meant = root
    if root not in glossary and len(root) >= LONG:
        meant = next((known for known in glossary if len(known) >= LONG and sound(known) == sound(root)), root)
    return (root, *sorted({meant, *glossary.get(meant, ())} - {root}))
