"""Chinese, in simplified characters."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # Commands
    "start": "你好！直接给我发消息，我就会回答。发送 /help 可以看看我还能做什么。",
    "help": (
        "直接给我发消息就行。我会记得我们聊过的内容；我回答时你也可以接着发，我会随后回答。\n\n"
        "/new – 开始新的对话\n"
        "/stop – 停止正在写的回答\n"
        "/role – 选择我的角色\n"
        "/model – 选择由哪个模型回答\n"
        "/think – 选择回答前想多深\n"
        "/language – 选择我说的语言\n"
        "/history – 查看以前的对话\n"
        "/export – 导出你在这里的提问和我的回答\n"
        "/forget – 让我删除保存的关于你的一切\n"
        "/help – 显示本帮助\n\n"
        "在群里，请 @ 我，或回复我的消息。"
    ),
    "help_bare": (
        "@ 我并写下问题，或者直接给我发私信。在同一个消息列里，我记得对我说过的话。\n\n"
        "`new` – 开始新的对话\n"
        "`stop` – 停止正在写的回答\n"
        "`role` – 选择我的角色\n"
        "`model` – 选择由哪个模型回答\n"
        "`think` – 选择回答前想多深\n"
        "`language` – 选择我说的语言\n"
        "`history` – 查看以前的对话\n"
        "`export` – 导出你在这里的提问和我的回答\n"
        "`forget` – 让我删除保存的关于你的一切\n"
        "`help` – 显示本帮助\n\n"
        "在频道里，请把这个词写在 @ 之后；在私信里，只写这个词就行。"
    ),
    "menu_start": "打个招呼",
    "menu_help": "我能做什么",
    "menu_new": "开始新的对话",
    "menu_stop": "停止当前回答",
    "menu_role": "选择我的角色",
    "menu_model": "选择模型",
    "menu_think": "选择思考程度",
    "menu_language": "选择我说的语言",
    "menu_chatter": "让我知道身边的谈话",
    "menu_history": "查看以前的对话",
    "menu_export": "导出我们的对话",
    "menu_forget": "删除我保存的关于你的内容",
    "unknown_command": "我不认识这个命令。发送 /help 可以看看我能做什么。",
    "new_done": "新的对话从这里开始。你想了解什么？",
    "stop_nothing": "现在没有正在写的回答。随时可以给我发消息。",
    "language_name": "中文",
    "language_names": "中文, chinese, 汉语, 简体中文, zh-cn, zh-hans",
    "language_ask": "想让我用哪种语言和你说话？模型的回答总是跟随你提问的语言。",
    "language_unknown": "这种语言我还不会。我会说：{names}。",
    "language_done": "好的，之后我用中文和你说话。",
    "language_auto": "好的，之后我跟随你应用的语言。",
    "label_language": "语言",
    "label_auto": "自动",
    "model_now": "这个聊天里由 **{choice}** 回答。",
    "model_now_auto": "这个聊天里，每个问题我都会重新挑选模型。",
    "model_done": "从你的下一条消息起，这里由 **{choice}** 回答。",
    "model_done_auto": "从你的下一条消息起，每个问题我都会重新挑选模型。",
    "model_done_usual": "从你的下一条消息起，这里恢复默认选择：**{choice}**。",
    "model_unknown": "这里没有可选的模型 `{name}`。你想选的是下面的哪一个？",
    "model_only": "这里由 `{model}` 回答，没有其他模型可选。",
    "model_figures": "_依次是一次能读的 token 数，以及每百万 token 的输入和输出价格（{day} 的标价）。_",
    "model_last": "上一个回答来自 `{model}`。",
    "label_model": "模型",
    "label_fast": "快速",
    "label_balanced": "均衡",
    "label_strong": "强大",
    "label_price_unknown": "价格未知",
    "why_harder": "你要求多想一想。",
    "why_quick": "你想要快速的回答。",
    "why_code": "问题和代码有关。",
    "why_proof": "问题需要仔细推理。",
    "why_attached": "问题带有附件。",
    "why_back": "你在接着上一个回答往下问。",
    "why_long": "问题比较长。",
    "why_short": "问题很短。",
    "why_plain": "它适合大多数问题。",
    "why_picked": "另一个模型用不了，你选了它。",
    "think_now": "回答之前的思考程度：**{depth}**。",
    "think_auto": "各个模型按自己的方式思考，快速模型直接回答。",
    "think_cost": "想得越深，难题答得越好，但更慢，也更贵。",
    "think_done": "从你的下一条消息起，回答之前的思考程度：**{depth}**。",
    "think_unknown": "我不认识 `{name}`。请从下面选一个。",
    "think_cannot": "我没法让 `{model}` 调整思考程度。发送 `{word}` 可以换一个模型。",
    "think_always": "`{model}` 回答之前总会思考，最低是 **{depth}**。",
    "label_think": "思考",
    "label_off": "关闭",
    "label_low": "低",
    "label_medium": "中",
    "label_high": "高",
    "role_list": "我在这里的角色是 **{name}**。在下面换一个，或发送 `{word} new` 创建你自己的角色。",
    "role_chosen": "从你的下一条消息起，我就是 **{name}**。",
    "role_unknown": "没有 `{name}` 这个角色，请从这些里选一个。",
    "role_shown": "这就是完整的角色，你也可以照这个格式写一个：",
    "role_how_new": "请按下面的格式把角色发给我；除了名称和最后的正文，其他行都可以省略：",
    "role_how_edit": "请按下面的格式发来你的角色名称，以及想修改的内容：",
    "role_example": (
        "大厨\n"
        "description: 有什么就做什么\n"
        "temperature: 0.8\n"
        "max_tokens: 800\n"
        "你是一位亲切的大厨。根据我说的食材推荐一道菜，再用简短的步骤写出做法。"
    ),
    "role_made": "角色 `{name}` 已经建好，只有你能看到。",
    "role_changed": "角色 `{name}` 已按你写的修改。",
    "role_taken": "已经有名为 `{name}` 的角色了，请换一个名称。",
    "role_bad_name": "角色名称只能占一行，最多 32 个字符，也不能只是数字。",
    "role_bad_description": "说明最多 120 个字符。",
    "role_bad_prompt": "角色的正文最多 8,000 个字符。",
    "role_bad_model": "这里不能使用这个模型。去掉这一行，就会用本聊天的模型。",
    "role_bad_temperature": "temperature 应是从 0 到小于 2 的数字，例如 0.7。",
    "role_bad_top_p": "top_p 应是大于 0、不超过 1 的数字，例如 0.8。",
    "role_bad_max_tokens": "max_tokens 应是从 1 开始的整数，例如 800。",
    "role_too_many": "你的角色已经达到我能保存的数量，请先删除一个。",
    "role_built_in": "这个角色是我自带的，不能修改。你可以照着它创建自己的角色。",
    "role_not_yours": "这个角色是大家共用的，只有机器人的管理员可以修改。",
    "role_delete_ask": "要删除角色 `{name}` 吗？正在使用它的聊天会回到默认角色。",
    "role_deleted": "角色 `{name}` 已删除。",
    "role_shared": "现在这里的每个人都可以选用 `{name}`。",
    "role_not_shared": "只有机器人的管理员可以共享角色，而且只能共享自己的角色。",
    "label_role": "角色",
    "label_use": "在这里使用",
    "label_delete": "删除",
    "not_governor": "只有本聊天的管理员可以在这里选择。和我私聊时，你可以自己选。",
    "governor_unknown": "我没能查到本聊天的管理员，请稍后再试。",
    "export_all": "**我们在这里的对话** – 共 {count} 条回答，时间为 UTC。",
    "export_part": "**我们在这里的对话** – 最近的 {count} 条回答；更早的放不下了，这个机器人的管理员可以给你全部内容。",
    "export_nothing": "没有可以导出的内容：我没有保存你在这里的提问。",
    "forget_ask": (
        "我会删除在这个平台上所有聊天里保存的关于你的一切：你写的内容、我的回答和你的名字。这无法撤销。"
        "屏幕上的消息不会消失，请自行删除。确认的话，请在十分钟内发送 `{words}`。"
    ),
    "forget_busy": "我还在另一个聊天里回答你。请停止那个回答或等它写完，然后再发送 `{words}`。",
    "forget_done": (
        "已完成。我在这个平台上所有聊天里保存的关于你的内容都已删除。模型服务商、聊天平台和管理员的备份所保存的内容不归我管。"
        "你今天的用量仍会计入限额，但不含任何文字。"
    ),
    "admission_list": "`{allow} <id>` 让某人可以使用，`{deny} <id>` 不再让某人使用，立即生效并一直有效。目前的决定：",
    "admission_line_in": "`{id}` 可以使用",
    "admission_line_out": "`{id}` 不能使用",
    "admission_unclear": "请在命令后写上 id，例如 `{word} 123456789`。我不认识的人会被告知自己的 id。",
    "admission_admin": "这是我的管理员，只能在设置里更改。",
    "admission_allowed": "从现在起 `{id}` 可以使用我了。",
    "admission_denied": "我不再回答 `{id}`。",
    "status": (
        "**已运行 {up}**，平台：{platforms}。\n\n"
        "- 正在写的回答：{running}\n"
        "- 等待中的消息：{waiting}\n"
        "- 今天（UTC）：{answers} 个回答，{tokens} 个 token\n"
        "- 数据库：{size} MB"
    ),
    "status_fine": "启动以来没有警告。",
    "status_troubles": "最近的警告（UTC 时间），详情见日志：",
    "history_list": "**你的对话**，最新的在前，时间为 UTC。在下面选一个来阅读。",
    "history_nothing": "还没有可以显示的内容：这里没有保存你的提问。",
    "history_answers": "回答：{count}",
    "history_tokens": "{count} 个 token",
    "label_open": "阅读",
    "label_all": "全部",
    "label_as_md": "文本（Markdown）",
    "label_as_json": "数据（JSON）",
    "export_file": "这是你问过我的和我的全部回答，共 {count} 个，已放在文件里。时间为 UTC。",
    "export_title": "我的对话",
    "chatter_alone": "这是给群和频道用的：这里只有你在和我说话，我都会读。",
    "chatter_is_on": "我知道这里最近说过的话，包括不是对我说的。",
    "chatter_is_off": "我只知道对我说的话。选择 `on` 后，有人提问时模型也会看到本聊天最近的消息。",
    "chatter_on": "从现在起，我会把本聊天最近的消息保留几个小时，包括不是对我说的；有人向我提问时，模型也会看到。随时可以关闭，关闭后这些消息会被删除。",
    "chatter_off": "我不再保留不是对我说的话，之前保留的也已删除。",
    "label_chatter": "我身边的谈话",
    "label_on": "开",
    "label_off": "关",
    # Buttons
    "label_stop": "停止",
    "label_again": "重新回答",
    "label_ask": "让 {model} 回答",
    "label_continue": "继续",
    "label_good": "👍",
    "label_good_chosen": "✓ 👍",
    "label_bad": "👎",
    "label_bad_chosen": "✓ 👎",
    # Told only to who presses a button, or changes something, to no effect
    "told_not_yours": "只有提问的人或管理员可以这样做。你也可以随时向我提问。",
    "told_rating_not_yours": "只有提问的人可以评价这条回答。",
    "told_gone": "这条回答我已经没有了，请重新提问。",
    "told_replaced": "这个问题已经有了新的回答，请用新回答下面的按钮。",
    "told_running": "已经在处理了，请稍等。",
    "told_over": "这条回答已经写完了。",
    "told_waits": "收到。等当前的回答写完，我马上处理。",
    "told_noted": "已记下，谢谢。",
    # While the person waits
    "thinking_for": "_正在思考… {seconds} 秒_",
    "waiting": "收到。写完当前的回答，我马上就答这一条。",
    "in_line": "现在提问的人很多，你的问题排在第 {place} 位，大约 {seconds} 秒后开始回答。",
    "busy_waiting": "模型正忙，我会在 {seconds} 秒后自动再试，你不用做什么。",
    # Under an answer
    "stopped": "_已停止。想继续的话，给我发消息就行。_",
    "interrupted": "_回答在这里中断了。按“重新回答”可以重答一次。_",
    "stood_in": "_常用模型暂时不可用，本次由 `{model}` 回答。_",
    "restarting": "_我正在重启，稍后会自动继续。_",
    "length": "_单次回答的长度到此为止。说“继续”，我就接着写。_",
    "filtered": "_模型的内容审核在这里结束了回答。请换一种问法。_",
    "cost_line": "_{about}{prompt} → {completion} 个 token · {cost}_",
    "label_unpriced": "价格未知",
    "near_limit_person_budget": "_你这个月的预算（{most}）已经用了 {percent}%。_",
    "near_limit_budget": "_我这个月的预算已经用了 {percent}%。_",
    "cached": "_这个问题之前有人问过，这里是当时的回答，没有产生费用。按“重新回答”可以重新作答。_",
    # Instead of an answer
    "key_refused": "模型不接受我的密钥。请告诉这个机器人的管理员。",
    "no_access": "我无法使用模型 `{model}`。请告诉这个机器人的管理员。",
    "no_access_other": "我无法使用模型 `{model}`。按下面的按钮，就由 `{other}` 来回答，之后这里也由它回答。",
    "out_of_credit": "我的模型账户余额不足。请告诉这个机器人的管理员。",
    "busy": "模型非常繁忙，我试了一会儿没有成功。请过一分钟按“重新回答”。",
    "too_long": "内容太长，模型读不完。请缩短问题，或开始新的对话。",
    "refused": "模型的内容审核没有通过这个问题。请换一种问法。",
    "unreachable": "我现在连不上模型。请过一分钟按“重新回答”。",
    "failed": "我这边出了点问题。请再试一次；如果还是这样，请把 `{reference}` 告诉这个机器人的管理员。",
    "empty_answer": "模型没有给出内容。请再问一次，也可以换个说法。",
    "gave_up": "我试了几次，还是没能写完这个回答。请再问一次。",
    "cannot_store": "我现在无法保存消息。你的消息不会丢失，恢复后我会回答。请告诉这个机器人的管理员。",
    # Times
    "label_days": "{count} 天",
    "label_hours": "{count} 小时",
    "label_minutes": "{count} 分钟",
    "label_seconds": "{count} 秒",
    # Before a question is taken
    "stranger": "我还不认识你。你的 ID 是 `{id}`。请把它发给这个机器人的管理员，加入 `{setting}` 后就能使用。",
    "limit_characters": "这条消息太长了：我一次最多读 {most} 个字符。请缩短一些。",
    "limit_attachments": "一条消息我最多接收 {most} 个文件。请少发一些。",
    "limit_person_messages": "你发得太快了：每分钟最多 {most} 条消息。我会在 {wait}后继续读，到时请把最后一条再发一次。",
    "limit_chat_messages": "这里的消息太多了：每分钟最多 {most} 条。我会在 {wait}后继续读，到时请把最后一条再发一次。",
    "limit_answers": "我已经在为你写 {most} 个回答了。请等其中一个写完再问。",
    "limit_person_tokens": "你今天的用量已经用完了。我会在 {wait}后继续回答你。",
    "limit_chat_tokens": "这个聊天今天的用量已经用完了。我会在 {wait}后继续在这里回答。",
    "limit_tokens": "我今天的用量已经用完了。我会在 {wait}后继续回答。",
    "limit_person_budget": "你这个月的预算（{most}）已经用完了。我会在 {wait}后继续回答你。",
    "limit_budget": "我这个月的预算已经用完了。我会在 {wait}后继续回答。",
    "limit_held": "这个月剩下的预算已留给正在写的回答。请等它们写完再问。",
    "limit_unpriced": "我有预算限制，又不知道回答这个问题要花多少钱。请换一个模型，或告诉这个机器人的管理员。",
    "not_text": "我目前只能读文字。请把问题写成消息发给我。",
    "too_late": "你发消息时我不在线，已经过去一段时间了。如果还需要，请再问我一次。",
    "empty_question": "你好！有什么可以帮你？请把问题和 @ 写在一起。",
    # The page in the browser, and what programs are told
    "demo": "_这是演示，不是 Qwen：还没有设置密钥。设置密钥并重新启动机器人，就可以和 Qwen 对话。_",
    "page_demo": "这是演示：还没有设置密钥。请在 `.env.local` 里设置 `{setting}` 并重新启动机器人，就可以和 Qwen 对话。",
    "page_failed": "_这里出了点问题。请再问一次。_",
    "web_bad_json": "这不是有效的 JSON。请检查请求的内容。",
    "web_bad_type": "请发送 JSON，并带上 `Content-Type: application/json`。",
    "web_bad_messages": (
        "`messages` 必须是列表；每一项要有 `role`（system、user 或 assistant）和文字形式的 `content`，最后一项是用户的。请检查。"
    ),
    "web_bad_value": "`{name}` 不能这样写。可以是：{allowed}。",
    "web_login_required": "请先登录。程序请用 `Authorization: Bearer …` 发送令牌。",
    "web_wrong_token": "令牌不对。它写在机器人的设置 `{setting}` 里。",
    "web_forbidden": "这个请求来自别的网站，我没有执行。请打开我自己的页面再试。",
    "web_foreign_name": "用这个名字打不开我。请用 `localhost`；要让别人也能访问，请设置 `{setting}` 并重新启动机器人。",
    "web_not_found": "这里什么也没有。请检查地址。",
    "web_no_conversation": "我找不到这个对话，它可能已被删除。请开始一个新的对话。",
    "web_read_only": "这个对话属于另一个应用。你可以在这里阅读，请到那边继续。",
    "web_too_large": "一次发来的内容太多了。请少发一些。",
    "web_too_many": "一下子来得太多了。请在 {wait}后继续。",
    "web_restarting": "我正在重启。请稍后再试。",
    "web_cannot_store": "我现在无法保存任何内容。请稍后再试，并检查磁盘。",
    "web_busy": "模型非常繁忙。请过一分钟再试。",
    "web_unreachable": "我现在连不上模型。请过一分钟再试。",
    "web_interrupted": "回答中断了。请再问一次。",
    "web_failed": "我这边出了点问题。请再试一次；日志里的 `{reference}` 有更多说明。",
    "label_login": "登录",
    "label_token": "令牌",
    "web_login": "请输入令牌。它写在机器人的设置 `{setting}` 里。",
}
