"""What people who have read nothing say to the guide, and what each of them means.

These sentences were written before the demo model's words were chosen, and no word was chosen by
them: they measure how well it understands, and are no list to learn from. A sentence that may mean
two tools names both.
"""

GREETING = "a greeting"
ABILITIES = "what it can do"

ENGLISH: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (said, frozenset(meant.split("|")))
    for said, meant in (
        ("hello", GREETING),
        ("hey there!", GREETING),
        ("good morning", GREETING),
        ("Hi, how are you?", GREETING),
        ("what can you do?", ABILITIES),
        ("what are you able to do for me", ABILITIES),
        ("help", ABILITIES),
        ("which features do you have?", ABILITIES),
        ("who are you?", ABILITIES),
        ("please demonstrate a long-running server tool", "long_running_server_tool_status"),
        ("run the workflow demo", "demo_workflow"),
        ("I have two cats", "save_fact"),
        ("I'm a nurse from Leeds", "save_fact"),
        ("my sister plays the violin", "save_fact"),
        ("I moved to Berlin last year", "save_fact"),
        (
            "show me a widget with a button and a form",
            "plan_trip|action_buttons|fully_dynamic_widget|sample_widget|ask_questions",
        ),
        (
            "can you show me some progress?",
            "long_running_server_tool_status|long_running_task",
        ),
        ("ask me something", "ask_questions"),
        ("quiz me", "ask_questions"),
        ("will it rain in Madrid tomorrow?", "get_weather"),
        ("how warm is it in Cairo", "get_weather"),
        ("forecast for Lisbon please", "get_weather"),
        ("make everything dark", "switch_theme"),
        ("this is too bright, use night mode", "switch_theme"),
        ("I'd like a graph of 3, 7, 9, 4", "draw_chart"),
        ("plot these numbers: 1 4 9 16", "draw_chart"),
        ("can you make a picture of some data", "draw_chart"),
        (
            "do something that takes a long time",
            "long_running_task|long_running_server_tool_status",
        ),
        ("show me a card", "sample_widget|make_business_card|fully_dynamic_widget"),
        ("what does a widget look like?", "sample_widget|fully_dynamic_widget|search_docs"),
        ("throw some confetti", "send_client_effect"),
        ("do something on the page", "send_client_effect"),
        ("mail bob@example.org that I am late", "send_email"),
        ("pop up a warning", "show_notice"),
        ("show me an alert", "show_notice"),
        ("remind me to buy eggs", "todo_list"),
        ("what's on my list of tasks?", "todo_list"),
        ("I want to travel to Rome", "plan_trip"),
        ("help me plan my holiday", "plan_trip"),
        ("produce an error please", "fail_on_purpose"),
        ("crash, so I see what happens", "fail_on_purpose"),
        ("give me some advice", "show_tip"),
        ("what could we talk about?", "offer_topics"),
        ("let me choose from some buttons", "offer_topics|action_buttons"),
        ("come up with a catchy line for my bakery", "write_slogan"),
        ("investigate solar power for me", "research"),
        ("pay 40 for a taxi", "spend_play_money"),
        ("design a visiting card for Tom Hill, baker", "make_business_card"),
        ("show me how you think step by step", "demo_cot"),
        ("how do I embed the chat in my website?", "search_docs"),
        ("where is the documentation on attachments?", "search_docs"),
    )
)

TRADITIONAL: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (said, frozenset(meant.split("|")))
    for said, meant in (
        ("哈囉", GREETING),
        ("早安！", GREETING),
        ("你會做什麼？", ABILITIES),
        ("你有哪些功能", ABILITIES),
        ("我養了兩隻貓", "save_fact"),
        ("我在醫院當護士", "save_fact"),
        ("請示範一個執行很久的伺服器工具", "long_running_server_tool_status"),
        ("跑一下工作流程的示範", "demo_workflow"),
        ("我想看進度", "long_running_server_tool_status|long_running_task"),
        ("高雄明天會下雨嗎", "get_weather"),
        ("畫面太亮了，幫我調暗", "switch_theme"),
        ("把 3、6、9 做成折線圖", "draw_chart"),
        ("考考我", "ask_questions"),
        ("提醒我買牛奶", "todo_list"),
        ("跳出一個警告給我看", "show_notice"),
        ("我想去京都玩", "plan_trip"),
        ("給我一個有按鈕和表單的小工具", "plan_trip|action_buttons|sample_widget|ask_questions"),
        ("故意出個錯", "fail_on_purpose"),
    )
)

SIMPLIFIED: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (said, frozenset(meant.split("|")))
    for said, meant in (
        ("你好", GREETING),
        ("嗨，在吗？", GREETING),
        ("你能帮我做什么？", ABILITIES),
        ("怎么用你", ABILITIES),
        ("我养了两只猫", "save_fact"),
        ("我妹妹喜欢弹钢琴", "save_fact"),
        ("演示一个耗时很长的服务器工具", "long_running_server_tool_status"),
        ("运行工作流演示", "demo_workflow"),
        ("让我看看进度条", "long_running_server_tool_status|long_running_task"),
        ("杭州这周末冷吗", "get_weather"),
        ("换成夜间模式", "switch_theme"),
        ("用 5、8、13 画个折线图", "draw_chart"),
        ("随便问我点什么", "ask_questions"),
        ("把买鸡蛋记到清单里", "todo_list"),
        ("弹出一个提醒框", "show_notice"),
        ("撒点彩纸庆祝一下", "send_client_effect"),
        ("帮我的面包店想一句广告语", "write_slogan"),
    )
)
