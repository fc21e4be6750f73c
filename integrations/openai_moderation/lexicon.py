"""What the simulated vendor looks for. General ways of speaking, in the folded form of
`normaliser.fold` (no accents), lower case; English, German, French, Spanish, some Portuguese.

**Here stand insults, threats and words of despair**, since that is what is to be recognised. It is
a stand-in for a real vendor's model: good enough to give a realistic spread, and no better.
"""

import re
from typing import Final

from casework.base import Model, Score


class Phrase(Model):
    weight: Score
    pattern: re.Pattern[str]


def _phrase(weight: float, *alternatives: str) -> Phrase:
    return Phrase(weight=weight, pattern=words(*alternatives))


def words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)")


YOU: Final = words(
    r"you|u|ur|you're|youre|your|yours|yourself|ya|y'all",
    r"du|dich|dir|deine?[mnrs]?|euch|ihr",
    r"tu|toi|te|t'es|ton|ta|tes|vous|votre|vos",
    r"ti|tus?|eres|usted|sos|sua|seu|voce|es um|es uma|@\w{2,30}",
)
THEM: Final = words(
    r"he|she|him|her|his|they|them|this (?:guy|girl|one|user|idiot)|er|sie|il|elle|el|ella"
)
SELF: Final = words(r"i am|i'm|im|me a|i was|ich bin|je suis|soy|sou|myself")

