"""What the simulated vendor takes for hate: a group of people, and what is said near it.

The ways of speaking follow the functions that HateCheck tests (Röttger et al., ACL 2021):
contempt, dehumanising, threat, exclusion, slurs, and on the other side negation, counter-speech and
reclaimed words.
"""

import re
from typing import Final

from integrations.openai_moderation.lexicon import Phrase, words

_GROUP: Final = (
    r"(?:women|woman|females?|gays?|lesbians?|trans(?:gender)?|queers?|jews?|jewish|muslims?"
    r"|islam\w{0,3}|christians?|blacks?|black (?:people|person|lives|life)|white (?:people|trash)"
    r"|whites|asians?|arabs?|mexicans?|africans?|immigrants?|migrants?|refugees?|foreigners?"
    r"|disabled|cripples?|gypsies|roma|romani|homosexuals?|bisexuals?|northerners|southerners"
    r"|religions?|believers|indians|chinese|turks?|poles|that god|frauen|schwule[nr]?|lesben|juden"
    r"|muslime?|moslems?|auslander|fluchtlinge?|turken|behinderte[nr]?|zigeuner|diese leute|femmes"
    r"|juifs?|musulmans?|arabes?|noirs?|etrangers?|immigres?|handicapes?|ces gens(?:-la)?|mujeres"
    r"|judios?|musulmanes|negros|extranjeros|inmigrantes|esa gente|esa religion|mulheres|imigrantes"
    r"|judeus|pretos|essa gente|esse povo|your (?:kind|lot|people)"
    r"|(?:these|those|that) (?:people|lot|kind))"
)
_UNKNOWN_GROUP: Final = (
    r"(?:(?:the|all|every|these|those|les|ces|los|las|die|alle|os) [a-z]{4,15}|they|sie|ils|ellos"
    r"|eles)"
)
"""A word we do not know may be a people: what is said of it has to be all the plainer."""

_LOWER: Final = (
    r"(?:vermin|animals?|cockroach(?:es)?|roaches|rats?|pigs?|parasites?|insects?|pests?|scum"
    r"|filth\w?|sub-?humans?|apes?|monkeys?|diseased?|cancer|plague|sickness|garbage|savages"
    r"|inferior|disgusting|despicable|evil|creatures|not (?:people|human)|worthless|less than human"
    r"|ungeziefer|tiere|ratten|schweine|parasiten|abschaum|untermenschen|dreck|keine menschen"
    r"|betes?|porcs|cafards?|vermines?|sous-hommes|animales|cerdos|ratas|bichos?|plaga|basura|lixo"
    r"|praga|animais)"
)
_ABUSE: Final = (
    r"(?:fuck\w{0,5}|dumb(?:est)?|stupid|assholes?|pricks?|dickheads?|motherfuckers|bitch(?:es)?"
    r"|idiots?|shit\w{0,3}|ugly|smell|steal|lazy|dirty|criminals|dumme?n?|scheiss\w{0,3}|sales?)"
)
_CONTEMPT: Final = (
    r"(?:hate|hatred|despise|detest|loathe|can'?t stand|disgusts?|contempt|scorn|furious|anger"
    r"|nothing worse than|hasse|deteste|odio|odeio)"
)
_HARM: Final = (
    r"(?:kill(?:ed)?|murder(?:ed)?|execut(?:e|ed)|eradicated?|exterminated?|stab|hang(?:ed)?|shot"
    r"|shoot|slaughter|gas(?:sed)?|lynch\w{0,2}|rap(?:e|ing)|hurt|suffer|die|dead|death to"
    r"|get rid of|put an end|beat(?:en)?|burn(?:ed)?|deport(?:ed)?|cages?|camps?|round \w+ up"
    r"|ship the lot|wiped? out|treated like|vergas\w{0,3}|umbringen|tuer|bruler|matar|renvoie)"
)
_EXCLUSION: Final = (
    r"(?:(?:not|never|n't) (?:belong|fit in|have rights?|apply|vote|be allowed)|no (?:place|rights?"
    r"|right to)|too many|ruin\w{0,3}|threat to|get (?:the \w+ )?out|worth (?:nothing|shit)|n(?:o"
    r"|ot) (?:important|compassion|worth)|kitchen|keep out|in (?:a|the|their) (?:home|blood"
    r"|nature)|breed like|raus|interdire|ni deberian|no deberian|nem devia|reproduit|would(?:n't"
    r"| never) (?:date|hire|eat)|rather die than)"
)


