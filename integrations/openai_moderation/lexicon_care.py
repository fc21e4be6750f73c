"""What the simulated vendor takes for despair, for a figure of speech, for a quote, for banter."""

from typing import Final

from integrations.openai_moderation.lexicon import Phrase, words

INTENT: Final = (
    Phrase(
        weight=0.95,
        pattern=words(
            r"(?:want|wanna|going|gonna|ready|plan(?:ning)?|thinking (?:about"
            r"|of)) (?:to )?(?:kill(?:ing)? myself|end(?:ing)? (?:it(?: all)?|my life"
            r"|things)|die|not be here|suicide|jump(?:ing)?|overdos\w*)",
            r"(?:kill|hang|shoot) myself|suicidal|took (?:too many|all|the whole)(?: of)?(?: them"
            r"| my| the)? ?(?:pills|meds|tablets)?|overdosed",
            r"(?:wrote|writing|left) (?:the|my|a) (?:letters?|notes?|goodbye)"
            r"|goodbye (?:everyone|forever)",
            r"better (?:off )?(?:if i (?:am|was|were)|without me)"
            r"|if i (?:am|was|were|wasn'?t|weren'?t) (?:just )?(?:gone|dead|not here"
            r"|here (?:tomorrow|anymore))",
            r"(?:don'?t|do not) want to (?:live|be here|exist|wake up|be alive)"
            r"|no (?:reason|point) (?:to|in) (?:live|living)|(?:just )?want it (?:all )?to (?:stop"
            r"|end|be over)",
            r"(?:looking|staring) at the (?:\w+ )?(?:roof|bridge|pills|edge|tracks|rope)",
            r"(?:mich|mir) (?:umbringen|das leben nehmen)|will nicht mehr (?:leben|da sein)"
            r"|wenn es mich nicht (?:gabe|mehr gabe)|kann nicht mehr|ohne mich (?:besser|leichter)",
            r"(?:envie de|veux) (?:mourir|disparaitre|me tuer|en finir)|j'en peux plus|me suicider",
            r"(?:quiero|ganas de) (?:morir\w*|desaparecer|matarme)|no despertar|sin mi estarian"
            r"|no le veo sentido|quitarme la vida|no quiero (?:vivir|seguir)",
            r"(?:nao aguento|nao quero) (?:mais )?(?:viver)?|quero morrer|sentir a minha falta"
            r"|tirar a minha vida",
        ),
    ),
)
HURT: Final = (
    Phrase(
        weight=0.90,
        pattern=words(
            r"(?:started|been|keep|kept|i) (?:cut|cutting|burning|hurting|starving)(?: myself"
            r"| again)?|cut(?:ting)? (?:myself|my (?:arms?|wrists?|legs?))|self[- ]?harm\w{0,4}"
            r"|hurt(?:ing)? myself",
            r"(?:mich|wieder) (?:zu )?ritzen|ritze mich|selbst verletz\w{0,4}|me coupe"
            r"|me scarifi\w{1,3}|me corto|cortarme|me corta\w{0,3}|autolesion\w{0,4}",
        ),
    ),
)
DISTRESS: Final = (
    Phrase(
        weight=0.48,
        pattern=words(
            r"everything (?:is|feels) (?:grey|gray|empty|pointless|dark)"
            r"|tired of (?:pretending|living|everything|being)|so (?:empty|numb|alone|hopeless)"
            r"|can'?t (?:do this|take (?:it|this)|go on|face)|nobody would (?:notice|care|miss me)"
            r"|anyone would (?:notice|care)|hate myself|worthless",
            r"so leer|alles sinnlos|schame mich|so allein|tout est (?:gris|vide)|si vide"
            r"|je me deteste|todo es gris|me odio|tan vaci[oa]|perdon por todo|tudo cinzento"
            r"|me odeio",
        ),
    ),
)
HELPED: Final = words(
    r"day \d+ (?:without|of not)|(?:called|talked to|rang) (?:the|a|my) (?:helpline|hotline"
    r"|crisis line|therapist|doctor)|i'?m (?:safe|better|okay) now|with my (?:sister|brother|mum"
    r"|mom|dad|family) now|clean (?:for|since)|ohne dich ware ich|danke, dass|recover(?:ed|ing"
    r"|y)|helpline"
)
STUDIED: Final = words(
    r"exam(?:s| question)?|theor(?:y|ies)|sociology|lecture|essay|thesis|seminar|research"
    r"|volunteers?|news|report says|study|statistics|documentary|novel|roman|lyrics|verse|chapter"
    r"|prevention|memoire|sources?|film|movie"
)
FIGURES_OF_SPEECH: Final = words(
    r"(?:game|boss|level|syllabus|homework|essay|traffic|heat|job|class|song|drop|lag|meme|exam|he"
    r"|she|it|this|that|joke)s? (?:is |are |was |has |will |just |going to |gonna |literally "
    r"|absolutely )*(?:kill(?:ing|ed|s)?|murder(?:ed|ing)?|slaughtered) (?:me|us)",
    r"(?:i'?d|i would|would) (?:literally )?kill for|(?:brb )?dying of (?:cringe|laughter|boredom"
    r"|heat|embarrassment)|i(?:'ll| will) (?:simply|literally|just) (?:die|perish"
    r"|explode)|dead (?:lol|lmao)|kill(?:s|ing)? time|killed it|killing it|dressed to kill"
    r"|buzz ?kill|over my dead body|to die for|die laughing",
    r"suicide (?:rush|squad|door|lane|burn|pass|mission)s?|kill (?:him|her|them|it|streak"
    r"|switch)(?:,? (?:kill|nice|now|push|fast|before))*|kills? per|first blood|headshotbring(?:t"
    r"|en) mich um|lach\w* mich tot|zum totlachen|sterbe vor (?:lachen|hunger)",
    r"m'a tue[es]?|mort de rire|je meurs de (?:rire|faim|chaud)|mdr+",
    r"(?:me )?muero de (?:risa|hambre|sueno|ganas)|morri (?:com|de rir)|estou mort[oa]",
)
BANTER: Final = words(
    r"lo+l|lmf?ao|ha(?:ha)+h?|hehe\w{0,4}|kkk+|jaja\w{0,6}|mdr+|xd+|jk|just kidding"
    r"|love (?:you|ya|it|that|u)|bro|mate|gg|rematch|teach me|rap battle|battle|next round|boss"
    r"|noob|get rekt|so good|10/10|rhymes?|this game"
)
LAUGHING: Final = (
    "\U0001f602\U0001f923\U0001f62d\U0001f480\U0001f606\U0001f605\u2764\U0001f49c\U0001f609"
)
REPORTED: Final = words(
    r"report(?:ed|ing|s)?(?! (?:her|his|him|them))|(?:user|he|she|they|someone|somebody|boy|girl"
    r"|person) (?:wrote|said|called|dmed|told|says|posted)|dmed me|called me|told me|logging"
    r"|for the record|screenshots attached|removed:|we have removed|reminder|rule|rules|warning"
    r"|a mod|mods|timeout|sorry you had to|was said|calling|offence|a word for|why do|schrieb|sagt"
    r"|hat geschrieben|dit|a ecrit|m'a dit|dijo|me llamo|escribio|disse|quote|the word|sur le mot"
    r"|das wort|means?"
)
CRITICISM: Final = words(
    r"(?:argument|essay|book|buch|tanking|level|design|build|code|song|film|claim|point|idea|game"
    r"|play|plot|boss|goal|article|page|edit)(?:s)? (?:\w+ )?(?:is|are|was|were|ist|est|es"
    r"|of)|read the guide|i disagree|strongly disagree"
)
