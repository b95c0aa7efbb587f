"""The words of subscribers' pages, in the reader's language."""

from briefpub.domain.audience import Frequency, SubscriptionFormat
from briefpub.domain.document import Direction
from briefpub.domain.language import direction_of, primary

NB = "\N{NO-BREAK SPACE}"
# A value keeps its own direction within a sentence of the other one (Unicode 9, X5c).
ISOLATED = "\N{FIRST STRONG ISOLATE}{}\N{POP DIRECTIONAL ISOLATE}"

EN: dict[str, str] = {
    "contact": "Is something wrong? Write to",
    "leave_title": "Leave {name}",
    "leave_ask": "Press the button, and nothing more will be sent to {address}.",
    "leave_button": "Unsubscribe",
    "left_title": "You have left {name}",
    "left_done": "Nothing more will be sent to {address}.",
    "left_already": "You are not subscribed to {name}. Nothing will be sent.",
    "left_undo": "If that was a mistake, you can undo it within a day.",
    "undo_button": "Undo",
    "back_title": "You are subscribed again",
    "back_done": "{name} will be sent to {address}, as before.",
    "back_already": "You are subscribed to {name}: there is nothing to undo.",
    "back_late_title": "This can no longer be undone",
    "back_late": "Leaving can be undone within a day. You can always subscribe anew.",
    "subscribe_link": "Subscribe to {name}",
    "confirm_title": "Confirm your subscription to {name}",
    "confirm_ask": "Press the button, and {name} will be sent to {address}.",
    "confirm_button": "Confirm the subscription",
    "confirmed_title": "You are subscribed",
    "confirmed_done": "{name} will be sent to {address}.",
    "confirmed_leave": "Every mail says at its foot how to leave, and how to choose what you receive.",
    "expired_title": "This link is too old",
    "expired": "The link of such a letter is good for seven days. Ask again, and you get a new one.",
    "stale": "You left the list after this letter was written, so its link is void. To come back, ask again.",
    "gone_title": "This subscription is no longer there",
    "gone": "Nothing is sent to you by this list.",
    "unknown_title": "This link does not work",
    "unknown": "Perhaps it was cut off: copy the whole address out of the mail, to its very last letter.",
    "missing_title": "There is no such page",
    "missing": "Look whether the address is complete. Every mail holds, at its foot, the links that are "
    "yours.",
    "subscribe_title": "Subscribe to {name}",
    "subscribe_button": "Subscribe",
    "closed_title": "{name} takes no new subscribers",
    "closed": "The list is closed.",
    "address_label": "Your e-mail address",
    "name_label": "Your name (if you like)",
    "format_label": "What you want to receive",
    SubscriptionFormat.DIGEST.value: "The mail",
    SubscriptionFormat.DIGEST_AND_BRIEF.value: "The mail, with the PDF attached",
    SubscriptionFormat.COMPILATION.value: "The EPUB, for an e-reader",
    SubscriptionFormat.NOTICE.value: "A short notice of each issue",
    "frequency_label": "How often",
    Frequency.EACH.value: "Each issue, as it appears",
    Frequency.WEEKLY.value: "Once a week, the issues gathered",
    Frequency.MONTHLY.value: "Once a month, the issues gathered",
    "frequency_waits_each": "Until the next gathering has come, nothing changes: so no essay is missed.",
    "frequency_waits_weekly": "Until a week’s gathering is due, nothing changes: so no essay comes twice.",
    "frequency_waits_monthly": "Until a month’s gathering is due, nothing changes: so no essay comes twice.",
    "device_label": "Your e-reader’s own address (for the EPUB, if it has one)",
    "honey_label": "Leave this field empty",
    "asked_title": "Check your mail",
    "asked": "If {address} can be subscribed, a letter is on its way to it. Open its link to confirm.",
    "asked_none": "Nothing after a few minutes? Look among the spam. Whoever is subscribed already gets no "
    "letter, and one address gets one letter an hour at most.",
    "again_title": "Please look again: {title}",
    "bad_address": "This is not an e-mail address. Write it as name@example.org.",
    "bad_name": "Write the name on one line, with 200 letters at most.",
    "busy_title": "Too many requests",
    "busy": "Many requests came from your network. Try again in ten minutes.",
    "choose_title": "Your subscription to {name}",
    "choose_for": "What you choose here is for {address}.",
    "choose_off": "You are not subscribed at present: nothing is sent to you.",
    "save_button": "Save",
    "saved": "Saved.",
    "leave_hint": "You will get nothing more of {name}.",
    "export_title": "Your data",
    "export_hint": "All that is held of you, on every list here, as a file (JSON).",
    "export_button": "Download",
    "erase_link": "Erase everything about me",
    "erase_title": "Erase everything about you",
    "erase_ask": "Your address, your name, your choices and the record of your consent are removed from "
    "every list here. This cannot be undone.",
    "erase_keep": "What stays is a fingerprint (SHA-256) of the address, so that no import brings you back, "
    "and the number of mails sent, without your name.",
    "erase_sure": "Yes, erase everything about {address}",
    "erase_button": "Erase",
    "erase_unsure": "Tick the box first.",
    "erased_title": "Everything about you is erased",
    "erased": "This is your receipt. It is shown only once: print it or save it.",
    "erased_removed": "Removed",
    "erased_kept": "Kept",
    "erased_beyond": "Out of our reach",
    "erased_at": "When",
    "erased_hash": "The fingerprint that stays",
    "find_leave_title": "Leave {name}",
    "find_choose_title": "Choose what you receive of {name}",
    "find_how": "Every mail you got holds at its foot a link that is yours alone. If you have none at hand, "
    "write your address here: a letter brings you the link.",
    "find_button": "Send me the link",
    "found": "If {address} is on the list, a letter with your link is on its way.",
    "found_none": "Nothing after a few minutes? Look among the spam. One address gets one letter an hour at "
    "most.",
    "trouble_title": "This did not work",
    "trouble": "The fault is ours, not yours. Nothing was lost; try again in a few minutes.",
    "unreadable_title": "This could not be read",
    "unreadable": "What your browser sent is too long, too slow, or of a kind this page does not know.",
}
FR: dict[str, str] = {
    "contact": "Un problème" + NB + "? Écrivez à",
    "leave_title": "Quitter {name}",
    "leave_ask": "Appuyez sur le bouton, et plus rien ne sera envoyé à {address}.",
    "leave_button": "Se désabonner",
    "left_title": "Vous avez quitté {name}",
    "left_done": "Plus rien ne sera envoyé à {address}.",
    "left_already": "Vous n’êtes pas abonné à {name}. Rien ne sera envoyé.",
    "left_undo": "Si c’est une erreur, vous pouvez l’annuler pendant un jour.",
    "undo_button": "Annuler le désabonnement",
    "back_title": "Vous êtes de nouveau abonné",
    "back_done": "{name} sera envoyé à {address}, comme avant.",
    "back_already": "Vous êtes abonné à {name}" + NB + ": il n’y a rien à annuler.",
    "back_late_title": "Il est trop tard pour annuler",
    "back_late": "Un désabonnement peut être annulé pendant un jour. Vous pouvez toujours vous réabonner.",
    "subscribe_link": "S’abonner à {name}",
    "confirm_title": "Confirmer l’abonnement à {name}",
    "confirm_ask": "Appuyez sur le bouton, et {name} sera envoyé à {address}.",
    "confirm_button": "Confirmer l’abonnement",
    "confirmed_title": "Vous êtes abonné",
    "confirmed_done": "{name} sera envoyé à {address}.",
    "confirmed_leave": "Chaque lettre indique, au bas, comment se désabonner et choisir ce que vous recevez.",
    "expired_title": "Ce lien est trop ancien",
    "expired": "Le lien d’une telle lettre vaut sept jours. Refaites la demande pour en recevoir un nouveau.",
    "stale": "Vous avez quitté la liste après cette lettre"
    + NB
    + ": son lien ne vaut plus. Pour revenir, refaites la demande.",
    "gone_title": "Cet abonnement n’existe plus",
    "gone": "Cette liste ne vous envoie rien.",
    "unknown_title": "Ce lien ne fonctionne pas",
    "unknown": "Il a peut-être été coupé"
    + NB
    + ": copiez l’adresse entière depuis la lettre, jusqu’au dernier signe.",
    "missing_title": "Cette page n’existe pas",
    "missing": "Vérifiez que l’adresse est complète. Chaque lettre contient, au bas, les liens qui sont les "
    "vôtres.",
    "subscribe_title": "S’abonner à {name}",
    "subscribe_button": "S’abonner",
    "closed_title": "{name} n’accepte plus d’abonnés",
    "closed": "La liste est close.",
    "address_label": "Votre adresse électronique",
    "name_label": "Votre nom (si vous voulez)",
    "format_label": "Ce que vous voulez recevoir",
    SubscriptionFormat.DIGEST.value: "Le courriel",
    SubscriptionFormat.DIGEST_AND_BRIEF.value: "Le courriel, avec le PDF joint",
    SubscriptionFormat.COMPILATION.value: "L’EPUB, pour liseuse",
    SubscriptionFormat.NOTICE.value: "Une courte annonce de chaque numéro",
    "frequency_label": "À quel rythme",
    Frequency.EACH.value: "Chaque numéro, à sa parution",
    Frequency.WEEKLY.value: "Une fois par semaine, les numéros réunis",
    Frequency.MONTHLY.value: "Une fois par mois, les numéros réunis",
    "frequency_waits_each": "Rien ne change avant le prochain envoi groupé"
    + NB
    + ": ainsi, aucun essai ne vous manque.",
    "frequency_waits_weekly": "Rien ne change avant le prochain envoi de la semaine"
    + NB
    + ": ainsi, aucun essai ne vous parvient deux fois.",
    "frequency_waits_monthly": "Rien ne change avant le prochain envoi du mois"
    + NB
    + ": ainsi, aucun essai ne vous parvient deux fois.",
    "device_label": "L’adresse propre de votre liseuse (pour l’EPUB, si elle en a une)",
    "honey_label": "Laissez ce champ vide",
    "asked_title": "Consultez votre courrier",
    "asked": "Si {address} peut être abonnée, une lettre est en route. Ouvrez le lien qu’elle contient pour "
    "confirmer.",
    "asked_none": "Rien après quelques minutes"
    + NB
    + "? Regardez dans les indésirables. Une adresse déjà abonnée ne reçoit pas de lettre, et une même "
    "adresse en reçoit une par heure au plus.",
    "again_title": "À revoir" + NB + ": {title}",
    "bad_address": "Ce n’est pas une adresse électronique. Écrivez-la comme nom@exemple.org.",
    "bad_name": "Écrivez le nom sur une seule ligne, en 200 signes au plus.",
    "busy_title": "Trop de demandes",
    "busy": "Beaucoup de demandes viennent de votre réseau. Réessayez dans dix minutes.",
    "choose_title": "Votre abonnement à {name}",
    "choose_for": "Ce que vous choisissez ici vaut pour {address}.",
    "choose_off": "Vous n’êtes pas abonné actuellement" + NB + ": rien ne vous est envoyé.",
    "save_button": "Enregistrer",
    "saved": "Enregistré.",
    "leave_hint": "Vous ne recevrez plus rien de {name}.",
    "export_title": "Vos données",
    "export_hint": "Tout ce qui est conservé à votre sujet, sur toutes les listes d’ici, en un fichier "
    "(JSON).",
    "export_button": "Télécharger",
    "erase_link": "Effacer tout ce qui me concerne",
    "erase_title": "Effacer tout ce qui vous concerne",
    "erase_ask": "Votre adresse, votre nom, vos choix et la preuve de votre accord sont retirés de toutes "
    "les listes d’ici. Cela ne peut pas être annulé.",
    "erase_keep": "Il reste une empreinte (SHA-256) de l’adresse, pour qu’aucune importation ne vous "
    "ramène, et le nombre de lettres envoyées, sans votre nom.",
    "erase_sure": "Oui, effacer tout ce qui concerne {address}",
    "erase_button": "Effacer",
    "erase_unsure": "Cochez d’abord la case.",
    "erased_title": "Tout ce qui vous concerne est effacé",
    "erased": "Voici votre reçu. Il n’est montré qu’une fois" + NB + ": imprimez-le ou enregistrez-le.",
    "erased_removed": "Retiré",
    "erased_kept": "Conservé",
    "erased_beyond": "Hors de notre portée",
    "erased_at": "Quand",
    "erased_hash": "L’empreinte qui reste",
    "find_leave_title": "Quitter {name}",
    "find_choose_title": "Choisir ce que vous recevez de {name}",
    "find_how": "Chaque lettre reçue contient, au bas, un lien qui n’est qu’à vous. Si vous n’en avez pas "
    "sous la main, écrivez ici votre adresse" + NB + ": une lettre vous apportera le lien.",
    "find_button": "Recevoir le lien",
    "found": "Si {address} figure sur la liste, une lettre avec votre lien est en route.",
    "found_none": "Rien après quelques minutes"
    + NB
    + "? Regardez dans les indésirables. Une même adresse reçoit une lettre par heure au plus.",
    "trouble_title": "Cela n’a pas fonctionné",
    "trouble": "La faute est à nous, pas à vous. Rien n’est perdu"
    + NB
    + "; réessayez dans quelques minutes.",
    "unreadable_title": "L’envoi n’a pas pu être lu",
    "unreadable": "Ce que votre navigateur a envoyé est trop long, trop lent ou d’une sorte que cette page "
    "ne connaît pas.",
}
AR: dict[str, str] = {
    "contact": "هل من مشكلة؟ اكتب إلى",
    "leave_title": "إلغاء الاشتراك في {name}",
    "leave_ask": "اضغط الزر فلا يُرسل بعد ذلك شيء إلى {address}.",
    "leave_button": "إلغاء الاشتراك",
    "left_title": "أُلغي اشتراكك في {name}",
    "left_done": "لن يُرسل شيء بعد الآن إلى {address}.",
    "left_already": "لست مشتركا في {name}. لن يُرسل شيء.",
    "left_undo": "إن كان ذلك خطأ فيمكنك التراجع عنه خلال يوم.",
    "undo_button": "تراجع",
    "back_title": "عاد اشتراكك",
    "back_done": "سيُرسل {name} إلى {address} كما من قبل.",
    "back_already": "أنت مشترك في {name}: ليس هناك ما يُتراجع عنه.",
    "back_late_title": "فات أوان التراجع",
    "back_late": "يمكن التراجع عن الإلغاء خلال يوم. ويمكنك دائما أن تشترك من جديد.",
    "subscribe_link": "الاشتراك في {name}",
    "confirm_title": "تأكيد الاشتراك في {name}",
    "confirm_ask": "اضغط الزر فيُرسل {name} إلى {address}.",
    "confirm_button": "تأكيد الاشتراك",
    "confirmed_title": "تم اشتراكك",
    "confirmed_done": "سيُرسل {name} إلى {address}.",
    "confirmed_leave": "في أسفل كل رسالة ما يدلك على إلغاء الاشتراك وعلى اختيار ما يصلك.",
    "expired_title": "هذا الرابط قديم",
    "expired": "رابط هذه الرسالة صالح سبعة أيام. اطلب من جديد يصلك رابط آخر.",
    "stale": "ألغيت اشتراكك بعد كتابة هذه الرسالة فبطل رابطها. للعودة اطلب من جديد.",
    "gone_title": "لم يعد هذا الاشتراك موجودا",
    "gone": "لا ترسل إليك هذه القائمة شيئا.",
    "unknown_title": "هذا الرابط لا يعمل",
    "unknown": "لعله قُطع: انسخ العنوان كاملا من الرسالة إلى آخر حرف فيه.",
    "missing_title": "لا توجد صفحة كهذه",
    "missing": "انظر هل العنوان كامل. في أسفل كل رسالة الروابط الخاصة بك.",
    "subscribe_title": "الاشتراك في {name}",
    "subscribe_button": "اشترك",
    "closed_title": "لا تقبل {name} مشتركين جددا",
    "closed": "القائمة مغلقة.",
    "address_label": "عنوان بريدك الإلكتروني",
    "name_label": "اسمك (إن شئت)",
    "format_label": "ما تريد أن يصلك",
    SubscriptionFormat.DIGEST.value: "الرسالة",
    SubscriptionFormat.DIGEST_AND_BRIEF.value: "الرسالة مع ملف PDF مرفق",
    SubscriptionFormat.COMPILATION.value: "ملف EPUB للقارئ الإلكتروني",
    SubscriptionFormat.NOTICE.value: "إشعار قصير بكل عدد",
    "frequency_label": "كم مرة",
    Frequency.EACH.value: "كل عدد عند صدوره",
    Frequency.WEEKLY.value: "مرة في الأسبوع، والأعداد مجموعة",
    Frequency.MONTHLY.value: "مرة في الشهر، والأعداد مجموعة",
    "frequency_waits_each": "لا يتغير شيء قبل الإرسال المجمّع القادم، فلا تفوتك أي مقالة.",
    "frequency_waits_weekly": "لا يتغير شيء قبل إرسال الأسبوع القادم، فلا تصلك أي مقالة مرتين.",
    "frequency_waits_monthly": "لا يتغير شيء قبل إرسال الشهر القادم، فلا تصلك أي مقالة مرتين.",
    "device_label": "عنوان قارئك الإلكتروني نفسه (لملف EPUB، إن كان له عنوان)",
    "honey_label": "اترك هذه الخانة فارغة",
    "asked_title": "انظر في بريدك",
    "asked": "إن أمكن اشتراك {address} فالرسالة في طريقها إليه. افتح رابطها للتأكيد.",
    "asked_none": "لم يصل شيء بعد دقائق؟ انظر في البريد غير المرغوب فيه. لا تُرسل رسالة إلى من هو مشترك، "
    "ولا يُرسل إلى عنوان واحد أكثر من رسالة في الساعة.",
    "again_title": "يرجى المراجعة: {title}",
    "bad_address": "ليس هذا عنوان بريد إلكتروني. اكتبه هكذا: name@example.org",
    "bad_name": "اكتب الاسم في سطر واحد لا يزيد على 200 حرف.",
    "busy_title": "طلبات كثيرة",
    "busy": "وصلت من شبكتك طلبات كثيرة. حاول من جديد بعد عشر دقائق.",
    "choose_title": "اشتراكك في {name}",
    "choose_for": "ما تختاره هنا يخص {address}.",
    "choose_off": "لست مشتركا الآن: لا يُرسل إليك شيء.",
    "save_button": "حفظ",
    "saved": "تم الحفظ.",
    "leave_hint": "لن يصلك بعد ذلك شيء من {name}.",
    "export_title": "بياناتك",
    "export_hint": "كل ما هو محفوظ عنك في جميع القوائم هنا، في ملف (JSON).",
    "export_button": "تنزيل",
    "erase_link": "امحُ كل ما يخصني",
    "erase_title": "محو كل ما يخصك",
    "erase_ask": "يُحذف عنوانك واسمك واختياراتك وسجل موافقتك من جميع القوائم هنا. لا يمكن التراجع عن ذلك.",
    "erase_keep": "تبقى بصمة العنوان (SHA-256) كي لا يعيدك أي استيراد، ويبقى عدد الرسائل المرسلة بلا اسمك.",
    "erase_sure": "نعم، امحُ كل ما يخص {address}",
    "erase_button": "محو",
    "erase_unsure": "ضع علامة في المربع أولا.",
    "erased_title": "مُحي كل ما يخصك",
    "erased": "هذا إيصالك. لا يظهر إلا مرة واحدة: اطبعه أو احفظه.",
    "erased_removed": "ما حُذف",
    "erased_kept": "ما بقي",
    "erased_beyond": "ما لا نصل إليه",
    "erased_at": "متى",
    "erased_hash": "البصمة الباقية",
    "find_leave_title": "إلغاء الاشتراك في {name}",
    "find_choose_title": "اختر ما يصلك من {name}",
    "find_how": "في أسفل كل رسالة وصلتك رابط لك وحدك. إن لم تكن عندك رسالة فاكتب عنوانك هنا: تحمل إليك "
    "رسالة ذلك الرابط.",
    "find_button": "أرسل إلي الرابط",
    "found": "إن كان {address} في القائمة فالرسالة التي تحمل رابطك في طريقها إليه.",
    "found_none": "لم يصل شيء بعد دقائق؟ انظر في البريد غير المرغوب فيه. لا يُرسل إلى عنوان واحد أكثر من "
    "رسالة في الساعة.",
    "trouble_title": "لم ينجح ذلك",
    "trouble": "الخطأ منا لا منك. لم يضع شيء؛ حاول من جديد بعد دقائق.",
    "unreadable_title": "تعذرت القراءة",
    "unreadable": "ما أرسله متصفحك أطول من اللازم أو أبطأ أو من نوع لا تعرفه هذه الصفحة.",
}
PAGES = {"en": EN, "fr": FR, "ar": AR}


def page_word(language: str, key: str, /, **values: str) -> str:
    """Give a page's words; English stands in for a language that has none yet."""
    apart = direction_of(language) is Direction.RTL
    told = {
        name: ISOLATED.format(value) if apart or not value.isascii() else value
        for name, value in values.items()
    }
    return PAGES.get(primary(language), EN)[key].format(**told)


def spoken_of(wanted: str) -> str:
    """Give the first language of an Accept-Language header (RFC 9110 12.5.4) that pages are written in.

    Empty where there is none.
    """
    weighed = []
    for place, part in enumerate(wanted[:1000].split(",")):
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            quality = 0.0
        if primary(tag) in PAGES and quality > 0:
            weighed.append((-quality, place, primary(tag)))
    return min(weighed)[2] if weighed else ""