def _near(one: str, other: str, distance: int) -> str:
    between = rf"(?!\w)[^.!?]{{0,{distance}}}?(?<!\w)"
    return rf"{one}{between}{other}|{other}{between}{one}"


_IS: Final = r"(?:are|is|were|sind|ist|sont|est|son|es|sao|e|was|=)"

HATE: Final = (
    Phrase(
        weight=0.96,
        pattern=words(
            _near(_GROUP, _LOWER, 50),
            rf"{_UNKNOWN_GROUP} {_IS} (?:\w+ ){{0,3}}{_LOWER}",
            rf"(?:do to|treated like|like you do with) (?:\w+ ){{0,6}}{_LOWER}",
        ),
    ),
    Phrase(weight=0.90, pattern=words(_near(_GROUP, _CONTEMPT, 30))),
    Phrase(weight=0.95, pattern=words(_near(_GROUP, _HARM, 50))),
    Phrase(weight=0.85, pattern=words(_near(_GROUP, _EXCLUSION, 60), r"[a-z]{4,15}-free zone")),
    Phrase(weight=0.75, pattern=words(_near(_GROUP, _ABUSE, 30))),
    Phrase(
        weight=0.80,
        pattern=words(
            r"n[i1]gg(?:er|a)s?|f[a4]gg?(?:ot)?s?|k[i1]kes?|tr[a4]nn(?:y|ies)|sp[i1]cs?|ch[i1]nks?"
            r"|pak[i1]s?|towelheads?|sandn\w{3,6}|wetbacks?|cripples?|spastics?|mongs?|d[*y]kes?"
            r"|retards?|muzzies?|white trash",
            r"kanaken?|schwuchteln?|neger|spastis?|untermensch\w{0,2}|bougnoules?|negres?|youpins?"
            r"|pedes?|sudacas?|maricones|viados?|sub ?humans?",
        ),
    ),
)
INCITEMENT: Final = re.compile(rf"(?<!\w){_HARM}(?!\w)")
IMAGINED: Final = words(
    r"elves|elf|goblins?|orcs?|dwar(?:f|ves|ven)|zombies?|trolls?|dragons?|in character|roleplay"
    r"|role play|npcs?|undead"
)
"""Nobody is attacked in a fantasy world."""

RECLAIMED: Final = words(
    r"as an? (?:\w+ ){1,2}(?:user|person|woman|man|myself)|us (?:old )?\S+|happy pride"
    r"|call (?:myself|ourselves)|my (?:fellow |own )?\S+s|our word|proud (?:to be|of being)"
    r"|by being an?|feel like an?|(?:i'm|i am) (?:an? )?(?:proud )?(?:gay|queer|trans|lesbian|bi"
    r"|black|jewish|muslim|disabled)"
)
OPPOSED: Final = words(
    r"if you (?:hate|say)|against (?:hate|racism)|(?:not|n't) (?:really )?(?:ok|okay|fine|let"
    r"|at all|true)|stop (?:saying|calling)|no ?(?:body|one) should|wrong to|i disagree"
    r"|unacceptable|horrible thing|it'?s (?:racist|sexist|homophobic)|glad|misguided|shows how"
    r"|never (?:support|say|call)|why would (?:you|anyone)|banned|take you to court|condemn\w{0,3}"
    r"|should stop"
)
KIND: Final = words(
    r"beautiful|lovely|love|happy|smile|admired?|help(?:ing|ed)?|great|wonderful|respect|nice"
    r"|welcome|celebrat\w{1,4}|support(?:ing)?|friends?|equal|brave"
    r"|deserve (?:respect|rights|better)"
)
