"""English: what customers write. Patterns are read on folded text (`text.fold`): lower case, no accents."""

from agent.offline.tables import Clock, Phrases

PHRASES = Phrases(
    short={
        "u": "you",
        "hav": "have",
        "helo": "hello",
        "r": "are",
        "ur": "your",
        "pls": "please",
        "plz": "please",
        "thx": "thanks",
        "ty": "thanks",
        "tmrw": "tomorrow",
        "tmr": "tomorrow",
        "tomorow": "tomorrow",
        "wanna": "want to",
        "gonna": "going to",
        "im": "i am",
        "ive": "i have",
        "whats": "what is",
        "hows": "how is",
        "wheres": "where is",
        "dont": "do not",
        "cant": "can not",
        "id": "i would",
        "ill": "i will",
    },
    intents={
        "human": (
            r"(talk|speak|chat|connect|transfer|get|put|pass)\b.{0,30}\b(person|human|someone|somebody|agent|"
            "representative|manager|owner|staff|receptionist)",
            r"(want|need|prefer) (a |an )(real )?(person|human|agent)\b",
            "(real|actual) (person|human)|customer service",
            r"(person|human|someone|somebody|agent)\b.{0,20}\b(call|help|write|contact|answer)",
            r"(can|could|please) (you )?call me\b(?! (when|if))",
            r"complain\w*|scam|terrible|awful|charged (me )?(twice|double|too much)|refund\w*",
        ),
        "complaint": (
            r"(arriv\w+|came|got|received|sent|delivered|shipped)\b.{0,40}\b(broken|damaged|torn|faulty|defective|"
            r"incomplete|cracked|wrong)",
            r"((has|have|did) not|hasn t|haven t|didn t|never) (yet )?(arriv\w*|come|received?|got(ten)?|"
            r"been delivered|shown up)\b",
            r"(stopped|not|doesn t|does not) work(ing)?\b(?! for me)|fell apart|(is|it) (broken|broke)\b",
            r"my money back|bad service",
        ),
        "others": (
            r"(she|he|they) (paid|ordered|bought|spent|booked)\b|(his|her|their) (order|address|phone|number|purchase)",
            r"(order|address|phone|purchase)\w*\b.{0,12}\bof (my|a|another) (wife|husband|friend|neighbou?r|"
            r"sister|brother|boss|customer|client)",
            r"(wife|husband|friend|neighbou?r|sister|brother|boss|customer) s (order|address|phone|purchase)",
            r"did (she|he|they|my \w+|the \w+) (order|buy|spend|pay|book)\b",
        ),
        "bot": (
            r"who (are you|is this|am i (talking|speaking|chatting))",
            r"chatgpt|who (made|built|created) you|\bprompt\b|your instructions",
            "(are|r) you (a |an )?(robot|bot|machine|ai|human|real)",
            "is this (a |an )?(robot|bot|ai|human)",
        ),
        "languages": (r"speak (english|spanish|portuguese)|in english|(which|what) languages?",),
        "total": (r"total|how much (is|for) everything",),
        "reschedule": (
            r"reschedul\w+|rebook\w*",
            r"(change|move|switch|shift|push|postpone)\b.{0,25}\b(appointment|booking|time|day|date|"
            "reservation|it to)",
        ),
        "cancel": (
            r"cancel\w*|call off",
            "(can not|won t|will not|can t|cannot) (make it|come|attend)",
        ),
        "wait": (
            r"(tell|let|text|message|write|notify|ping)\b.{0,15}\b(if|when) .{0,20}\b(free\w*|open\w*|cancel\w*|"
            r"available|comes up)",
            r"(if|when) (somebody|someone|anybody|anyone) cancel\w*.{0,20}\b(tell|let|text|message|notify)",
            r"(put|add|join|get|be) .{0,20}\bwait(ing )? ?list",
        ),
        "unwait": (r"(take|remove|get|drop|leave)\b.{0,20}\b(off|out of|from|leave)?.{0,6}\bwait(ing )? ?list",),
        "my_bookings": (
            r"my code|(forgot|do not remember).{0,20}(appointment|booking|time)",
            r"my (appointments?|bookings?|reservations?)\b(?!.{0,15}\b(to|for)\b)",
            "(what|which|any) (appointments|bookings) (do )?i have|do i have (an|any) (appointment|booking)s?",
            r"(when|what time) (is|was) my\b",
        ),
        "order_status": (
            r"(where|how|when)\b.{0,12}\bmy (order|package|parcel|delivery)",
            r"(status|track\w*|update)\b.{0,20}\b(order|package|parcel|delivery)",
            r"my (order|package|parcel)\b.{0,15}\b(ship\w*|arriv\w*|left|ready|coming|status)",
        ),
        "paid": (
            "(i )?(have )?(already )?(just )?paid|payment (went through|done|made|sent)",
            "(get|got|received?) my (payment|deposit)",
        ),
        "pay_link": (
            "(payment |pay )?link",
            r"(how|where|want to|can) (do |can )?(i )?pay\b(?!.{0,10}(with|by|in))",
        ),
        "follow_up": (
            r"remind\w*",
            r"\b(message|text|contact|write|ping) (to )?me\b(?! (if|when))",
        ),
        "compare": (
            r"compar\w+|difference",
            r"which (one )?(of (them|these|those|the two) )?(is|would|do you|should|one)\b(?! (the|your) "
            "(price|address|hours))",
            "what (do|would) you recommend|recommend",
        ),
        "discount": (
            r"discount\w*|coupon|promo\w*|deals?\b|cheaper (if|for)|best price|lower (the )?price|on sale|"
            r"i (will |ll )?(give|offer|pay) (you )?\d|\d+ (pesos |dollars |bucks )?and i (will |ll )?(pay|take|buy)",
        ),
        "remove": ("remove|without (the|a)|take (out|off)|drop the|no longer want|delete",),
        "replace": (
            r"instead|swap|replace|make it|rather (the|a|have)|change (the|it|that)|only (one|\d+)|just (one|"
            r"\d+)\b",
        ),
        "add": (r"\badd\b|also|as well|plus|and (one|another|\d+) more|another",),
        "order": (
            r"(want|need|take|get|(?<!you )have|give me|send me|i would like) (\d+|the|a|an|one|two|three|four|five|"
            r"both|that|this|those|these|it|them)\b",
            "i (will|would|ll) (take|have|get|buy)|i am taking",
            "(want|like|going|ready|can i|could i|i would like) (to )?(buy|order|purchase|get|place an order)",
            r"buy (it|them|the|a|\d+)|order (it|them|the|a|\d+)|place (the|an|my) order|(a|me a) quote|quote me",
        ),
        "more": ("(what|any|anything) (else|other|others|more)|other options|show (me )?more|more options",),
        "book": (
            r"(book|schedule|reserve|make|get|have|need|want|set up)\b.{0,20}\b(appointment|booking|slot|spot|"
            "reservation|haircut)",
            r"(book|schedule|reserve)\b|(any|is there|do you have|got)\b.{0,15}\b(availability|available|"
            r"slots?|openings?|space|free|time)\b|availability|(fit|squeeze) me in|(are|is) (you|\w+) "
            "(available|free) (on|at|tomorrow|today|this|next)",
        ),
        "services": (
            "(what|which) (services|treatments)|(what|which) do you (do|offer)|services|treatments|price list|menu",
        ),
        "hours": (
            "(opening|business|working)? ?hours|(what|when) (time )?(do|are) you (open|close)|(are|you) "
            r"open\b|open (now|today|on|tomorrow)|closing time|until what time|how late",
        ),
        "price": (
            r"how much|(?<!normal )(?<!full )(?<!regular )(?<!list )prices?\b|costs?\b|what is the (price|cost)",
        ),
        "duration": (r"how long (does|is|will|would|do)",),
        "stock": (
            r"(do you have|have you|is there|are there|any|got)\b.{0,40}\b(left|in stock|available|size|in "
            r"\w+)",
            r"in stock|how many (are|do you|left)|still (have|available)|is (it|the|that)\b.{0,25}\bavailable",
        ),
        "search": (
            "(looking for|look for|searching|search|need|want|do you (have|sell|carry)|show me|interested in|"
            r"like to see|got any|find|i would like|info|information)\b",
            r"^(?:(?:hi|hey|hello) )?any (?!ideas?|news|chance|updates?|problems?)",
        ),
        "greet": (r"^(hi+|hola|oi|ola|hello+|hey+|good (morning|afternoon|evening)|hiya|howdy|greetings)\b",),
        "thanks": ("thanks?|thank you|cheers|appreciate",),
        "bye": (r"\bbye\b|goodbye|see (you|ya)|take care|later$",),
        "yes": (
            r"^(i do|actually yes|i want it)\b",
            "^(yes+|yep|yeah|yup|sure|ok|okay|of course|confirm|confirmed|go ahead|please do|do it|sounds "
            "good|great|perfect|correct|that works|works for me|absolutely|deal|fine|alright|all right|right|"
            r"exactly|definitely|book it|y)\b",
            r"^(ok |oh |well |great |perfect |thanks )*(yes|sure|go ahead|confirm)\b",
        ),
        "no": (
            r"^(wait|hmm|actually) no\b",
            r"^(no+|nope|nah|not now|not yet|nothing|never ?mind|forget it|leave it|do not)\b",
            r"^(thanks|but|hmm+|oh) no\b|no thanks|no thank you|not interested|i will think|let me think|"
            r"rather not|changed my mind|\bnever ?mind\b|"
            "(do not|no longer) want (it|them|that|any|anything)( any ?more)?$|"
            "forget (it|about it)",
        ),
        "hedge": ("but|except|however|what if|before|wait|how|which|what|although",),
    },
    numbers={
        "a": 1,
        "an": 1,
        "one": 1,
        "two": 2,
        "three": 3,
        "four": 4,
        "five": 5,
        "six": 6,
        "seven": 7,
        "eight": 8,
        "nine": 9,
        "ten": 10,
        "eleven": 11,
        "twelve": 12,
        "couple": 2,
        "pair": 2,
        "dozen": 12,
    },
    ordinals={"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1, "1st": 1, "2nd": 2, "3rd": 3},
    all_of_them=("both|the two|all (of )?(them|three)|all"),
    that_one=("that|this|it|those|these|them"),
    split=(r"\s*(?:,|;|\n|\+|\band\b|\bplus\b|\balso\b|\bas well as\b)\s*"),
    either=(r"\s*(?:,|\n|\bor\b|\band\b|\bvs\b|\bversus\b|\bwith\b|\bto\b)\s*"),
    limit=(
        r"(?:less than|cheaper than|around|about|under|below|up to|at most|max|maximum|no more than)\s*(?:\$|r\$|mxn|"
        r"usd)?\s*([\d.,]+)"
    ),
    cheap=(r"cheap\w*|affordable|budget"),
    name=(r"(?:my name is|my name's|i am|i'm|im|this is|under the name|name:)\s+([^\W\d_]+(?:\s+[^\W\d_]+)?)"),
    not_a_name=(
        "a an the looking interested not sorry here new allergic in on just going trying wondering "
        "for sure ok fine good great my size ready back free available happy at so very still taking "
        "it that"
    ),
    about=(r"(?:remind\w*|message|text|write)\b.*?\b(?:to|about|of|that)\s+(.+)"),
    address=(r"\b(street|st|avenue|ave|road|rd|address|zip|apartment|apt|suite|pick ?up|deliver to)\b"),
    stopwords=(
        "yesterday again similar alternative alternatives "
        "never mind sorry meant mean quote now already back "
        "gift gifts birthday around pesos bucks languages changed mind anymore son daughter years old plays play "
        "start starting something "
        "confirm confirmed wait actually make really oi ola hola product products item items catalog shop store "
        "salon options oh uh hmm ah bye goodbye then fine normal regular pairs pair unit units expensive the "
        "a an some any of in on at to for with without and or that this these those it its is are was be do "
        "does did you your i my me we us our have has had got get can could would will want need like looking "
        "look search searching find show please thanks thank hi hello hey good morning afternoon evening how "
        "much many what which where when price prices cost costs sell carry there here stock available left "
        "still size color colour interested see buy order take purchase also another other others thing "
        "things piece pieces ok okay well know information info model type cheap cheaper cheapest affordable "
        "budget better best worse between difference compare recommend instead remove add change swap just "
        "only yes no not about if so more less than under up max first second third last one two three four "
        "five couple both each am he she they from give send them let tell book appointment dollars ones "
        "anything something else hows s m t d ll ve re"
    ),
    clock=Clock(
        days={
            "monday": 0,
            "tuesday": 1,
            "wednesday": 2,
            "thursday": 3,
            "friday": 4,
            "saturday": 5,
            "sunday": 6,
            "mon": 0,
            "tue": 1,
            "tues": 1,
            "wed": 2,
            "thu": 3,
            "thurs": 3,
            "fri": 4,
            "sat": 5,
            "sun": 6,
            "mondays": 0,
            "tuesdays": 1,
            "wednesdays": 2,
            "thursdays": 3,
            "fridays": 4,
            "saturdays": 5,
            "sundays": 6,
        },
        relative="today tonight tomorrow",
        months="january february march april may june july august september october november december",
        parts="morning afternoon evening night noon midnight midday early",
        more="week next weekend am pm hrs hours hour o'clock oclock",
        before_hour="at",
        joins=(
            "the at on in next this of half past quarter to around about after before day day-after coming a by from"
        ),
        afternoon="afternoon evening night",
        morning="morning",
    ),
)
