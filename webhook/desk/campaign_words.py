"""The sentences about campaigns: key -> English, Arabic. Data."""

from collections.abc import Mapping

CAMPAIGN_WORDS: Mapping[str, tuple[str, str]] = {
    "campaigns": ("Campaigns", "الحملات"),
    "campaigns.none": ("No campaigns yet.", "لا حملات بعد."),
    "campaigns.more": (
        "A campaign sends one message template to many customers.",
        "ترسل الحملة قالب رسالة واحدًا إلى عملاء كثيرين.",
    ),
    "campaigns.back": ("All campaigns", "كل الحملات"),
    "campaign.new": ("New campaign", "حملة جديدة"),
    # what a campaign is
    "campaign.name": ("Name", "الاسم"),
    "campaign.name_hint": (
        "Lower-case letters, digits, - and _: “{example}”.",
        "حروف لاتينية صغيرة وأرقام و - و _: «{example}».",
    ),
    "campaign.template": ("Message template", "قالب الرسالة"),
    "campaign.sender": ("Sender", "الخط"),
    "campaign.sender_hint": (
        "Such as {example}. Senders to which customers have written are offered.",
        "مثل {example}. تُعرض الخطوط التي كتب إليها عملاء.",
    ),
    "campaign.scope": ("Business", "النشاط"),
    "campaign.file": ("File with the customers (CSV)", "ملف العملاء (CSV)"),
    "campaign.file_hint": (
        (
            "A line for each customer. The first line names the columns: “{to}” for the number, and one for each parameter of the "
            "template, by its number or name; “{header}” and “{button}” where the template takes them."
        ),
        (
            "سطر لكل عميل. السطر الأول أسماء الأعمدة: «{to}» للرقم، وعمود لكل متغير في القالب برقمه أو اسمه، و«{header}» و«{button}» "
            "حيث يأخذهما القالب."
        ),
    ),
    "campaign.columns": ("The columns of a file for each template", "أعمدة الملف لكل قالب"),
    "campaign.ignored": ("Columns to ignore", "أعمدة تُهمَل"),
    "campaign.ignored_hint": ("Names with commas between them.", "أسماء تفصل بينها فواصل."),
    "campaign.hold_back": ("Held back, in per cent", "النسبة المستبقاة في المئة"),
    "campaign.hold_back_hint": (
        "So many of a hundred customers get nothing, by chance, to compare with.",
        "هذا العدد من كل مئة عميل، بالصدفة، لا يصلهم شيء، للمقارنة.",
    ),
    "campaign.skip_bad": ("Leave out lines that cannot be used", "تجاوز السطور غير الصالحة"),
    "campaign.load": ("Load, send nothing yet", "تحميل دون إرسال"),
    # why it was not loaded
    "campaign.wrong.name": ("This is no name for a campaign.", "لا يصلح هذا اسمًا لحملة."),
    "campaign.wrong.taken": (
        "There is a campaign with this name, or there was one a few days ago.",
        "توجد حملة بهذا الاسم، أو كانت قبل أيام.",
    ),
    "campaign.wrong.template": (
        "This message template cannot be sent any more.",
        "لم يعد ممكنًا إرسال هذا القالب.",
    ),
    "campaign.wrong.sender": (
        "A sender is written as its channel, a colon, and its number or id.",
        "يُكتب الخط هكذا: القناة ثم نقطتان ثم رقمه.",
    ),
    "campaign.wrong.channel": (
        "This message template is of another channel than the sender.",
        "هذا القالب لقناة غير قناة الخط.",
    ),
    "campaign.wrong.scope": (
        "This is not a business of yours, or the sender is of another one.",
        "ليس هذا النشاط من أنشطتك، أو الخط لنشاط آخر.",
    ),
    "campaign.wrong.hold_back": ("The share is a number from 0 to 90.", "النسبة رقم من 0 إلى 90."),
    "campaign.wrong.no_file": ("Choose a file.", "اختر ملفًا."),
    "campaign.wrong.file": ("This file cannot be used: {why}.", "لا يمكن استخدام هذا الملف: {why}."),
    "campaign.wrong.nobody": ("No customer stands in this file.", "لا عميل في هذا الملف."),
    "campaign.wrong.lines": (
        "Lines that cannot be used: {count}. Nothing was loaded.",
        "سطور غير صالحة: {count}. لم يُحمَّل شيء.",
    ),
    "campaign.wrong.busy": (
        "Another file is being read just now. Try again in a moment.",
        "يُقرأ ملف آخر الآن. حاول بعد لحظات.",
    ),
    "campaign.wrong.state": (
        "The campaign cannot do this as it is at present.",
        "لا يمكن ذلك في الحالة الحالية للحملة.",
    ),
    "skip.campaign": ("Skip to the campaign", "انتقل إلى الحملة"),
    "campaign.line": ("Line", "السطر"),
    "campaign.error": ("What is wrong", "الخطأ"),
    "campaign.more_lines": ("and {count} further lines", "و{count} من السطور الأخرى"),
    # how far it is
    "campaign.is.loading": ("is being loaded", "قيد التحميل"),
    "campaign.is.new": ("not started yet", "لم تبدأ بعد"),
    "campaign.is.running": ("running", "جارية"),
    "campaign.is.paused": ("paused", "متوقفة مؤقتًا"),
    "campaign.is.done": ("done", "انتهت"),
    "campaign.is.removed": ("removed", "أُزيلت"),
    "campaign.rows": ("{done} of {total} gone through", "تم المرور على {done} من {total}"),
    "campaign.total": ("Customers", "العملاء"),
    "campaign.left_out": ("Lines left out", "سطور متروكة"),
    "campaign.held_back": ("Held back", "مستبقى"),
    "campaign.by": ("Made by", "أنشأها"),
    "campaign.created": ("Made", "أُنشئت"),
    "campaign.started": ("Started", "بدأت"),
    "campaign.ended": ("Ended", "انتهت"),
    "campaign.cost": ("Cost", "التكلفة"),
    "campaign.answered": ("answered", "ردوا"),
    "campaign.chart": ("Sent, delivered, read and answered over time", "ما أُرسل ووصل وقُرئ ورُدَّ عليه مع الوقت"),
    # what can be done
    "campaign.start": ("Start", "بدء"),
    "campaign.start.sure": (
        "Send this message template to {count} customers? What is sent cannot be taken back.",
        "هل تُرسل هذا القالب إلى {count} من العملاء؟ ما أُرسل لا يُستعاد.",
    ),
    "campaign.start.go": ("Yes, send", "نعم، أرسل"),
    "campaign.look": ("Look again now", "تحقّق الآن"),
    "campaign.pause": ("Pause", "إيقاف مؤقت"),
    "campaign.why.agent": ("Paused by {name}.", "أوقفها {name}."),
    "campaign.why.day": (
        "It waits: the sender has reached as many customers as it may in 24 hours.",
        "تنتظر: بلغ الخط عدد العملاء المسموح به في 24 ساعة.",
    ),
    "campaign.why.paused": (
        "It waits: nothing is sent through the sender.",
        "تنتظر: لا يُرسَل شيء على الخط.",
    ),
    "campaign.why.hours": ("It waits for the hours of the sender.", "تنتظر ساعات عمل الخط."),
    "campaign.why.full": ("It waits: the store is full.", "تنتظر: المخزن ممتلئ."),
    "campaign.why.sender": (
        "{sender} is not a sender of this business that can send.",
        "لا يمكن لهذا النشاط أن يرسل من {sender}.",
    ),
    "campaign.why.missing": ("There is no template {template}.", "لا يوجد القالب {template}."),
    "campaign.why.template": ("The template {template} is {status}.", "حالة القالب {template}: {status}."),
    "campaign.why.other": ("{why}", "{why}"),
    "campaign.remove": ("Remove", "إزالة"),
    "campaign.remove.sure": (
        "The list of customers and what became of them is deleted. Messages that were sent stay in their conversations.",
        "تُحذف قائمة العملاء وما صار معهم. ما أُرسل يبقى في المحادثات.",
    ),
    "campaign.remove.go": ("Yes, remove it", "نعم، أزلها"),
    # the table
    "campaign.outcomes": ("What became of each customer", "ما صار مع كل عميل"),
    "campaign.customer": ("Customer", "العميل"),
    "campaign.forgotten": ("forgotten", "مُحي"),
    "campaign.state": ("State", "الحالة"),
    "campaign.csv": ("Download as CSV", "تنزيل CSV"),
    "campaign.next": ("Further customers", "التالي"),
    "campaign.first": ("From the beginning", "من البداية"),
    "outcome.waiting": ("waiting", "ينتظر"),
    "outcome.forgotten": ("forgotten before", "مُحي قبل ذلك"),
    "outcome.held_back": ("held back", "مستبقى"),
    "outcome.handed_over": ("on its way", "في الطريق"),
    "outcome.declined": ("not sent", "لم تُرسَل"),
    "outcome.cancelled": ("cancelled before it was sent", "أُلغيت قبل الإرسال"),
    "outcome.sent": ("sent", "أُرسلت"),
    "outcome.failed": ("failed", "فشلت"),
    "outcome.delivered": ("delivered", "وصلت"),
    "outcome.read": ("read", "قُرئت"),
    "outcome.taken_over": ("A person had taken over.", "استلم موظف المحادثة قبلها."),
}
