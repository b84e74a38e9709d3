"""Spanish: what customers write. Patterns are read on folded text (`text.fold`): lower case, no accents."""

from agent.offline.tables import Clock, Phrases

PHRASES = Phrases(
    short={
        "q": "que",
        "k": "que",
        "ke": "que",
        "tenes": "tienes",
        "queres": "quieres",
        "podes": "puedes",
        "mostrame": "muestrame",
        "decime": "dime",
        "kiero": "quiero",
        "qiero": "quiero",
        "quero": "quiero",
        "xq": "porque",
        "pq": "porque",
        "tb": "tambien",
        "tmb": "tambien",
        "dnd": "donde",
        "cnto": "cuanto",
        "grax": "gracias",
        "grcs": "gracias",
        "grasias": "gracias",
        "porfa": "por favor",
        "xfa": "por favor",
        "porfis": "por favor",
        "bn": "bien",
        "ola": "hola",
    },
    intents={
        "human": (
            r"(hablar|platicar|comunic\w+|pas[ae]\w*|atiend\w+|atend\w+|contact\w+|"
            r"conect\w+)\b.{0,30}\b(persona|humano|alguien|asesora?|agente|encargad[oa]|gerente|duen[oa]|"
            "vendedora?|recepcionista)",
            r"(quiero|necesito|prefiero) (a )?(un|una) (persona|humano|asesora?|agente)\b",
            "(persona|alguien) (real|de verdad|del equipo)",
            r"(alguien|una persona|un humano|asesora?)\b.{0,20}\b(llam\w+|ayud\w+|atiend\w+|marqu\w+|contest\w+)",
            r"(puede\w*|podria\w*|quiero que) me (llam|marq|marc)\w+|me (llamen|marquen)\b|llamenme|"
            r"me (puede\w*|podria\w*) (llamar|marcar)\b",
            r"queja|reclamo|reclamar|estafa|pesim[oa]|me cobraron (dos veces|doble|de mas)|reembols\w+",
        ),
        "complaint": (
            r"(lleg\w+|vino|vinieron|recib\w+|mandaron|enviaron|entregaron)\b.{0,40}\b(rot[oa]s?|dana\w+|golpead\w+|"
            r"defect\w+|equivocad\w+|incomplet\w+)",
            r"(me (llego|vino|mandaron|enviaron|entregaron)|recibi)\b.{0,40}\botr[oa] (talla|color|"
            r"modelo|producto|numero)",
            r"no (me |nos )?(han? llegado|llego|llegaron|han entregado|entregaron)\b",
            r"se (me )?(rompi\w+|descosi\w+|despeg\w+|descompus\w+)|defectuos\w+|"
            r"(dejo de|ya no) (funciona\w*|prende\w*|enciende\w*|servir)|no (funciona|enciende|prende)\b",
            r"(quiero|exijo) (que me )?(regres|devuelv)\w+ mi dinero|(quiero|exijo) mi dinero|mal(isimo)? servicio",
        ),
        "others": (
            r"(pedido|compra|orden|direccion|telefono|datos)\w*\b.{0,15}\bde (mi|una?|otr[oa]) (espos[oa]|amig[oa]|"
            r"vecin[oa]|herman[oa]|prim[oa]|novi[oa]|jef[ea]|client[ea])\b",
            r"(que|cuanto|cuando|donde)\b.{0,12}\b(compro|pidio|pago|encargo|gasto) (ella\b|mi (espos[oa]|amig[oa]|"
            r"vecin[oa]|herman[oa]|prim[oa]|novi[oa]|jef[ea]))",
        ),
        "bot": (
            r"(quien|que) eres\b|con quien (hablo|estoy)|quien (me )?(atiende|habla)",
            r"eres (un |una )?(ia|chatgpt)|quien te (hizo|creo|programo)|\bprompt\b|tus instrucciones",
            "eres (un )?(robot|bot|maquina|ia|humano|persona)",
            "(es|hablo con) (un )?(robot|bot)",
        ),
        "languages": (r"habl\w* (ingles|portugues|espanol)|en ingles|(que|cuales) idiomas",),
        "total": (r"total|cuanto (es|seria|queda) (todo|en total)",),
        "reschedule": (
            r"reagend\w+|reprogram\w+|repon\w*",
            r"(cambi\w+|mover|mueve\w*|muevan|pasar|pasen|modificar|posponer|adelantar|"
            r"recorrer)\b.{0,25}\b(cita|turno|reserva|hora|dia)",
            r"(mi|la) (cita|reserva|turno)\b.{0,20}\b(para otro|a otro|otra hora|otro dia)",
        ),
        "cancel": (
            r"cancel\w+|anul\w+",
            "ya no (voy|puedo ir|podre ir)",
            "no (voy a|podre|puedo) (ir|llegar|asistir)",
        ),
        "wait": (
            r"avis\w*\b.{0,15}\b(si|cuando) (se |alguien |hay |haya |queda )?.{0,15}\b(liber\w+|desocup\w+|cancel\w+|"
            r"abr\w+|lugar|espacio|hueco)",
            r"(si|cuando) (alguien )?(cancela\w*|se (libera|desocupa)\w*).{0,20}\bavis\w*",
            r"(pon\w*|anot\w*|apunt\w*|met\w*|agreg\w*|entrar|quiero|estar) .{0,20}\b(lista|fila) de espera",
        ),
        "unwait": (r"(sal\w+|sac\w+|quit\w+|borr\w+|baj\w+|elimin\w+)\b.{0,20}\b(lista|fila)( de espera)?\b",),
        "my_bookings": (
            r"mi codigo|(olvide|no recuerdo|no me acuerdo).{0,20}(cita|hora|turno)",
            r"(mis|mi) (citas?|reservas?|turnos?)\b(?!.{0,20}\b(cambi|mov))",
            "(que|cuales?|tengo) .{0,12}(citas|reservas|turnos) tengo",
            "(cuando|a que hora) (es|era|tengo) (mi|la) (cita|reserva|turno)",
            "tengo (alguna|una) (cita|reserva)",
        ),
        "order_status": (
            r"(donde|como|cuando|en que) (esta|va|viene|llega|quedo)\b.{0,15}\b(mi|el) (pedido|compra|paquete|"
            "orden|envio)",
            r"(estado|estatus|status|seguimiento|rastre\w+)\b.{0,20}\b(pedido|compra|orden|paquete|envio)",
            r"(mi|el) (pedido|paquete|orden)\b.{0,15}\b(salio|llego|llega|enviaron|esta listo|va)",
            "(ya )?(me )?lleg(a|o|ara) mi (pedido|paquete|orden)",
            "(salio|enviaron|mandaron|despacharon) (ya )?(mi|el) (pedido|paquete|orden|compra)",
        ),
        "paid": (
            "ya (lo |la )?(pague|hice el pago|esta pagado|quedo el pago|deposite|transferi)",
            "(llego|recibieron) (mi|el) (pago|anticipo)",
        ),
        "pay_link": (
            r"(links?|liga|enlaces?)\b(?! de resistencia)",
            r"(como|donde|quiero|puedo) pag(o|ar)\b(?!.{0,10}(con|en))",
        ),
        "follow_up": (
            r"recuerd\w+|recordar\w*|recordatorio",
            r"(escrib|avis|busc|contact|llam)\w*me\b(?! (si|cuando))",
        ),
        "compare": (
            r"compar\w+|diferencias?\b",
            "cual(es)? (de (los|las|ellos|esos) (dos |tres )?)?(es|esta|me conviene|conviene|me recomiendas|"
            r"recomiendas|sale|seria)\b(?! (el|la|tu|su) (precio|horario|direccion|costo|link))",
            "que (me )?recomiendas|(este|ese|el primero|la primera) o (este|ese|el|la)",
        ),
        "discount": (
            r"regal[ae]\w*me",
            r"descuent\w+|rebaj\w+|promo\w*|ofertas?|cupon\w*|mas barato (me|si)|regate\w+|ultimo precio|"
            r"regal\w+melo",
            r"dej\w*l[oa]s? (en|a|por)\b|(me|nos) l[oa]s? (dej\w+|das|vend\w+) (en|a|por)\b|te (doy|pago|ofrezco) \d|"
            r"un mejor precio|bajal[eo]\w*",
        ),
        "remove": (r"quit\w+|sin (el|la|los|las)\b|ya no (quiero|va|van)\b|elimin\w+|borra\w*",),
        "replace": (
            r"en (vez|lugar) de|cambi[ae]\w*\b(?! de (?:idea|opinion|parecer))|"
            r"mejor (en|el|la|los|las|un|una|solo|nomas|\d+)\b",
        ),
        "add": (r"agreg\w+|anad\w+|sum[ae]\w*|tambien|ademas|y (una?|otr[oa]|\d+) mas",),
        "order": (
            r"(quiero|quisiera|necesito|dame|deme|me das|mandame|mande\w*|enviame|ponme|vendeme) (\d+|el|la|"
            "los|las|un|una|uno|unos|unas|dos|tres|cuatro|cinco|seis|ambos|ese|esa|esos|esas|este|esta|estos|"
            r"estas)\b",
            "(me (lo|la|los|las) (llevo|quedo)|(lo|la|los|las) (quiero|compro|llevo|pido)|me llevo|me quedo con)",
            r"(quiero|quisiera|voy a|puedo|deseo|hacer) (comprar|pedir|ordenar|encargar|un pedido)\w*",
            r"(apart\w+|reserv\w+)me (el|la|los|las|un|una|\d+)",
            r"compro|pido\b|ordeno\b|hazme el pedido|haz el pedido",
            r"cotiz\w+|presupuest\w+",
        ),
        "more": (
            "(que|cuales) (otr[oa]s|mas)|otr[oa]s opciones|hay (mas|otr[oa]s)|tienes? (mas|otr[oa]s)|ver mas|"
            "muestrame mas",
        ),
        "book": (
            r"(agend\w+|reserv\w+|apart\w+)",
            "(quiero|quisiera|necesito|puedo|hacer|sacar|pedir|para|una) (una |sacar |hacer |pedir |tener "
            r")*(cita|turno|hora)\b",
            "(hay|tienen?|tendran?|tendrian?|tienes) (algun |algo de |una? )?(espacio|lugar|hueco|cupo|"
            r"disponib\w+|cita|citas|hora|horas|turno)",
            "(que )?disponibilidad|(esta|estan) disponible (el|la|para|manana|hoy)",
            "me (puede|puedes|pueden) (atender|recibir)",
        ),
        "services": (
            "(que|cuales) (servicios|tratamientos|hacen|ofrecen|servicio)|lista de (servicios|precios)|"
            "servicios|tratamientos|menu de",
        ),
        "hours": (
            "horarios?|a que hora (abren|cierran|atienden|abre|cierra)|(abren|cierran|atienden|abiertos?|"
            r"abierto|cerrado)\b",
            "hasta que hora|(que|cuales) dias (abren|atienden|trabajan)",
        ),
        "price": (
            r"cuanto (cuesta|cuestan|vale|valen|es|sale|salen|seria|cobran|esta|estan|son)|"
            r"precios?\b(?! (?:normal|regular|de lista))|"
            r"costos?\b|que precio|a como|cuanto",
        ),
        "duration": (r"cuanto (tiempo|dura\w*|tarda\w*|demora\w*)|que tan largo",),
        "stock": (
            r"(tienen|tienes|hay|queda|quedan|tendran|tiene|cuentan con)\b.{0,40}\b(disponib\w+|existencia|"
            r"stock|en \w+|talla|numero|color|todavia|aun)",
            r"(todavia|aun) (hay|tienen|queda|quedan)|cuant[oa]s (hay|quedan|tienen)|(en )?stock\b|"
            r"existencias?\b",
            r"^(el|la|los|las|este|ese|esta|esa)?\b.{0,30}\b(esta|estan) disponibles?",
        ),
        "search": (
            r"(busco|buscaba|buscando|ando buscando|necesito|quiero ver|me interesa\w*|quisiera|quiero|"
            r"muestrame|ensename|tienen|tienes|venden|vendes|manejan|hay|info|informes|informacion)\b",
        ),
        "greet": (r"^(hola+|oi|hi|hello|buen[oa]s( dias| tardes| noches)?|buen dia|que tal|hey|saludos)\b",),
        "thanks": ("(mil |muchas )?gracias|te lo agradezco|muy amable",),
        "bye": ("adios|hasta (luego|pronto|manana)|nos vemos|bye|chao|chau",),
        "yes": (
            r"^(quiero|lo quiero|la quiero)$",
            "^(si+|sip|claro|dale|ok|okey|okay|oki|va|sale|vale|listo|perfecto|correcto|exacto|de acuerdo|"
            "confirmo|confirmado|confirmalo|confirma|adelante|por supuesto|esta bien|me parece( bien)?|"
            "hagalo|hazlo|hagamoslo|acepto|simon|andale|excelente|genial|bueno|si por favor|eso|asi esta "
            r"bien)\b",
            "^(ok |ay |pues |que |bueno |perfecto |gracias )*(si|claro|dale|va|confirmo|adelante|hazlo|de "
            r"acuerdo)\b",
        ),
        "no": (
            "^(no+|nop|nel|nada|todavia no|aun no|ahora no|mejor no|por ahora no|asi no|negativo|dejalo|"
            r"olvidalo|ya no)\b",
            r"^(gracias|pero|mmm+|ay) no\b|\bno (gracias|lo quiero|la quiero|me interesa|confirmes|hagas)|"
            "dejalo asi|mejor no|lo pienso|cambie de (idea|opinion|parecer)|"
            "ya no (lo |la |los |las |nada )?quiero( nada)?$",
        ),
        "hedge": (
            r"pero|solo que|aunque|excepto|menos (el|la)|y si|antes|espera\w*|momento|cuanto|como|cual|que "
            "pasa",
        ),
    },
    numbers={
        "un": 1,
        "uno": 1,
        "una": 1,
        "dos": 2,
        "tres": 3,
        "cuatro": 4,
        "cinco": 5,
        "seis": 6,
        "siete": 7,
        "ocho": 8,
        "nueve": 9,
        "diez": 10,
        "once": 11,
        "doce": 12,
        "par": 2,
        "docena": 12,
    },
    ordinals={
        "primero": 1,
        "primera": 1,
        "primer": 1,
        "segundo": 2,
        "segunda": 2,
        "tercero": 3,
        "tercera": 3,
        "tercer": 3,
        "cuarto": 4,
        "cuarta": 4,
        "quinto": 5,
        "quinta": 5,
        "ultimo": -1,
        "ultima": -1,
    },
    all_of_them=("los dos|las dos|ambos|ambas|los tres|las tres|todos|todas"),
    that_one=("ese|esa|eso|este|esta|esto|lo|la|los|las|esos|esas|estos|estas"),
    split=(r"\s*(?:,|;|\n|\+|\by\b(?! media| cuarto)|\be\b|\bmas\b|\btambien\b|\bademas\b)\s*"),
    either=(r"\s*(?:,|\n|\bo\b|\by\b|\bvs\b|\bcon\b|\bcontra\b)\s*"),
    limit=(
        r"(?:menos de|(?:barat|economic)\w* (?:que|de)|alrededor de|como de|hasta|maximo|max|no mas de|"
        r"(?:de|a)bajo de|por menos de|tope de)\s*(?:de\s*)?(?:\$|mxn|pesos)?\s*([\d.,]+)"
    ),
    cheap=(r"barat\w*|economic\w*"),
    name=(r"(?:me llamo|mi nombre es|soy|a nombre de|habla)\s+([^\W\d_]+(?:\s+[^\W\d_]+)?)"),
    not_a_name="de del la el un una nuevo nueva cliente yo alergico alergica talla quien muy",
    about=(
        r"(?:recu[eé]rd\w+|recordatorio|av[ií]s\w+|escr[ií]b\w+)\b.*?\b(?:que|de|del|sobre|para|lo "
        r"de)\s+(.+)"
    ),
    address=(
        r"\b(calle|avenida|av|colonia|col|numero|domicilio|direccion|c p|cp|depto|edificio|esquina|paso "
        r"por|recojo|recoger)\b"
    ),
    stopwords=(
        "primeros primeras ultimos ultimas quinto quinta quieres dime vos che manda mandas "
        "ayer anteayer parecido parecida parecidos parecidas similar similares "
        "mucha muchos muchas perdon perdona quise decir digo cotiza cotizame cotizar cotizacion presupuesto ahora "
        "regalo regalos cumpleanos alrededor pesos normal cambie idea opinion parecer hijo hija anos juega jugar algo "
        "empezar comenzar informes "
        "confirmo confirma confirmado espera avisar cuando haya hi hello oi producto productos articulo "
        "articulos catalogo tienda local negocio bueno medida opciones uy ay oh ah mmm jeje ja adios chao "
        "chau luego pronto entonces pares unidad unidades pa caro cara caros caras dificil unico el la los "
        "las un una unos unas uno de del al a y o e u que en con sin por para mi me te se su sus lo le les es "
        "son esta estan ese esa eso esos esas este esto estos estas no si ya muy mas menos hay tienen tienes "
        "tiene tendran tendra venden vendes manejan quiero quisiera busco buscaba buscando ando necesito dame "
        "deme das puedes puede puedo pueden podria favor hola buenas buenos dias tardes noches buen dia "
        "gracias cuanto cuantos cuantas cuesta cuestan vale valen precio precios costo cual cuales como algun "
        "alguna algunos alguno algo disponible disponibles stock existencia queda quedan talla tallas numero "
        "color colores interesa interesan ver muestrame ensename comprar pedir llevar llevo quedo pedido "
        "compro gustaria tambien ademas otra otro otros cosa cosas pieza piezas pues ok oye disculpa perdon "
        "saber informacion info modelo modelos tipo sea sean qué onda todavia aun barato baratos barata "
        "baratas economico economica economicos mejor peor entre diferencia comparar comparame compara "
        "recomiendas conviene vez lugar quita quitar agrega agregar cambia cambio solo nomas sale salen tengo "
        "ustedes usted aqui ahi eh jaja haha hasta maximo pesos mxn hacer hacen porfa primero segundo primera "
        "segunda tercero tercera ultimo ultima dos tres cuatro cinco seis par ambos ambas cada tal q mandame "
        "ponme apartame mil nada he voy ir era sera fue bien y/o porque gusta gustan"
    ),
    clock=Clock(
        days={
            "lunes": 0,
            "martes": 1,
            "miercoles": 2,
            "jueves": 3,
            "viernes": 4,
            "sabado": 5,
            "domingo": 6,
            "lun": 0,
            "mie": 2,
            "vie": 4,
            "sab": 5,
            "dom": 6,
            "sabados": 5,
            "domingos": 6,
        },
        relative="hoy manana mañana pasado",
        months=("enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre"),
        parts="tarde noche mediodia medianoche madrugada temprano",
        more="semana proximo proxima siguiente fin quincena am pm hrs hs horas hora",
        before_hour="las la",
        joins=(
            "el la las los a al de del por en para este esta proximo proxima siguiente dia que viene y "
            "media cuarto punto tipo como eso despues antes dentro pasado"
        ),
        afternoon="tarde noche",
        morning="manana madrugada",
    ),
)