INSULTS: Final = (
    _phrase(
        0.66,
        r"idiots?|morons?|imbeciles?|losers?|scum(?:bag)?|pathetic|worthless|useless|disgusting"
        r"|trash|garbage|vermin|pigs?|rats?|cow|hags?|clowns?|freaks?|cowards?|creeps?|liars?"
        r"|bastards?|jerks?|twats?|wankers?|pricks?|dickheads?|assholes?|arseholes?|bitch(?:es)?"
        r"|cunts?|whores?|sluts?|dumbass\w{0,3}|stupid|dumb|ugly|retard(?:ed|s)?|nobody|fat"
        r"|pieces? of (?:shit|crap|garbage|trash)|waste of (?:oxygen|space|air)",
    ),
    _phrase(
        0.66,
        r"idioten?|trottel|depp|versager(?:in)?|dumm\w{0,3}|stuck (?:dreck|scheisse)|dreckstuck"
        r"|arschloch|wichser|hurensohn|schlampe|missgeburt|niemand|abschaum|erbarmlich|fotze"
        r"|schwein",
        r"connard|connasse|salope?|putain de|pute|nulle?|abruti|debile|cretin|batard|encule"
        r"|idiote?|merde humaine|ordure",
        r"idiota|imbecil|estupid[oa]|tont[oa]|gilipollas|cabron|puta|mierda|basura|inutil|perdedor"
        r"|lixo|burr[oa]|otari[oa]|nojent[oa]|bosta|cerdo",
    ),
    _phrase(
        0.45,
        r"fuck(?:ing|ed|er|ers)?|motherfuckers?|shit(?:ty|head)?|fick dich|scheiss\w{0,3}|merde"
        r"|joder|porra|caralho",
    ),
    _phrase(
        0.55,
        r"shut (?:the \w+ )?up|fuck (?:off|you)|piss off|get lost|screw you|eat shit|suck my"
        r"|halt (?:einfach )?(?:die|deine) (?:fresse|klappe)|verpiss dich|fick dich"
        r"|ferme[- ]?(?:ta gueule|la)|ta gueule|va te (?:cacher|faire)|casse[- ]toi|callate"
        r"|vete a la mierda|cala a boca|vai (?:chorar|te foder)|go cry",
    ),
)
HUMILIATION: Final = (
    _phrase(
        0.64,
        r"(?:nobody|no ?one|none of us) (?:\w+ ){0,4}(?:like|can stand|want|need|love|asked for"
        r"|cares about)s? (?:you|u|your \w+)",
        r"every(?:one|body) (?:\w+ ){0,3}(?:hates?|laugh\w*|knows?|thinks?)(?: at)?(?:,? (?:you|u)"
        r"|(?: what)? a \w+| 1?i?t)",
        r"(?:parents|mother|mum|mom|family) must be (?:so |very )?(?:ashamed|disappointed)",
        r"(?:delete|uninstall) (?:yourself|your (?:account|life))|do every(?:one|body) a favou?r",
        r"(?:dich|du) (?:\w+ ){0,3}(?:keiner|niemand)|keiner (?:mag|will|braucht) dich"
        r"|dich will \w+ keiner",
        r"tout le monde (?:se moque|te deteste)|personne (?:ne )?t'aime",
        r"nadie te (?:quiere|soporta|aguanta)|todos te odian|ninguem te (?:quer|suporta)"
        r"|toda a gente (?:aqui )?pensa",
        r"you (?:will|were|are) (?:always be )?nothing|(?:what|such) a (?:worthless|lying"
        r"|pathetic)",
        r"(?:looks?|smells?|sounds?) like (?:\w+ ){0,3}(?:shit|vomit|puke|trash|garbage|sewage"
        r"|threw up)",
    ),
)
HOUNDING: Final = (
    _phrase(
        0.85,
        r"(?:block|ban|report) me\b.{0,40}\baccounts?|you can(?:'?t|not) (?:block|escape|hide)",
        r"you will (?:read|see|hear) (?:every|me)|every (?:single )?time (?:you|u) (?:post|log"
        r"|speak)",
        r"(?:i )?(?:will|gonna|going to) (?:always )?(?:be there|follow you|haunt you)",
        r"(?:post|publish|leak|poster|publier|veroffentlich\w*|publicar)\w* (?:\w+ ){0,2}(?:your"
        r"|deine?|ton|ta|tes|tu|seu|sua) (?:address|adresse|direccion|endereco|nudes|photos?"
        r"|number|nummer|numero)",
        r"(?:screenshots?|photos?|pics|videos?|nudes) (?:\w+ ){0,2}(?:go|sent?|will go"
        r"|goes) to (?:your|everyone|the whole)",
        r"(?:every(?:one|body)|all of you) (?:go )?(?:report|spam|dogpile|harass|flood) (?:her|his"
        r"|him|them|their)|until (?:she|he|they) (?:quits?|cries|leaves?|logs? off)",
    ),
)
DEATH_WISHES: Final = (
    _phrase(
        0.97,
        r"kys|kill (?:yo)?urself|kill ur ?self|end (?:yo)?ur (?:own )?life|go (?:and )?die"
        r"|(?:hope|wish) (?:you|u|they|he|she) (?:\w+ ){0,2}(?:die|dies|died|suffer|get cancer"
        r"|choke)|(?:you|u|he|she) (?:should|deserve to|need to|ought to) (?:\w+ )?(?:die|be dead"
        r"|be killed)|die alone|die in a fire|drop dead|go hang (?:yo)?urself|drink bleach"
        r"|neck yourself|(?:nobody|no ?one) would (?:even )?(?:notice|miss you|care)",
        r"bring dich um|stirb(?: endlich)?|geh sterben|(?:geh|spring) (?:doch )?(?:vor|von) (?:den"
        r"|die|der) (?:zug|bahn|brucke)|hang dich auf|verrecke?",
        r"(?:va )?(?:creve|mourir|te tuer|te pendre)|suicide[- ]toi|tue[- ]toi",
        r"(?:ojala te )?(?:muerete|mueras)|matate|suicidate|vai morrer|se mata|mata-te",
    ),
)
THREATS: Final = (
    _phrase(
        0.95,
        r"i(?:'?ll| will| am going to|'?m gonna| gonna)? (?:\w+ )?(?:find|hunt|kill|murder|stab"
        r"|shoot|beat|hurt|destroy|break|end|get) (?:you|u|ur|your \w+)",
        r"break your (?:\w+ )?(?:hands?|legs?|neck|fingers|face|jaw|bones)",
        r"i know (?:which|where|what) (?:\w+ ){0,2}(?:you|u|your)",
        r"(?:wait|watch) (?:and see )?(?:what happens|until)|watch your back|you(?:'re| are) dead"
        r"|you will regret|i(?:'m| am) coming for you|sleep with one eye open",
        r"ich (?:weiss,? wo du|finde dich|bring dich um|komme? (?:bei dir )?vorbei"
        r"|mach dich fertig|stech dich ab)|wir kriegen dich",
        r"je (?:sais ou tu|vais te (?:tuer|trouver|frapper|crever|defoncer))"
        r"|tu vas (?:voir|regretter|payer)|je te retrouve",
        r"(?:te voy a|voy a) (?:matar|encontrar|romper|partir|reventar)\w*|se donde vives"
        r"|te vas a arrepentir",
        r"(?:eu )?sei onde (?:tu )?(?:moras|voce mora)|vou te (?:matar|pegar|achar)",
    ),
)
VIOLENCE: Final = (
    _phrase(
        0.45,
        r"kill(?:s|ed|ing)?|murder\w{0,4}|stab(?:s|bed|bing)?|shoot(?:s|ing)?|shot|tortur\w{1,3}"
        r"|strangl\w{1,3}|bomb(?:s|ed|ing)?|behead\w{0,3}|massacre\w{0,2}|beat(?:en)? \w+ to death"
        r"|corpses?|bleed\w{0,3}|machete|executed?|umgebracht|ermordet|tue[rz]?|asesin\w{1,4}",
    ),
    _phrase(
        0.75,
        r"(?:burn|shoot|bomb|blow up|stab|slaughter|massacre|behead|lynch|exterminate|gas"
        r"|torch)(?:ed|ing|s)? (?:\w+ ){0,3}(?:down|up|them|all|people|street|school|house|him|her"
        r"|you)",
        r"(?:should|must|deserve to|need to|gotta|have to) (?:all )?be (?:shot|killed|hanged"
        r"|burn(?:ed|t)|gassed|lynched|exterminated|eliminated|put down|beaten|removed|wiped out)",
        r"what you do to (?:rats|vermin|roaches)|get rid of them|kill (?:all|every|them all|those)"
        r"|umbringen|erschiessen|abknallen|vergasen|(?:les )?(?:tuer|bruler) tous|matarlos"
        r"|matar a todos",
    ),
)
GORE: Final = (
    _phrase(
        0.60,
        r"blood everywhere|guts|entrails|intestines|severed|decapitat\w*|dismember\w*|mutilat\w*"
        r"|gore|brains? (?:out|splattered)|skull (?:crushed|cracked|split)"
        r"|stabbed (?:\w+ ){0,3}times",
    ),
)
SEXUAL: Final = (
    _phrase(
        0.70,
        r"blow ?jobs?|suck my (?:dick|cock)|cum(?:ming|shot)?|porn\w{0,4}|horny"
        r"|hot (?:chat|singles)|nudes|jerk(?:ing)? off|masturbat\w*|orgasm\w*|anal sex"
        r"|nackt\w{0,3} bilder|chupa\w{0,4}",
    ),
)
ILLICIT: Final = (
    _phrase(
        0.80,
        r"(?:seed|recovery) phrase|(?:stolen|cloned|fullz|cvv) (?:cards?|accounts?|dumps?)"
        r"|fake (?:id|passports?|documents?|notes)|counterfeit|launder\w*"
        r"|(?:exam|test) answers leaked",
        r"(?:sell|buy|selling|cheap|verkaufe|vends|vendo) (?:\w+ ){0,2}(?:weed|coke|cocaine|mdma"
        r"|xanax|oxy|meth|heroin|ketamine|koks|gras|speed|coca|accounts|followers)",
        r"(?:how to|tutorial) (?:\w+ ){0,3}(?:hack|crack|steal|cook meth|make a bomb|pick a lock"
        r"|bypass (?:drm|2fa))|ddos|keylogger|ransomware|booter",
        r"(?:verify|confirm|verifica|confirma|envie|bestatige) (?:\w+ ){0,3}(?:password|account"
        r"|card|tarjeta|senha|clave|konto|identity)|share (?:\w+ )?(?:bank details|otp)",
    ),
    _phrase(
        0.60,
        r"(?:double|triple) your|guaranteed (?:profit|returns?)|lucro garantido|100% sure win"
        r"|(?:processing|registration|reactivation) fee|fixed match|airdrop"
        r"|free (?:crypto|coins|nitro)|gift cards? only|\d+% a month|send \S{1,10} get",
    ),
)
WEAPONS: Final = (
    _phrase(
        0.80,
        r"(?:make|build|buy|sell|bau\w*|fabriquer|hacer) (?:\w+ ){0,3}(?:bombs?|explosives?|guns?"
        r"|pistols?|rifles?|grenades?|pipe bomb|bombe|waffen?|arme|bomba|arma)",
        r"ghost gun|3d[- ]printed (?:gun|pistol)|untraceable (?:gun|weapon)",
    ),
)
