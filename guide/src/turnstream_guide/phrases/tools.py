"""Sentences for the tools of the tools service."""

from collections.abc import Mapping

from turnstream.i18n import N_

from turnstream_guide.phrases.phrase import SAID, Phrase, Sentences

_ADDRESS = r"[^@\s<>,;:，；：]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"
"""As it stands in a sentence; `send_email` has the rule for an address."""
_WEEK = [12, 14, 13, 17, 19, 18, 15]
"""Degrees of a week, for a chart without numbers."""
_TOPICS = (
    r"client tools?|client effects?|widgets?|actions?|attachments?|uploads?|entit(?:y|ies)"
    r"|mentions?|citations?|annotations?|threads?|authentication|domain keys?|themes?"
    r"|dead letters?|leases?|dead workers?|event logs?|resum(?:e|ing)|turns?"
)
_CHINESE_TOPICS = (
    "用戶端工具|客户端工具|小工具|小部件|元件|组件|附件|上傳|上传|檔案|驗證|验证|登入|登录|實體|实体|提及|引用"
    "|對話串?|对话串?|会话|討論串|執行緒|線程|线程|佈景主題|主題|主题|本地化|在地化|後端|后端|部署|動作|操作|選項|选项|網域金鑰"
)

TOOLS: Mapping[str, Sentences] = {
    "demo_workflow": Sentences(
        N_("show the demo workflow"),
        Phrase(r"\b(?:demo|sample|example|custom) workflow\b"),
        Phrase(
            r"\b(?:demo|sample|example|custom) workflow\b.*?"
            r"\b(?:about|for|on)\s+(?P<topic>[\w .-]+)"
        ),
        Phrase(r"(?:示範|範例|演示|示例)(?:的)?工作流程?"),
        about="workflow, step search file",
    ),
    "draw_chart": Sentences(
        N_("draw a chart of 12, 14, 13, 17, 19"),
        Phrase(r"\b(?:draw|chart|plot)\b[^.?!]*\bchart\b", arguments={"values": _WEEK}),
        Phrase(r"\bchart\b\D*?(?P<values>-?\d.*\d)"),
        Phrase(r"[畫画][^。]{0,6}[圖图]表?", arguments={"values": _WEEK}),
        Phrase(r"[畫画][^。\d]{0,6}[圖图]\D*?(?P<values>-?\d.*\d)"),
        about="chart, number draw picture image",
        defaults={"values": _WEEK},
    ),
    "get_weather": Sentences(
        N_("weather in Oslo"),
        Phrase(
            r"\bweather\b[^.?!]*?\b(?:in|for|at)\s+(?P<location>[^.?!,;]+?)"
            r"(?:\s+(?:today|tonight|tomorrow|now|right now|please|this week))*(?:[.?!,;]|$)"
        ),
        Phrase(r"\bweather\b"),
        Phrase(
            r"(?P<location>[^\s，。？?查詢查询看]{2,12}?)(?:現在|现在|今天|明天)?的?(?:天氣|天气)"
        ),
        Phrase(r"天氣|天气"),
        about="weather, forecast",
    ),
    "long_running_server_tool_status": Sentences(
        N_("show the status of a server tool"),
        Phrase(r"\bstatus\b[^.?!]*\btool\b|\btool\b[^.?!]*\bstatus\b"),
        Phrase(r"\bstatus\b[^.?!]*\btool\b[^.?!]*?\b(?P<seconds>\d+)\s*s"),
        Phrase(r"工具的?(?:進度|狀態|进度|状态)"),
        Phrase(r"(?P<seconds>\d+)\s*秒.*工具的?(?:進度|狀態|进度|状态)"),
        about="server tool progress status, long",
    ),
    "long_running_task": Sentences(
        N_("run a long task for 5 seconds"),
        Phrase(r"\blong\b[^.?!]*\btask\b[^.?!]*?\b(?P<seconds>\d+)\s*s"),
        Phrase(r"\blong\b[^.?!]*\btask\b", arguments={"seconds": 5}),
        Phrase(r"(?P<seconds>\d+)\s*秒.*(?:長|长)(?:時間|时间)?.*(?:工作|任務|任务)"),
        Phrase(r"(?:長|长)(?:時間|时间)?.*(?:工作|任務|任务)", arguments={"seconds": 5}),
        about="long task wait, progress",
        defaults={"seconds": 5},
    ),
    "sample_widget": Sentences(
        N_("show me a sample widget"),
        Phrase(r"\b(?:sample|streaming|example) widget\b"),
        Phrase(r"\b(?:sample|streaming|example) widget\b.*?\bsay(?:s|ing)\b (?P<text>.+)"),
        Phrase(r"(?:範例|示範|串流)(?:的)?(?:小工具|元件|卡片)"),
        Phrase(r"(?:示例|演示|流式)(?:的)?(?:小组件|组件|卡片)"),
        about="widget card, sample",
    ),
    "save_fact": Sentences(
        N_("I live in Oslo"),
        Phrase(
            r"(?P<fact>\b(?:I (?:live|like|love|prefer|work|study|speak|come from)"
            r"|my [\w ]+? (?:is|are)|remember that|call me)\b[^.?!\n]+)(?:[.!\n]|$)"
        ),
        Phrase(
            r"(?P<fact>(?:我(?:住|喜歡|喜欢|愛|爱|叫|的名字|是)|請?記住|请?记住)"
            r"[^。？！?!\n]+)(?:[。！!\n]|$)"
        ),
        about="fact remember myself",
    ),
    "search_docs": Sentences(
        N_("how do client tools work in ChatKit?"),
        Phrase(
            r"(?P<query>\b(?:how|what|where|which|when|who|can|does|do|is|are|explain)\b"
            r"[^.!\n]*\b(?:chatkit|turnstream)\b[^!\n]*)"
        ),
        Phrase(
            rf"(?P<query>\b(?:how (?:do|does|can|is|are)|what (?:is|are)|explain)\b"
            rf"[^.!\n]*\b(?:{_TOPICS})\b[^!\n]*)"
        ),
        Phrase(r"\bsearch the (?:docs|guides|documentation) for (?P<query>[^?!\n]+)"),
        Phrase(
            r"(?P<query>(?:[^。！!\n]*(?:chatkit|turnstream)[^。！!\n]*"
            r"(?:怎[麼么]|如何|什[麼么]|嗎|吗|哪|[？?])[^。！!\n]*))"
        ),
        Phrase(
            rf"(?P<query>(?:怎[麼么]|如何|什[麼么]是)[^。！!\n]*(?:{_CHINESE_TOPICS})[^。！!\n]*"
            rf"|(?:{_CHINESE_TOPICS})[^。！!\n]*(?:怎[麼么]|如何|是什[麼么])[^。！!\n]*)"
        ),
        Phrase(r"(?:搜尋|搜索|查詢|查询)(?:文件|文档|指南)[：: ]*(?P<query>[^？！?!\n]+)"),
        about="documentation, explain api",
        defaults={"query": SAID},
    ),
    "send_client_effect": Sentences(
        N_("send a client effect"),
        Phrase(
            r"\bclient effect\b|(?:客戶端|用戶端|客户端|前端)效果",
            arguments={"name": "celebrate"},
        ),
        Phrase(r"\bclient effect\b\s+(?:named|called)\s+(?P<name>[a-z][a-z0-9_]{0,39})"),
        about="effect client, page",
        defaults={"name": "celebrate"},
    ),
    "send_email": Sentences(
        N_("send an email to ann@example.com saying hello"),
        Phrase(
            rf"\b(?:send|write)\b[^.?!\n]*?\be-?mail\b[^.?!\n]*?\bto\s+(?P<to>{_ADDRESS})"
            r"(?:\s*,?\s*(?:saying|that says|with the text)\s+(?P<body>[^\n]+))?",
            arguments={"subject": "Hello"},
        ),
        Phrase(
            rf"(?:寄|發|传|傳|发|写|寫)[^。？！?!\n]*?給?\s*(?P<to>{_ADDRESS})"
            r"(?:[^。？！?!\n]*?[說说寫写]\s*[：:「“]?(?P<body>[^。」”\n]+))?",
            arguments={"subject": "你好"},
        ),
        Phrase(
            rf"[給给]\s*(?P<to>{_ADDRESS})\s*[^。？！?!\n@]*?(?:電子郵件|郵件|邮件|信)"
            r"(?:[^。？！?!\n]*?[說说寫写]\s*[：:「“]?(?P<body>[^。」”\n]+))?",
            arguments={"subject": "你好"},
        ),
        about="email, send message",
        defaults={"subject": "Hello", "body": SAID},
    ),
    "show_notice": Sentences(
        N_("show a warning notice"),
        Phrase(
            r"\binfo(?:rmation)? notice\b|\bnotice\b|(?:資訊|信息)?通知",
            arguments={"level": "info"},
        ),
        Phrase(r"\bwarning notice\b|警告(?:的)?通知", arguments={"level": "warning"}),
        Phrase(
            r"\bdanger notice\b|(?:危險|危险|錯誤|错误)(?:的)?通知",
            arguments={"level": "danger"},
        ),
        about="notice, popup warning danger",
        defaults={"level": "info"},
    ),
    "switch_theme": Sentences(
        N_("dark theme please"),
        Phrase(
            r"\bdark\s+(?:theme|mode)\b|\b(?:switch|change|turn|go|set)\b[^.?!]*?\bdark\b"
            r"|\b(?:too|less|off)\b[^.?!]*?\b(?:bright|lights?)\b"
            r"|[深暗]色|夜間模式|夜间模式|太亮|[調调]暗",
            arguments={"theme": "dark"},
        ),
        Phrase(
            r"\blight\s+(?:theme|mode)\b"
            r"|\b(?:switch|change|turn|go|set)\b[^.?!]*?\blight\b|[淺浅亮]色",
            arguments={"theme": "light"},
        ),
        about="theme dark light, color mode",
    ),
}
