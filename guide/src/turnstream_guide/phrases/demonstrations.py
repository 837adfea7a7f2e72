"""Sentences for the tools of the demonstrations, and of the bundled MCP server."""

from collections.abc import Mapping

from turnstream.i18n import N_

from turnstream_guide.phrases.phrase import SAID, Phrase, Sentences

DEMONSTRATIONS: Mapping[str, Sentences] = {
    "demo_cot": Sentences(
        N_("show your chain of thought"),
        about="think reasoning thought, step",
    ),
    "write_slogan": Sentences(
        N_("write a slogan for green tea"),
        Phrase(r"\bslogan for (?P<about>[^.?!]+)"),
        Phrase(r"[為为替給给](?P<about>[^。？！]+?)[寫写想].{0,4}(?:標語|标语|口號|口号)"),
        about="slogan, advert marketing",
    ),
    "spend_play_money": Sentences(
        N_("spend 500 on tea"),
        Phrase(r"\bspend (?P<amount>\d{1,9})(?: \w+)? on (?P<purpose>[^.?!]+)"),
        Phrase(r"花(?P<amount>\d{1,9})\s*(?:元|塊|块)買?买?(?P<purpose>[^。？！]+)"),
        about="money pay, purchase approval",
    ),
    "units_convert_length": Sentences(
        N_("convert 5 miles to kilometres"),
        Phrase(r"\bconvert (?P<value>\d+(?:\.\d+)?) (?P<unit>[a-z]+) (?:to|into) (?P<to>[a-z]+)"),
        Phrase(
            r"(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>公里|英里|英尺|公尺|米).{0,4}"
            r"(?:換算|转换|換|换|轉|转)(?:算)?(?:成|為|为)\s*(?P<to>公里|英里|英尺|公尺|米)"
        ),
        about="convert unit length mile kilometre",
    ),
    "compare_explanations": Sentences(
        N_("explain streaming in three ways"),
        Phrase(r"\bexplain (?P<question>[^.?!]+?) in three ways\b"),
        Phrase(r"用三[種种]方[法式](?:解釋|解释|說明|说明)(?P<question>[^。？！]+)"),
        about="explain compare, way",
        defaults={"question": SAID},
    ),
    "research": Sentences(
        N_("research green tea"),
        Phrase(r"\bresearch (?:on |into |about )?(?P<topic>[^.?!]+)"),
        Phrase(r"研究(?:一下)?(?P<topic>[^。？！]+)"),
        about="research, subject",
    ),
    "action_buttons": Sentences(
        N_("show the action buttons"),
        Phrase(r"\b(?:action|loading) buttons?\b"),
        Phrase(r"動作按鈕|載入按鈕|动作按钮|加载按钮"),
        about="button, action click",
    ),
    "ask_questions": Sentences(
        N_("ask me some questions"),
        Phrase(r"\bask me\b.*\bquestions?\b", arguments={"questions": []}),
        Phrase(r"問我.*問題|问我.*问题", arguments={"questions": []}),
        about="question quiz form answer",
        defaults={"questions": []},
    ),
    "make_business_card": Sentences(
        N_("make a business card for Ann Lee, gardener in Oslo"),
        Phrase(r"\bbusiness card for (?P<description>[^.?!]+)"),
        Phrase(r"名片[：:](?P<description>[^。？！]+)"),
        about="business, card job",
        defaults={"description": SAID},
    ),
    "fail_on_purpose": Sentences(
        N_("fail on purpose, so that I can retry"),
        Phrase(r"\bfail on purpose\b|故意失敗|故意失败", arguments={"retry": False}),
        Phrase(
            r"\bfail on purpose\b.*\b(?:retry|try again)\b"
            r"|故意失敗.*(?:重試|再試)|故意失败.*(?:重试|再试)",
            arguments={"retry": True},
        ),
        about="error fail crash",
        defaults={"retry": True},
    ),
    "show_tip": Sentences(
        N_("show me a tip"),
        Phrase(r"\btip (?P<number>[123])\b"),
        Phrase(r"\b(?:show|give|tell)\b.*\btip\b|小提示|小技巧", arguments={"number": 1}),
        about="tip advice trick",
        defaults={"number": 1},
    ),
    "fully_dynamic_widget": Sentences(
        N_("show a fully dynamic widget"),
        about="dynamic, widget custom form button",
    ),
    "offer_topics": Sentences(
        N_("let me pick a topic"),
        Phrase(r"\b(?:pick|choose|offer|show)\b.*\btopics?\b"),
        Phrase(r"[選挑].*主題"),
        Phrase(r"[选挑].*主题"),
        about="topic, choose talk button",
    ),
    "todo_list": Sentences(
        N_("add milk to my to-do list"),
        Phrase(
            r"\b(?:add|put)\s+(?P<new_entries>[^.?!]+?)\s+(?:to|on)\s+(?:my|the)\s+"
            r"to-?\s?dos?(?:\s+list)?"
        ),
        Phrase(
            r"\b(?:add|put)\s+(?P<new_entries>[^.?!]+?)\s+(?:to|on)\s+(?:my|the)\s+(?:\w+\s+)?list"
        ),
        Phrase(r"\bremind me to (?P<new_entries>[^.?!]+)"),
        Phrase(r"\b(?:my|the|a)\s+to-?\s?do(?:s|\s+list)", arguments={"new_entries": ""}),
        Phrase(r"提醒我(?P<new_entries>[^。？！]+)"),
        Phrase(r"把(?P<new_entries>.+?)(?:加到|加入|加進|加进)(?:我的)?(?:待辦|待办)"),
        Phrase(r"待辦(?:清單|事項)|待办(?:清单|事项)", arguments={"new_entries": ""}),
        about="todo list remind, buy",
        defaults={"new_entries": ""},
    ),
    "plan_trip": Sentences(
        N_("plan a trip to Oslo"),
        Phrase(r"\bplan (?:a|my) trip to (?P<place>[^.?!,]+)"),
        Phrase(r"\bplan (?:a|my) trip\b", arguments={"place": ""}),
        Phrase(r"(?:規劃|规划)(?:一趟|一次|一個|一个)?(?:去|到)(?P<place>[^的，。]+)的旅行"),
        Phrase(r"(?:規劃|规划).*旅行", arguments={"place": ""}),
        Phrase(r"去(?P<place>[^\s，。！？去]{1,12}?)(?:玩|旅行|旅遊|旅游)"),
        about="trip, plan form",
        defaults={"place": ""},
    ),
}
