"""What sites put below an essay, as data: comment forms, share bars, related posts, in fifteen languages.

Entries are parted by ` | `; one that ends in `*` stands for any line that begins so. Case, accents, digits
and punctuation do not count, so `Commentaires (3)` is `commentaires`.
"""

from enum import StrEnum


class Tail(StrEnum):
    """What a line below an essay belongs to."""

    COMMENTS = "the comment form"
    RELATED = "the label of related posts"
    SHARE = "the share bar"
    SITE = "the site's own words"


LINES: dict[str, dict[Tail, str]] = {
    "fr": {
        Tail.COMMENTS: (
            "laisser un commentaire | laissez un commentaire | laisser une réponse | "
            "laisser une réponse à * | poster un commentaire | publier un commentaire | "
            "ajouter un commentaire | commenter | votre adresse e-mail ne sera pas publiée* | "
            "votre adresse de messagerie ne sera pas publiée* | votre adresse email ne sera pas publiée* | "
            "votre adresse courriel ne sera pas publiée* | les champs obligatoires sont indiqués avec* | "
            "commentaire | commentaires | un commentaire | aucun commentaire | annuler la réponse | "
            "enregistrer mon nom, mon e-mail et mon site* | laisser un commentaire annuler la réponse | "
            "soyez le premier à commenter* | vous devez vous connecter pour publier un commentaire* | "
            "prévenez-moi de tous les nouveaux*"
        ),
        Tail.RELATED: (
            "publications similaires | articles similaires | articles liés | articles connexes | "
            "du même auteur | de la même autrice | à lire aussi | lire aussi | à lire également | "
            "sur le même sujet | sur le même thème | dans la même catégorie | vous aimerez aussi | "
            "vous pourriez aussi aimer | vous pourriez aimer | cela pourrait vous intéresser | "
            "ces articles pourraient vous intéresser | autres articles | plus d’articles | "
            "articles récents | voir aussi | pour aller plus loin | articles recommandés | "
            "à découvrir aussi | nos derniers articles"
        ),
        Tail.SHARE: (
            "partager | partager sur* | partagez cet article | partager cet article | partager l’article | "
            "partager : | imprimer | suivez-nous | suivez-nous sur* | tweeter | copier le lien | "
            "j’aime chargement"
        ),
        Tail.SITE: (
            "article précédent | article suivant | précédent | suivant | navigation de l’article | "
            "lire la suite | tous droits réservés* | mentions légales | politique de confidentialité | "
            "étiquettes | mots-clés | catégories | à propos de l’auteur | "
            "inscrivez-vous à notre newsletter* | abonnez-vous à* | s’abonner | votre adresse e-mail | "
            "retour en haut | nom | e-mail | site web"
        ),
    },
    "en": {
        Tail.COMMENTS: (
            "leave a reply | leave a comment | leave a reply cancel reply | post a comment | "
            "add a comment | your email address will not be published* | required fields are marked* | "
            "comment | comments | no comments | no comments yet | cancel reply | post comment | "
            "join the discussion | save my name, email, and website* | "
            "you must be logged in to post a comment* | write a comment | be the first to comment* | "
            "notify me of* | one comment | responses | thoughts on*"
        ),
        Tail.RELATED: (
            "related posts | related articles | related | related stories | related content | "
            "similar posts | similar articles | more from this author | more by this author | "
            "by the same author | from the same author | you may also like | you might also like | "
            "you might also enjoy | recommended | recommended for you | read next | read also | also read | "
            "more articles | more stories | recent posts | latest posts | further reading | see also | "
            "more from*"
        ),
        Tail.SHARE: (
            "share | share this | share this post | share this article | share on* | share this story | "
            "tweet | print | follow us | follow us on* | copy link | email this | like this"
        ),
        Tail.SITE: (
            "previous post | next post | previous article | next article | previous | next | "
            "post navigation | read more | continue reading* | all rights reserved* | privacy policy | "
            "terms of use | tags | categories | filed under* | about the author | subscribe* | sign up* | "
            "back to top | name | email | website | submit | loading | advertisement | cookie policy"
        ),
    },
    "de": {
        Tail.COMMENTS: (
            "schreibe einen kommentar | kommentar hinterlassen | einen kommentar schreiben | kommentar | "
            "kommentare | keine kommentare | hinterlasse einen kommentar | kommentar schreiben | "
            "deine e-mail-adresse wird nicht veröffentlicht* | "
            "ihre e-mail-adresse wird nicht veröffentlicht* | erforderliche felder sind mit* | "
            "antworten abbrechen | kommentar abschicken | antwort schreiben | "
            "meinen namen, meine e-mail-adresse und* | schreibe einen kommentar antworten abbrechen"
        ),
        Tail.RELATED: (
            "ähnliche beiträge | ähnliche artikel | verwandte beiträge | verwandte artikel | "
            "vom selben autor | das könnte dich auch interessieren | das könnte sie auch interessieren | "
            "mehr zum thema | weitere artikel | weitere beiträge | auch interessant | lesen sie auch | "
            "siehe auch | mehr von*"
        ),
        Tail.SHARE: ("teilen | teilen auf* | beitrag teilen | artikel teilen | drucken | folgen sie uns*"),
        Tail.SITE: (
            "vorheriger beitrag | nächster beitrag | beitragsnavigation | weiterlesen | mehr lesen | "
            "alle rechte vorbehalten* | impressum | datenschutz | schlagwörter | kategorien | nach oben"
        ),
    },
    "es": {
        Tail.COMMENTS: (
            "deja un comentario | deja una respuesta | dejar un comentario | escribe un comentario | "
            "tu dirección de correo electrónico no será publicada* | los campos obligatorios están* | "
            "comentario | comentarios | sin comentarios | cancelar la respuesta | publicar comentario | "
            "guarda mi nombre, correo electrónico* | deja una respuesta cancelar la respuesta"
        ),
        Tail.RELATED: (
            "publicaciones similares | artículos relacionados | entradas relacionadas | "
            "noticias relacionadas | del mismo autor | también te puede interesar | te puede interesar | "
            "te podría interesar | lea también | lee también | leer también | ver también | más artículos | "
            "más de* | relacionado"
        ),
        Tail.SHARE: ("compartir | comparte | compartir en* | comparte este artículo | imprimir | síguenos*"),
        Tail.SITE: (
            "entrada anterior | entrada siguiente | navegación de entradas | leer más | seguir leyendo | "
            "todos los derechos reservados* | aviso legal | etiquetas | categorías | nombre | "
            "correo electrónico | suscríbete* | política de privacidad"
        ),
    },
    "it": {
        Tail.COMMENTS: (
            "lascia un commento | lascia una risposta | commenta | commento | commenti | nessun commento | "
            "il tuo indirizzo email non sarà pubblicato* | i campi obbligatori sono contrassegnati* | "
            "annulla risposta | invia commento | salva il mio nome, email* | "
            "lascia un commento annulla risposta"
        ),
        Tail.RELATED: (
            "articoli correlati | post correlati | articoli simili | dello stesso autore | leggi anche | "
            "potrebbe interessarti | potrebbe interessarti anche | ti potrebbe interessare | "
            "altri articoli | vedi anche | correlati | potrebbero interessarti*"
        ),
        Tail.SHARE: "condividi | condividi su* | condividi questo articolo | stampa | seguici*",
        Tail.SITE: (
            "articolo precedente | articolo successivo | navigazione articoli | leggi tutto | "
            "continua a leggere | tutti i diritti riservati* | tag | categorie | iscriviti* | sito web"
        ),
    },
    "pt": {
        Tail.COMMENTS: (
            "deixe um comentário | deixe uma resposta | deixar um comentário | comentário | comentários | "
            "o seu endereço de e-mail não será publicado* | o seu endereço de email não será publicado* | "
            "campos obrigatórios são marcados* | campos obrigatórios marcados* | cancelar resposta | "
            "os campos obrigatórios* | publicar comentário | salvar meus dados neste navegador*"
        ),
        Tail.RELATED: (
            "posts relacionados | artigos relacionados | publicações relacionadas | do mesmo autor | "
            "publicações semelhantes | artigos semelhantes | leia também | leia mais | veja também | "
            "você também pode gostar | também pode gostar | pode interessar-lhe | mais artigos | "
            "relacionados"
        ),
        Tail.SHARE: ("compartilhar | compartilhe | partilhar | partilhe | compartilhe este* | siga-nos*"),
        Tail.SITE: (
            "post anterior | próximo post | artigo anterior | próximo artigo | navegação de post | "
            "todos os direitos reservados* | categorias | etiquetas | nome | inscreva-se*"
        ),
    },
    "nl": {
        Tail.COMMENTS: (
            "geef een reactie | laat een reactie achter | plaats een reactie | reactie | reacties | "
            "je e-mailadres wordt niet gepubliceerd* | het e-mailadres wordt niet gepubliceerd* | "
            "vereiste velden zijn gemarkeerd* | reactie annuleren | reactie plaatsen | geen reacties"
        ),
        Tail.RELATED: (
            "gerelateerde berichten | gerelateerde artikelen | vergelijkbare berichten | lees ook | "
            "van dezelfde auteur | misschien vind je dit ook leuk | meer artikelen | zie ook | gerelateerd"
        ),
        Tail.SHARE: "delen | deel dit* | delen op* | afdrukken | volg ons*",
        Tail.SITE: (
            "vorig bericht | volgend bericht | berichtnavigatie | lees meer | verder lezen | "
            "alle rechten voorbehouden* | categorieën | naam"
        ),
    },
    "pl": {
        Tail.COMMENTS: (
            "dodaj komentarz | zostaw komentarz | napisz komentarz | komentarz | komentarze | "
            "twój adres e-mail nie zostanie opublikowany* | twój adres email nie zostanie opublikowany* | "
            "wymagane pola są oznaczone* | anuluj pisanie odpowiedzi | opublikuj komentarz | skomentuj"
        ),
        Tail.RELATED: (
            "podobne wpisy | powiązane wpisy | powiązane artykuły | podobne artykuły | tego samego autora | "
            "zobacz też | zobacz także | przeczytaj również | przeczytaj także | czytaj także | czytaj też"
        ),
        Tail.SHARE: "udostępnij | udostępnij na* | podziel się | drukuj | obserwuj nas*",
        Tail.SITE: (
            "poprzedni wpis | następny wpis | nawigacja wpisu | czytaj dalej | czytaj więcej | "
            "wszelkie prawa zastrzeżone* | kategorie | tagi | nazwa"
        ),
    },
    "ar": {
        Tail.COMMENTS: (
            "اترك تعليقا | اترك تعليقاً | أضف تعليقا | اترك ردا | إلغاء الرد | التعليقات | تعليق | "
            "لن يتم نشر عنوان بريدك الإلكتروني* | الحقول الإلزامية مشار إليها* | إرسال التعليق | "
            "لا توجد تعليقات | احفظ اسمي، بريدي الإلكتروني* | اترك تعليقاً إلغاء الرد"
        ),
        Tail.RELATED: (
            "مقالات ذات صلة | مواضيع ذات صلة | منشورات ذات صلة | مقالات مشابهة | للكاتب نفسه | اقرأ أيضا | "
            "اقرأ أيضاً | قد يعجبك أيضا | قد يعجبك أيضاً | لنفس الكاتب | من الكاتب نفسه | "
            "المزيد من المقالات"
        ),
        Tail.SHARE: "شارك | شارك المقال | مشاركة | شاركها | طباعة | تابعنا*",
        Tail.SITE: (
            "المقال السابق | المقال التالي | السابق | التالي | اقرأ المزيد | جميع الحقوق محفوظة* | "
            "تصنيفات | وسوم | الاسم | البريد الإلكتروني | الموقع الإلكتروني | تصفح المقالات"
        ),
    },
    "he": {
        Tail.COMMENTS: (
            "כתיבת תגובה | השאר תגובה | השאירו תגובה | הוסף תגובה | תגובה | תגובות | ביטול | "
            "האימייל לא יוצג באתר* | שדות החובה מסומנים* | כתובת הדואר האלקטרוני שלך לא תפורסם* | להגיב"
        ),
        Tail.RELATED: (
            "פוסטים קשורים | מאמרים קשורים | כתבות נוספות | אולי יעניין אותך | מאותו מחבר | קראו גם"
        ),
        Tail.SHARE: "שתף | שתפו | שיתוף | הדפסה | עקבו אחרינו*",
        Tail.SITE: (
            "הפוסט הקודם | הפוסט הבא | הקודם | הבא | קרא עוד | כל הזכויות שמורות* | שם | אימייל | אתר"
        ),
    },
    "ru": {
        Tail.COMMENTS: (
            "добавить комментарий | оставить комментарий | оставьте комментарий | комментарий | "
            "комментарии | ваш адрес email не будет опубликован* | ваш e-mail не будет опубликован* | "
            "нет комментариев | обязательные поля помечены* | отменить ответ | отправить комментарий | "
            "добавить комментарий отменить ответ"
        ),
        Tail.RELATED: (
            "похожие записи | похожие статьи | похожие публикации | читайте также | читать также | "
            "связанные записи | того же автора | вам также может понравиться | другие статьи | см. также | "
            "по теме | ещё по теме | рекомендуем"
        ),
        Tail.SHARE: ("поделиться | поделиться в* | поделитесь* | распечатать | печать | подписывайтесь*"),
        Tail.SITE: (
            "предыдущая запись | следующая запись | навигация по записям | читать далее | подробнее | "
            "все права защищены* | рубрики | метки | имя | сайт | почта"
        ),
    },
    "ja": {
        Tail.COMMENTS: (
            "コメントを残す | コメントする | コメントを書く | コメント | コメントを送信 | "
            "返信をキャンセル | コメントを残す コメントをキャンセル | "
            "メールアドレスが公開されることはありません* | が付いている欄は必須項目です | "
            "コメントはまだありません | 次回のコメントで使用するため*"
        ),
        Tail.RELATED: (
            "関連記事 | 関連投稿 | おすすめ記事 | あわせて読みたい | 合わせて読みたい | 同じ著者の記事 | "
            "この著者の記事 | こちらもおすすめ | 人気記事 | 最近の投稿 | 最新記事 | "
            "この記事も読まれています"
        ),
        Tail.SHARE: "シェア | シェアする | 共有 | 共有する | ツイート | フォローする | 印刷",
        Tail.SITE: (
            "前の記事 | 次の記事 | 前の投稿 | 次の投稿 | 続きを読む | 投稿ナビゲーション | カテゴリー | "
            "タグ | 名前 | メール | サイト | トップへ戻る"
        ),
    },
    "zh": {
        Tail.COMMENTS: (
            "发表评论 | 发表回复 | 留下评论 | 评论 | 取消回复 | 您的邮箱地址不会被公开* | "
            "您的电子邮箱地址不会被公开* | 必填项已用* | 发表评论 取消回复 | 發佈留言 | 發表迴響 | "
            "發佈留言必須填寫的電子郵件地址不會公開* | 必填欄位標示為 | 暂无评论 | 提交评论"
        ),
        Tail.RELATED: (
            "相关文章 | 相關文章 | 相关阅读 | 延伸閱讀 | 延伸阅读 | 推荐阅读 | 猜你喜欢 | 同一作者 | "
            "作者其他文章 | 你可能也喜欢 | 您可能也喜欢 | 你可能會喜歡 | 最新文章 | 近期文章"
        ),
        Tail.SHARE: "分享 | 分享到* | 分享这篇文章 | 打印 | 关注我们*",
        Tail.SITE: (
            "上一篇* | 下一篇* | 阅读更多 | 閱讀更多 | 版权所有* | 标签 | 分类 | 姓名 | 邮箱 | 网站 | "
            "文章导航"
        ),
    },
    "ko": {
        Tail.COMMENTS: (
            "댓글 남기기 | 답글 남기기 | 댓글 달기 | 댓글 | 댓글 쓰기 | 응답 취소 | 답글 취소 | "
            "이메일 주소는 공개되지 않습니다* | 이메일은 공개되지 않습니다* | 필수 필드는* | 필수 입력창은*"
        ),
        Tail.RELATED: (
            "관련 글 | 관련 기사 | 관련 게시물 | 추천 글 | 같은 저자의 글 | 함께 읽으면 좋은 글 | 최근 글"
        ),
        Tail.SHARE: "공유 | 공유하기 | 이것을 공유하기 | 인쇄",
        Tail.SITE: (
            "이전 글 | 다음 글 | 글 탐색 | 더 읽기 | 계속 읽기 | 카테고리 | 태그 | 이름 | 이메일 | 웹사이트"
        ),
    },
    "el": {
        Tail.COMMENTS: (
            "αφήστε μια απάντηση | αφήστε ένα σχόλιο | προσθήκη σχολίου | σχόλια | σχόλιο | "
            "ακύρωση απάντησης | η ηλ. διεύθυνση σας δεν δημοσιεύεται* | "
            "η διεύθυνση email σας δεν θα δημοσιευθεί* | τα υποχρεωτικά πεδία σημειώνονται* | "
            "δημοσίευση σχολίου"
        ),
        Tail.RELATED: (
            "σχετικά άρθρα | σχετικές αναρτήσεις | διαβάστε επίσης | του ίδιου συγγραφέα | δείτε επίσης"
        ),
        Tail.SHARE: "κοινοποίηση | κοινοποιήστε | μοιραστείτε* | εκτύπωση | ακολουθήστε μας*",
        Tail.SITE: (
            "προηγούμενο άρθρο | επόμενο άρθρο | διαβάστε περισσότερα | πλοήγηση άρθρων | "
            "με επιφύλαξη παντός δικαιώματος* | κατηγορίες | ετικέτες | όνομα | ιστότοπος"
        ),
    },
}
