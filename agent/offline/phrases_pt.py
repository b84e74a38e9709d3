"""Portuguese: what customers write. Patterns are read on folded text (`text.fold`): lower case, no accents."""

from agent.offline.tables import Clock, Phrases

PHRASES = Phrases(
    short={
        "vc": "voce",
        "vcs": "voces",
        "q": "que",
        "pq": "porque",
        "tb": "tambem",
        "tbm": "tambem",
        "hj": "hoje",
        "amnh": "amanha",
        "amnha": "amanha",
        "qto": "quanto",
        "qnto": "quanto",
        "qdo": "quando",
        "obg": "obrigado",
        "brigado": "obrigado",
        "brigada": "obrigada",
        "blz": "beleza",
        "pfv": "por favor",
        "pf": "por favor",
        "td": "tudo",
        "kero": "quero",
        "qro": "quero",
        "eh": "e",
    },
    intents={
        "human": (
            r"(falar|conversar|atend\w+|pass[ae]\w*|contat\w+|chama\w*|transfer\w+)\b.{0,30}\b(pessoa|humano|"
            "alguem|atendente|gerente|don[oa]|vendedora?|responsavel|recepcionista|recepcao)",
            r"(quero|preciso|prefiro) (de )?(um|uma) (pessoa|humano|atendente)\b",
            "(pessoa|alguem) (real|de verdade|da equipe)",
            r"(alguem|uma pessoa|um humano|atendente)\b.{0,20}\b(lig\w+|ajud\w+|atend\w+|respond\w+)",
            r"(pode\w*|poderia\w*|quero que) me lig\w+|me (liguem|ligue)\b",
            r"reclama\w+|golpe|pessim[oa]|me cobraram (duas vezes|a mais|errado)|reembols\w+|estorno",
        ),
        "complaint": (
            r"(veio|vieram|cheg\w+|recebi|mandaram|enviaram|entregaram)\b.{0,40}\b(quebrad\w+|danificad\w+|rasgad\w+|"
            r"defeit\w+|errad\w+|trocad\w+|faltando)",
            r"(me mandaram|me enviaram|recebi)\b.{0,40}\boutr[oa] (tamanho|cor|modelo|produto|numero)",
            r"nao (me )?(chegou|chegaram|recebi|entregaram)\b",
            r"(quebrou|rasgou|descolou|descosturou)\b|com defeito|(parou de|nao) funcion\w+",
            r"(quero|exijo) (o )?meu dinheiro|pessimo atendimento",
        ),
        "others": (
            r"(pedido|compra|endereco|telefone|dados)\w*\b.{0,15}\b(del[ae]\b|d[aeo] (minha|meu|uma?|outr[oa]) "
            r"(espos[oa]|marido|mulher|amig[oa]|vizinh[oa]|irma\w?|prim[oa]|namorad[oa]|chefe|client[ea]))",
            r"(que|quanto|quando|onde)\b.{0,12}\b(minha|meu|el[ae]) \w*\b.{0,12}\b"
            r"(comprou|pediu|pagou|encomendou|gastou)\b",
        ),
        "bot": (
            r"quem (e (voce|vc)|fala)\b|com quem (eu )?(falo|estou)",
            r"(voce|vc) e (um |uma )?(ia|chatgpt)|quem te (fez|criou)|\bprompt\b|suas instrucoes",
            "(voce|vc|isso) e (um |uma )?(robo|bot|maquina|ia|humano|pessoa)",
            "falo com (um |uma )?(robo|bot)",
        ),
        "languages": (r"fal\w* (ingles|espanhol|portugues)|em ingles|(que|quais) (idiomas|linguas)",),
        "total": (r"total|quanto (fica|da|deu) tudo",),
        "reschedule": (
            r"remarc\w+|reagend\w+",
            r"(mud\w+|troc\w+|alter\w+|pass\w+|adi\w+|antecip\w+)\b.{0,25}\b(horario|hora|agendamento|reserva|"
            "marcacao|dia|consulta)",
        ),
        "cancel": (
            r"nao vou (mais )?poder",
            r"cancel\w+|desmarc\w+|anul\w+",
            "nao (vou|posso|consigo|vou poder) (mais )?(ir|comparecer)",
        ),
        "wait": (
            r"avis\w*\b.{0,15}\b(se|quando) .{0,15}\b(abrir|abre|vag\w+|liber\w+|desmarc\w+|cancel\w+|desist\w+)",
            r"(se|quando) (alguem |uma pessoa )?(cancel\w+|desmarc\w+|desist\w+|abrir vaga).{0,20}\bavis\w*",
            r"(coloc\w*|bot\w*|p[oõ]e\w*|inclu\w*|entrar|quero|ficar) .{0,20}\b(lista|fila) de espera",
        ),
        "unwait": (r"(sair|saio|tir\w+|remov\w+|exclu\w+)\b.{0,20}\b(lista|fila)( de espera)?\b",),
        "my_bookings": (
            r"meu codigo|(esqueci|nao lembro).{0,20}(horario|hora|agendamento)",
            "(meus|meu|minhas|minha) (horarios?|agendamentos?|reservas?|marcacao|marcacoes|"
            r"consultas?)\b(?!.{0,20}\b(mud|troc))",
            "(que|quais) (horarios|agendamentos|reservas) (eu )?tenho",
            r"(quando|que horas|a que horas) (e|era|tenho|ficou)\b.{0,8}(meu|o meu|minha|a minha|o) ?(horario|"
            "agendamento|reserva|corte)?",
            "tenho (algum|alguma|um|uma) (horario|agendamento|reserva|coisa) marcad[oa]",
            "o que (eu )?tenho marcado|tenho marcado",
        ),
        "order_status": (
            r"(onde|como|quando|cade)\b.{0,10}\b(esta|ta|anda|chega|ficou)?\b.{0,12}\b(meu|o meu|o) (pedido|"
            "pacote|compra)",
            r"(status|situacao|andamento|rastre\w+)\b.{0,20}\b(pedido|compra|pacote|entrega)",
            r"(meu|o) (pedido|pacote)\b.{0,15}\b(saiu|chegou|chega|enviaram|esta pronto|foi)",
            "(saiu|enviaram|mandaram|despacharam) (ja )?(o )?meu (pedido|pacote)",
            "minha (compra|encomenda|entrega)",
        ),
        "paid": (
            "ja (paguei|fiz o pagamento|fiz o pix|transferi|esta pago)",
            "(caiu|chegou|receberam) (meu|o) (pagamento|pix|sinal)",
        ),
        "pay_link": (
            "link( de pagamento| para pagar| pra pagar)?",
            r"(como|onde|quero|posso) pag(o|ar)\b(?!.{0,10}(com|no|em))",
        ),
        "follow_up": (
            r"lembr\w+|lembrete",
            r"me (chama|avisa|escreve|procura|manda mensagem)\b(?! (se|quando))",
        ),
        "compare": (
            r"compar\w+|diferencas?\b",
            "qual (dos|das|deles|delas|desses)|qual (e |seria )?(o |a )?(melhor|mais em conta|mais barat[oa]|vale)",
            "qual (voce )?(recomenda|indica|sugere)|o que (voce )?(recomenda|indica)",
        ),
        "discount": (
            r"descont\w+|promo\w*|oferta\w*|cupom|mais barato (se|pra mim)|ultimo preco|faz por (menos|\d)|"
            r"deixa (por|a|em) \d|(te )?(dou|pago|ofereco) \d|baixa o preco",
        ),
        "remove": (r"tir[ae]\w*|sem (o|a|os|as)\b|nao quero mais (o|a|os|as)\b|remov\w+|elimin\w+",),
        "replace": (r"em vez d\w+|no lugar d\w+|troc[ae]\w*|melhor (o|a|os|as|um|uma|so|\d+)\b",),
        "add": (r"acrescent\w+|adicion\w+|inclu[ia]\w*|coloca\w* (mais|tambem)|tambem|mais (um|uma|\d+)\b",),
        "order": (
            "(quero|queria|preciso de|preciso|me ve|me da|manda|me manda|separa|separe|vou levar|vou querer|"
            r"levo|pego) (\d+|o|a|os|as|um|uma|dois|duas|tres|quatro|cinco|ambos|esse|essa|esses|essas|este|"
            r"esta)\b",
            "(vou|quero) (levar|ficar com)|(fico|vou ficar) com|vou querer",
            "(quero|queria|gostaria de|vou|posso|desejo|fazer) (comprar|pedir|encomendar|um pedido|o pedido)",
            r"compro\b|fecha o pedido|fechar (o )?pedido|pode fechar|orcamento|cotac\w+",
        ),
        "more": ("(que|quais) (outr[oa]s|mais)|outras opcoes|tem (mais|outr[oa]s)|ver mais|mostra mais",),
        "book": (
            r"(agend\w+|reserv\w+|marcar|marca|marco|marque|encaix\w+)\b",
            "(quero|queria|preciso|gostaria de|tem|teria|ha|ter) (um |algum |de um |algum |de )*(horario|"
            r"vaga|encaixe|hora)\b",
            "(tem|teria|ha|voces tem) (disponibilidade|agenda|espaco|vaga|vagas|horario|horarios)|disponibilidade",
            "(da|daria) (pra|para) (me )?(atender|encaixar|fazer|marcar)|consegue[m]? me (atender|encaixar)",
        ),
        "services": (
            "(que|quais) (os )?(servicos|tratamentos)|(o que|que) (voces )?(fazem|oferecem)|servicos|"
            "tratamentos|lista de (servicos|precos)|tabela de precos",
        ),
        "hours": (
            "(que|a que) horas? (abre|abrem|fecha|fecham|atende|atendem)|horario (de|do) (funcionamento|atendimento)",
            "(qual|quais) (e |o |e o |os )?(seu |horario|horarios)|ate que horas|(abrem|fecham|aberto|"
            r"abertos|fechado|funciona|funcionam)\b",
            "(que|quais) dias (abrem|atendem|funcionam)",
        ),
        "price": (
            r"quanto (custa|custam|e|fica|sai|ta|esta|sao|cobram|seria|vale)|"
            r"precos?\b(?! (?:normal|cheio|de tabela))|valor(es)?\b|quanto",
        ),
        "duration": (r"quanto tempo|quanto (dura|demora|leva)\w*|demora (muito|quanto)",),
        "stock": (
            r"(tem|voces tem|ha|sobrou|ainda tem|restam|resta)\b.{0,40}\b(disponive\w+|estoque|no \w+|tamanho|"
            "numero|cor|ainda)",
            "ainda (tem|ha|restam)|quant[oa]s (tem|restam|sobraram)|estoque|pronta entrega",
        ),
        "search": (
            r"(procuro|procurando|busco|buscando|preciso|quero ver|queria|queria ver|gostaria|me interess\w+|"
            r"quero|mostra|mostre|tem|voces tem|vendem|vende|trabalham com|info|informacoes)\b",
        ),
        "greet": (r"^(oi+e?|hola|hi|hello|ola|bom dia|boa tarde|boa noite|e ai|opa|tudo bem|hey)\b",),
        "thanks": (r"(muito )?obrigad[oa]|valeu|agradeco|grat[oa]\b",),
        "bye": (r"tchau|ate (logo|mais|amanha|breve)|falou|bye|abraco\w*",),
        "yes": (
            r"^(quero|eu quero)$",
            "^(sim+|s|claro|pode ser|pode|ok|okay|beleza|certo|isso|perfeito|otimo|confirmo|confirmado|"
            "confirma|fechado|pode confirmar|pode marcar|pode sim|combinado|com certeza|esta bem|ta bom|tudo "
            "bem|bora|aceito|positivo|show|quero sim|sim por favor|isso mesmo|maravilha|legal|joia|uhum|aham|"
            r"manda|pode fechar|pode mandar)\b",
            r"^(ok |ah |bom |entao |perfeito |obrigad[oa] )*(sim|claro|pode|confirmo|confirma|fechado)\b",
        ),
        "no": (
            "^(nao+|n|nada|ainda nao|agora nao|melhor nao|por enquanto nao|negativo|deixa|deixa pra la|"
            r"esquece)\b",
            r"^(obrigad[oa]|mas|hum+|ah) nao\b|\bnao (obrigad[oa]|quero|confirma|precisa)|melhor nao|deixa pra "
            "la|vou pensar|mudei de (ideia|opiniao)|nao quero (mais|nada)( nada)?$",
        ),
        "hedge": ("mas|so que|porem|exceto|menos (o|a)|e se|antes|espera|quanto|como|qual|sera que",),
    },
    numbers={
        "um": 1,
        "uma": 1,
        "dois": 2,
        "duas": 2,
        "tres": 3,
        "quatro": 4,
        "cinco": 5,
        "seis": 6,
        "sete": 7,
        "oito": 8,
        "nove": 9,
        "dez": 10,
        "onze": 11,
        "doze": 12,
        "par": 2,
        "duzia": 12,
    },
    ordinals={
        "primeiro": 1,
        "primeira": 1,
        "segundo": 2,
        "terceiro": 3,
        "terceira": 3,
        "quarto": 4,
        "quinto": 5,
        "ultimo": -1,
        "ultima": -1,
    },
    all_of_them=("os dois|as duas|ambos|ambas|os tres|as tres|todos|todas"),
    that_one=("esse|essa|isso|este|esta|isto|o|a|os|as|esses|essas|estes|estas|dele|dela"),
    split=(r"\s*(?:,|;|\n|\+|\be\b(?! meia)|\bmais\b|\btambem\b)\s*"),
    either=(r"\s*(?:,|\n|\bou\b|\be\b|\bvs\b|\bcom\b|\bcontra\b)\s*"),
    limit=(
        r"(?:menos de|(?:barat\w*|em conta|economic\w*) (?:do )?que|por volta de|em torno de|ate|no maximo|maximo|max|"
        r"abaixo de|por menos de)\s*(?:r?\$|reais)?\s*([\d.,]+)(?!\s*(?:h\b|:))"
    ),
    cheap=(r"barat\w*|em conta|economic\w*"),
    name=(
        "(?:me chamo|meu nome é|meu nome e|aqui é (?:a |o )?|aqui e (?:a |o )?|sou (?:a |o )?|em nome "
        r"de)\s*([^\W\d_]+(?:\s+[^\W\d_]+)?)"
    ),
    not_a_name="de do da um uma cliente eu alergico alergica nova novo o a muito quem",
    about=(r"(?:lembr\w+|lembrete|avisa\w*|chama\w*)\b.*?\b(?:que|de|do|da|sobre|para|pra)\s+(.+)"),
    address=(
        r"\b(rua|avenida|av|bairro|numero|cep|apto|apartamento|endereco|casa|retiro|retirar|buscar na "
        r"loja)\b"
    ),
    stopwords=(
        "primeiros primeiras ultimos ultimas quinto pesos "
        "ontem anteontem parecido parecida parecidos parecidas similar semelhante semelhantes "
        "muita muitas muitos desculpa desculpe perdao quis dizer digo orcamento cotacao pensando agora "
        "presente presentes aniversario reais normal mudei ideia opiniao filho filha anos joga jogar "
        "algo comecar informacoes "
        "confirmo confirma confirmado espera fechado hi hello hola produto produtos artigo artigos catalogo "
        "loja salao opcoes verdade ai oh ah nossa hum tchau valeu logo entao pares unidade unidades caro cara "
        "caros caras o a os as um uma uns umas de do da dos das em no na nos nas e ou que com sem por para "
        "pra pro meu minha me te se seu sua lo la isso esse essa esses essas este esta isto nao sim ja muito "
        "mais menos tem ha teria voces voce vende vendem quero queria procuro busco preciso gostaria poderia "
        "pode posso podem favor oi ola bom boa dia tarde noite obrigado obrigada quanto quantos quantas custa "
        "custam vale valor preco precos qual quais como algum alguma alguns algo disponivel disponiveis "
        "estoque ainda tamanho numero cor cores interessa ver mostra mostre comprar pedir levar vou fico "
        "pedido compro tambem outra outro outros coisa coisas peca pecas ok olha saber informacao info modelo "
        "tipo seja barato baratos barata baratas conta economico melhor pior entre diferenca comparar compara "
        "recomenda vez lugar tira tirar inclui adiciona troca muda so fica sai sao tenho aqui eh kkk ate "
        "maximo reais fazer fazem primeiro segundo primeira terceiro ultimo ultima dois duas tres quatro "
        "cinco par ambos ambas cada marcar agendar horario tudo bem eu era ser foi porque gosto"
    ),
    clock=Clock(
        days={
            "segunda": 0,
            "terca": 1,
            "quarta": 2,
            "quinta": 3,
            "sexta": 4,
            "sabado": 5,
            "domingo": 6,
            "seg": 0,
            "ter": 1,
            "qua": 2,
            "qui": 3,
            "sex": 4,
            "sab": 5,
            "dom": 6,
            "sabados": 5,
            "domingos": 6,
            "segundas": 0,
            "tercas": 1,
            "quartas": 2,
            "quintas": 3,
            "sextas": 4,
        },
        relative="hoje amanha depois",
        months="janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
        parts="tarde noite meio-dia meiodia manha manhã cedo madrugada",
        more="semana proximo proxima vem feira fim am pm hrs hs horas hora",
        before_hour="as às",
        joins=(
            "o a as os à às ao de da do na no nas nos pela para pra em este esta proximo proxima feira "
            "dia que vem e meia meio ponto tipo depois antes daqui umas la lá pelas"
        ),
        afternoon="tarde noite",
        morning="manha madrugada",
    ),
)
