"""The words of letters to one person, in the reader's language: confirm, farewell, one's own links."""

from briefpub.domain.audience import Frequency, SubscriptionFormat
from briefpub.domain.language import primary

EN = {
    "confirm_subject": "Please confirm: {name}",
    "confirm_asked": "Somebody asked that {name} be sent to {address}.",
    "confirm_press": "If that was you, open this page and press the button there:",
    "confirm_link": "Confirm the subscription",
    "confirm_wish": "You asked for: {wish}.",
    "confirm_until": "The link is good until {until}.",
    "confirm_not_you": "If it was not you, do nothing: without the button no issue will be sent.",
    "farewell_subject": "You have left: {name}",
    "farewell_off": "{address} is off the list of {name}. Nothing more will be sent.",
    "farewell_undo": "If that was a mistake, you can undo it on this page within a day:",
    "farewell_link": "Undo",
    "farewell_again": "If that was a mistake, subscribe again, or answer this letter.",
    "links_subject": "Your links: {name}",
    "links_asked": "Somebody, probably you, asked for the links to your own page of {name}.",
    "links_choose": "To choose what you receive, to take a copy of your data or to have it erased:",
    "links_choose_link": "Open my page",
    "links_leave": "To leave the list:",
    "links_leave_link": "Unsubscribe",
    "links_not_you": "If it was not you, do nothing: nobody else has seen these links.",
    "device": "{wish}, to {device}",
    Frequency.WEEKLY: "{wish}, once a week",
    Frequency.MONTHLY: "{wish}, once a month",
    SubscriptionFormat.DIGEST: "the mail",
    SubscriptionFormat.DIGEST_AND_BRIEF: "the mail with the PDF attached",
    SubscriptionFormat.COMPILATION: "the EPUB for an e-reader",
    SubscriptionFormat.NOTICE: "a short notice of each issue",
}
FR = {
    "confirm_subject": "Merci de confirmer\N{NO-BREAK SPACE}: {name}",
    "confirm_asked": "Quelqu’un a demandé que {name} soit envoyé à {address}.",
    "confirm_press": "Si c’est vous, ouvrez cette page et appuyez sur le bouton\N{NO-BREAK SPACE}:",
    "confirm_link": "Confirmer l’abonnement",
    "confirm_wish": "Vous avez demandé\N{NO-BREAK SPACE}: {wish}.",
    "confirm_until": "Le lien est valable jusqu’au {until}.",
    "confirm_not_you": "Si ce n’est pas vous, ne faites rien\N{NO-BREAK SPACE}: sans le bouton, aucun numéro "
    "ne sera envoyé.",
    "farewell_subject": "Vous êtes désabonné\N{NO-BREAK SPACE}: {name}",
    "farewell_off": "{address} ne figure plus sur la liste de {name}. Plus rien ne sera envoyé.",
    "farewell_undo": "Si c’est une erreur, vous pouvez l’annuler sur cette page pendant "
    "un jour\N{NO-BREAK SPACE}:",
    "farewell_link": "Annuler",
    "farewell_again": "Si c’est une erreur, abonnez-vous de nouveau ou répondez à cette lettre.",
    "links_subject": "Vos liens\N{NO-BREAK SPACE}: {name}",
    "links_asked": "Quelqu’un, sans doute vous, a demandé les liens de votre page personnelle de {name}.",
    "links_choose": "Pour choisir ce que vous recevez, prendre une copie de vos données ou les faire "
    "effacer\N{NO-BREAK SPACE}:",
    "links_choose_link": "Ouvrir ma page",
    "links_leave": "Pour quitter la liste\N{NO-BREAK SPACE}:",
    "links_leave_link": "Se désabonner",
    "links_not_you": "Si ce n’est pas vous, ne faites rien\N{NO-BREAK SPACE}: personne d’autre n’a vu ces "
    "liens.",
    "device": "{wish}, à l’adresse {device}",
    Frequency.WEEKLY: "{wish}, une fois par semaine",
    Frequency.MONTHLY: "{wish}, une fois par mois",
    SubscriptionFormat.DIGEST: "le courriel",
    SubscriptionFormat.DIGEST_AND_BRIEF: "le courriel avec le PDF joint",
    SubscriptionFormat.COMPILATION: "l’EPUB pour liseuse",
    SubscriptionFormat.NOTICE: "une courte annonce de chaque numéro",
}
AR = {
    "confirm_subject": "يرجى التأكيد: {name}",
    "confirm_asked": "طلب شخص ما إرسال {name} إلى العنوان {address}.",
    "confirm_press": "إن كنت أنت من طلب ذلك فافتح هذه الصفحة واضغط الزر:",
    "confirm_link": "تأكيد الاشتراك",
    "confirm_wish": "ما طلبته: {wish}.",
    "confirm_until": "الرابط صالح حتى {until}.",
    "confirm_not_you": "إن لم تكن أنت فلا تفعل شيئا: لن يُرسل أي عدد من دون ضغط الزر.",
    "farewell_subject": "أُلغي اشتراكك: {name}",
    "farewell_off": "لم يعد العنوان {address} في قائمة {name}. لن يُرسل شيء بعد الآن.",
    "farewell_undo": "إن كان ذلك خطأ فيمكنك التراجع عنه في هذه الصفحة خلال يوم:",
    "farewell_link": "تراجع",
    "farewell_again": "إن كان ذلك خطأ فاشترك من جديد أو أجب على هذه الرسالة.",
    "links_subject": "روابطك: {name}",
    "links_asked": "طلب شخص ما، ولعله أنت، روابط صفحتك الخاصة في {name}.",
    "links_choose": "لاختيار ما يصلك أو لأخذ نسخة من بياناتك أو لمحوها:",
    "links_choose_link": "افتح صفحتي",
    "links_leave": "لإلغاء الاشتراك:",
    "links_leave_link": "إلغاء الاشتراك",
    "links_not_you": "إن لم تكن أنت فلا تفعل شيئا: لم ير هذه الروابط أحد غيرك.",
    "device": "{wish}، إلى {device}",
    Frequency.WEEKLY: "{wish}، مرة في الأسبوع",
    Frequency.MONTHLY: "{wish}، مرة في الشهر",
    SubscriptionFormat.DIGEST: "الرسالة",
    SubscriptionFormat.DIGEST_AND_BRIEF: "الرسالة مع ملف PDF مرفق",
    SubscriptionFormat.COMPILATION: "ملف EPUB للقارئ الإلكتروني",
    SubscriptionFormat.NOTICE: "إشعار قصير بكل عدد",
}
LETTERS = {"en": EN, "fr": FR, "ar": AR}


def letter_word(language: str, key: str, /, **values: object) -> str:
    """Give a letter's words; English stands in for a language that has none yet."""
    return LETTERS.get(primary(language), EN)[key].format(**values)


def written_in(language: str) -> str:
    """Give the language a letter is really written in."""
    return language if primary(language) in LETTERS else "en"
