"""The words of the trade, in the folded form of `normaliser.fold` (no accents), lower case.

English, German, French, Spanish and Portuguese. Weights are how sure one sign alone makes us, 0 to
1. They are judgements, not measurements: no single sign of what honest people also do (a link,
haste, an offer, a job) reaches 0.5, and two kinds of sign together do.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from casework.base import Model, Score
from casework.finding import Match, Reading


class Sign(Model):
    """`strong` is used instead of `weight` when two different patterns fit."""

    name: str
    weight: Score
    strong: Score
    patterns: tuple[re.Pattern[str], ...]

    def score(self, readings: tuple[str, ...]) -> float:
        fitting = sum(any(p.search(text) for text in readings) for p in self.patterns)
        return (0.0, self.weight)[fitting] if fitting < 2 else self.strong

    def places(self, readings: Mapping[Reading, str]) -> Iterator[Match]:
        """The first place of each pattern, in the first reading that has it."""
        for pattern in self.patterns:
            hits = ((reading, pattern.search(text)) for reading, text in readings.items())
            for reading, hit in hits:
                if hit is not None:
                    start, end = hit.span()
                    yield Match(start=start, end=end, label=self.name, reading=reading)
                    break


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"(?<!\w)(?:{pattern})(?!\w)") for pattern in patterns)


def _sign(name: str, weight: float, strong: float, *patterns: str) -> Sign:
    return Sign(name=name, weight=weight, strong=strong, patterns=_compiled(*patterns))


_SUM = r"(?:[$\u20ac\u00a3] ?)?\d[\d.,]{0,12}k?"
_MONEY = (
    r"(?:[$\u20ac\u00a3] ?\d[\d.,]{0,12}k?|\d[\d.,]{0,12}k? ?(?:[$\u20ac\u00a3]|usd|eur|euros?"
    r"|dollars?|pounds?|quid|rupees|reais|usdt))"
)
_COIN = r"(?:btc|bitcoins?|eth|ethereum|[ck]r[iy]pto\w{0,15}|usdt|solana|nfts?|coins?)"
_GOODS = (
    r"(?:(?:discord )?nitro|robux|v-?bucks|skins?|gold|gems|diamonds|iphones?|telemovel|coins?)"
)
_PERIOD = (
    r"(?:a|per|am|pro|im|par|al|por|each|every|jeden|in one|a la|ao|/) ?(?:day|week|month|hour|tag"
    r"|woche|monat|stunde|jour|semaine|mois|dia|semana|mes)"
)

SIGNS: Final = (
    _sign(
        "money_lure",
        0.45,
        0.75,
        rf"free (?:[a-z]+ ){{0,2}}(?:{_GOODS}|gift ?cards?|money|{_COIN})",
        rf"{_GOODS} (?:for free|giveaway|generator|gratis|kostenlos|gratuit)",
        rf"(?:kostenlos|gratis|geschenkt|gratuite?s?|gana|ganhe"
        rf"|gagnez)\w{{0,15}} .{{0,20}}{_GOODS}",
        r"(?:double|triple|verdopple|doublez?|duplica|multiplica) (?:your|deine?n?|tu|votre|seu|o) "
        rf"(?:money|geld|argent|dinero|dinheiro|investment|einsatz|{_COIN})",
        r"(?:send|invest|invista|envia|schick\w{0,15}) .{0,15}\d[\d.,]{0,12} .{0,10}(?:get|receive"
        r"|receba|recibe|bekomm\w{0,15}) .{0,10}\d",
        rf"(?:earn|make|making|made|verdiene|gagnez|gana|ganar|ganhe) .{{0,40}}{_MONEY}",
        rf"{_SUM} ?(?:\S{{1,15}} )?{_PERIOD}|\d{{1,6}} ?% {_PERIOD}",
        r"(?:guaranteed|garantiert\w{0,15}|garantis?|garantizad[oa]s?) .{0,20}(?:profits?|returns?"
        r"|income|gewinne?|rendite|gains?|revenus?|ganancias?|ingresos)|lucro garantido"
        r"|\d{1,6} ?% (?:\w{1,20} )?guaranteed|100 ?% (?:sure|sicher|seguro)",
        r"(?:you(?:'ve| have)?|number(?: has)?|du hast|sie haben|vous avez|tu as|has|usted ha"
        r"|voce) (?:just )?(?:won|been selected|gewonnen|gagne|ete selectionnee?|ganado|ganhou"
        r"|sido seleccionad[oa])",
        r"(?:passive income|financial freedom|passives einkommen|ingresos pasivos|revenu passif"
        r"|renda passiva)",
        rf"{_COIN} (?:giveaway|verlosung|airdrop|doubling)|airdrop|daily giveaways?"
        rf"|giving away .{{0,30}}(?:{_COIN}|{_MONEY})|wallets get \d",
        r"(?:claim|collect|einlosen|reclama|recupere[rz]?) .{0,25}(?:prize|reward|gift|bonus"
        r"|gewinn|preis|premio|cadeau|nitro|airdrop|winnings)",
        r"(?:invest(?:ment|ing)?|trading|forex|trader|insider) .{0,40}(?:mentor|expert|signals?"
        r"|profits?|returns?|platform|coach|manager|bot|group)",
        r"(?:loan|kredit|pret|prestamo|emprestimo)s? .{0,30}(?:no credit check|without (?:credit"
        r"|schufa)|ohne schufa|sans justificatif|sin aval)",
        r"(?:recover(?:ed|y)?|got back) .{0,20}(?:stolen|lost|scammed) "
        rf"(?:{_COIN}|funds?|money|wallet)",
    ),
    _sign(
        "urgency",
        0.30,
        0.45,
        r"hurry|act (?:now|fast)|right now|immediately|before it'?s (?:too late|gone)|last chance"
        r"|don'?t miss(?: out)?|today only|only today|last date|asap|urgent\w{0,15}|click fast"
        r"|join fast",
        r"limited (?:time|spots?|slots?|seats?|places?)|only \d{1,6} (?:more )?\w{0,15}(?:left"
        r"|spots?|hours?|minutes?|places?|seats?)|\d{1,6} (?:seats?|places?|spots?) (?:only"
        r"|left)|(?:next|first) \d{1,6} (?:people|users|members|wallets)",
        r"(?:ends?|closes|expires|frozen|returned|gone) (?:it is )?(?:today|soon|tonight|midnight"
        r"|in \d{1,6})|before (?:it|they) (?:closes?|ends?|expires?|patch)",
        r"schnell sein|beeil\w{0,15}|nur (?:noch )?heute|nur noch \d{1,6}|sofort|letzte chance"
        r"|jetzt sichern",
        r"depechez[- ]vous|immediatement|derniere chance|aujourd'hui seulement|places limitees",
        r"date prisa|ahora mismo|ultima oportunidad|solo (?:por )?hoy|(?:plazas|vagas) limitadas"
        r"|ultimas (?:plazas|vagas)|so hoje|inmediatamente|de inmediato|entra ya",
        r"(?:within|in|innerhalb von|sous|en|dans|em) (?:the next )?\d{1,6} ?(?:h|hours?|stunden"
        r"|heures|horas|min\w{0,15})",
    ),
    _sign(
        "wallet",
        0.50,
        0.75,
        r"(?:seed|recovery|secret|backup) ?phrase|private keys?|frase semilla|phrase secrete"
        r"|wiederherstellungsphrase",
        r"(?:connect|link|sync|validate|verify|verbinde\w{0,15}|conecta|connectez) (?:your "
        r"|deine?n? |tu |votre )?(?:crypto ?)?wallet|wallet (?:migration|verification)|connect now",
        r"(?:coins?|wallet|funds) .{0,20}(?:frozen|locked|lost|gesperrt|bloque\w{0,15})",
        rf"(?:send|transfer|deposit|schick\w{{0,15}}|sende\w{{0,15}}|envoyez?"
        rf"|envia\w{{0,15}}) .{{0,30}}{_COIN}",
        r"bc1[a-z0-9]{20,60}|0x[a-f0-9]{40}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}",
    ),
    _sign(
        "gift_card",
        0.55,
        0.75,
        r"(?:steam|amazon|google play|itunes|apple|razer|psn|xbox"
        r"|paysafe)[ -]?(?:gift ?)?(?:cards?|codes?|karten?|gutscheine?|cartes?|tarjetas?)",
        r"(?:send|buy|pay in|scratch|photo of|picture of|kauf\w{0,15}|schick\w{0,15}|achete[rz]?"
        r"|envoie|compra\w{0,15}|envia\w{0,15}|manda\w{0,15}) .{0,40}(?:gift ?cards?"
        r"|gutschein\w{0,15}|cartes? cadeaux?|tarjetas? (?:de )?regalo)",
    ),
    _sign(
        "fee",
        0.45,
        0.65,
        r"(?:processing|registration|reactivation|release|customs|admin|activation|handling"
        r"|bearbeitungs|delivery) ?-?(?:fee|gebuhr|charge)s?|advance fee|fee (?:is )?refundable",
        rf"pay (?:only |just |the )?(?:{_SUM}|\w{{1,20}} fee) .{{0,12}}(?:now|today|for|upfront"
        rf"|up front)",
        rf"{_SUM} ?\w{{0,15}} (?:up ?front|im voraus|d'avance|por adelantado|refundable)",
        r"(?:parcel|package|paket|colis|paquete|encomenda) .{0,30}(?:held|customs|zoll|bloque"
        r"|aduana|retenid[oa]|alfandega)",
    ),
    _sign(
        "credentials",
        0.50,
        0.75,
        r"(?:re-?)?(?:verify|confirm|validate|restore|unlock|bestatige\w{0,15}|verifizier\w{0,15}"
        r"|verifiez|confirmez|verifica|confirma|confirme|verifique) .{0,30}(?:account|identity"
        r"|konto|compte|cuenta|conta|password|login|passwort|tarjeta|card|clave|senha)",
        r"(?:send|tell|give|need|share|enter|schick\w{0,15}|donne[rz]?|dame|manda\w{0,15}"
        r"|envie) .{0,25}(?:password|passwort|login|2fa|otp|verification code|bank details"
        r"|mot de passe|senha|contrasena|bestatigungscode|codigo|the code you|code we sent"
        r"|\d[- ]digit code)",
        r"(?:your|dein|ihr|votre|tu|su|sua) (?:account|konto|compte|cuenta"
        r"|conta) .{0,40}(?:suspended|limited|terminated|deleted|disabled|locked|gesperrt"
        r"|eingeschrankt|geloscht|suspendu|bloque|suspendid[oa]|bloquead[oa]|banned)",
        r"(?:must|have to|need to|mussen|deben) re-?verify|(?:lose|perder|perdre"
        r"|verlieren) (?:your|tu|votre|sua|deine?n?|ihre?n?) (?:rank|account|cuenta|compte|conta"
        r"|zugang|konto)",
        r"(?:scan|scanne|escanea) .{0,20}qr",
        r"(?:log ?in|sign in|einloggen|anmelden|connectez-vous|inicia sesion) .{0,30}(?:here|below"
        r"|link|hier|ici|aqui)",
    ),
    _sign(
        "fake_staff",
        0.45,
        0.70,
        r"(?:i am|i'm|this is|we are|here is|ich bin|hier ist|wir sind|je suis|ici|nous sommes|soy"
        r"|somos|aqui e) .{0,30}(?:official|support|staff|server admin|moderators?|administrator"
        r"|security|trust (?:and|&) safety|kundendienst|sicherheitsteam|equipe|soporte|suporte"
        r"|equipo)",
        r"official .{0,20}(?:support|giveaways?|account|team|staff)|offizieller? .{0,15}konto"
        r"|(?:staff|support|moderation) team|staff here|(?:trust (?:and|&) safety"
        r"|support) (?:department|desk|agent)|verified by the team|equipo de moderacion",
        r"(?:detected|noticed) (?:a |an )?(?:strange|unusual|suspicious) (?:login|activity)",
        r"accidentally reported (?:you|your)|aus versehen gemeldet|signale par erreur"
        r"|your appeal was denied|permanent suspension",
    ),
    _sign(
        "new_account",
        0.35,
        0.55,
        r"new (?:phone|number|account)|neue (?:nummer|handynummer)|nouveau numero|numero nuevo"
        r"|(?:my|mein|mon|mi) (?:second|other|zweit\w{0,15}|autre|otra) (?:account|konto|compte"
        r"|cuenta)",
        r"(?:account|phone|handy|telefono|cuenta) (?:was |got |has been |wurde )?(?:hacked|stolen"
        r"|broken|lost|gehackt|geklaut)|(?:lost|broke) my phone",
    ),
    _sign(
        "asks_for_money",
        0.40,
        0.60,
        rf"(?:lend|borrow|send|spare|leih\w{{0,15}}|prete[rz]?|presta\w{{0,15}}"
        rf"|empresta\w{{0,15}}) (?:me |mir |moi )?(?:{_SUM}|money|geld|argent|dinero|dinheiro)",
        rf"(?:need|necesito|brauche|besoin de|preciso de) {_SUM} ?\w{{0,15}} .{{0,40}}"
        r"(?:ticket|rent|billete|miete|loyer|hospital|fees?|back)",
        r"pay you back|te los devuelvo|zahl\w{0,15} .{0,20}zuruck|je te rembourse|don'?t call"
        r"|tip me",
    ),
    _sign(
        "contact_lure",
        0.25,
        0.40,
        r"(?:dm|pm|inbox|message|text|whatsapp|telegram|write|add) me(?: first| here)?|hit me up"
        r"|dms? (?:are )?open|dm for|schreib(?:t|en)? mir|contacte[zr]?[- ]moi|escribeme"
        r"|mandame (?:un )?(?:dm|mensaje)|write to (?:her|him)",
        r"(?:add|contact|find|join) .{0,20}(?:telegram|whatsapp|signal|snap)"
        r"|(?:t|wa)\.me/[\w{1,20}]+",
        r"\+\d[\d \-]{8,15}\d",
    ),
    _sign(
        "job_lure",
        0.35,
        0.65,
        r"(?:work|working|job|earn) .{0,15}from home|home ?office.{0,20}verdien\w{0,15}|data entry"
        r"|travail a domicile|trabaj[ao]r? desde casa|sin salir de casa|trabalh\w{1,20} em casa",
        r"no (?:experience|skills?)(?: needed| required| necessary)?"
        r"|keine (?:vorkenntnisse|erfahrung)|sans experience|sin experiencia|sem experiencia",
        r"(?:hiring|recruiting|we pay) .{0,40}(?:daily|weekly|per task|per review|students)"
        r"|simple tasks|liking videos|i am recruiter|profile selected|pay .{0,12}certificate",
    ),
    _sign(
        "bulk_advert",
        0.50,
        0.70,
        r"(?:cheap|buy|real|more) (?:followers|likes|views|subs(?:cribers)?|listeners)"
        r"|followers, likes|promote your|million (?:real )?(?:listeners|views|followers)",
        r"(?:need|write|buy) (?:an |your )?(?:essay|assignment|homework|thesis|dissertation)"
        r"|plagiarism free|(?:exam|test) answers|answers leaked",
        r"(?:bet|play|spin) now|welcome bonus|no deposit|free spins|(?:online )?casino|win big"
        r"|fixed match(?:es)?|sure win|match tips",
        r"hot (?:chat|singles|girls)|near you is waiting|lonely tonight",
        r"selling (?:\w{1,20} )?accounts?|friends payment|cheap cheap|no (?:survey|verification)",
        r"order now|buy now|call now|[5-9]\d ?% off|first come,? first served",
    ),
    _sign("mass_mention", 0.25, 0.25, r"@(?:everyone|here)"),
)

WARNINGS: Final = _compiled(
    r"scam (?:warning|alert)|(?:is|that'?s|it'?s) a scam|is fake|be(?:ware| careful)|do not click"
    r"|don'?t (?:click|connect|answer)|scammers? (?:say|are|write|ask)",
    r"betrug|vorsicht|nicht (?:klicken|anklicken)",
    r"arnaque|ne cliquez pas|attention a",
    r"(?:es una )?estafa|no (?:hagas|hagan) clic|cuidado|golpe|nao clique",
    r"(?:never|nie|jamais|nunca) (?:ask|fragen|demand\w+|pedi\w+)",
)
"""Words of those who warn of a scam, often by quoting it."""
