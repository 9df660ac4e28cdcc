"""English."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # Commands
    "start": "Hello! Write me a message and I will answer. Send /help to see what else I can do.",
    "help": (
        "Just write to me. I remember what we talked about. If you write while I am answering, I answer that next. "
        "Edit your last message, and I answer it anew.\n\n"
        "/new – start a new conversation\n"
        "/stop – stop the answer I am writing\n"
        "/role – choose who I am\n"
        "/model – choose the model that answers\n"
        "/think – choose how deeply I think first\n"
        "/language – choose my language\n"
        "/history – look at past conversations\n"
        "/usage – see what you used and what it cost\n"
        "/export – get what you asked here and what I answered\n"
        "/forget – have me erase everything I keep of you\n"
        "/help – show this help\n\n"
        "In a group, mention me or reply to one of my messages."
    ),
    "help_shared": "Who administers this chat also finds here:\n\n{chatter} – let me know what is said around me.",
    "help_admin": (
        "As an administrator of mine you also have:\n\n"
        "{status} – see how I am and what went wrong\n"
        "{allow} – let somebody talk to me\n"
        "{deny} – stop talking to somebody."
    ),
    "help_bare": (
        "Mention me with your question, or just write to me in a direct message. In a thread I know what was said to me. "
        "Edit your last message, and I answer it anew.\n\n"
        "`new` – start a new conversation\n"
        "`stop` – stop the answer I am writing\n"
        "`role` – choose who I am\n"
        "`model` – choose the model that answers\n"
        "`think` – choose how deeply I think first\n"
        "`language` – choose my language\n"
        "`history` – look at past conversations\n"
        "`usage` – see what you used and what it cost\n"
        "`export` – get what you asked here and what I answered\n"
        "`forget` – have me erase everything I keep of you\n"
        "`help` – show this help\n\n"
        "In a channel, put the word after the mention. In a direct message, the word alone is enough."
    ),
    # Words that give a command where it needs no slash, with commas between them
    "label_word_start": "start",
    "label_word_help": "help",
    "label_word_new": "new",
    "label_word_stop": "stop",
    "label_word_role": "role",
    "label_word_model": "model",
    "label_word_think": "think",
    "label_word_language": "language",
    "label_word_history": "history",
    "label_word_usage": "usage",
    "label_word_chatter": "chatter",
    "label_word_export": "export",
    "label_word_forget": "forget",
    "label_word_status": "status",
    "label_word_allow": "allow",
    "label_word_deny": "deny",
    "menu_start": "Say hello",
    "menu_help": "What I can do",
    "menu_new": "Start a new conversation",
    "menu_stop": "Stop the current answer",
    "menu_role": "Choose who I am",
    "menu_model": "Choose the model",
    "menu_think": "Choose how deeply I think",
    "menu_language": "Choose my language",
    "menu_usage": "What you used and what it cost",
    "menu_chatter": "Let me know what is said around me",
    "menu_history": "Look at our past conversations",
    "menu_export": "Get our conversation",
    "menu_forget": "Erase what I keep of you",
    "menu_status": "How I am and what I cost",
    "menu_allow": "Let somebody talk to me",
    "menu_deny": "Stop talking to somebody",
    "unknown_command": "I do not know that command. Send /help to see what I can do.",
    "new_done": "A new conversation starts here. What would you like to know?",
    "new_begun": "A new conversation starts here.",
    "stop_nothing": "Nothing is running right now. Write to me whenever you like.",
    "language_name": "English",
    "language_names": "english, en-us, en-gb, 英文, 英语",
    "language_ask": "In which language shall I speak to you? The model answers in the language of your question either way.",
    "language_unknown": "I do not speak that one yet. I speak {names}.",
    "language_done": "I speak English with you from here on.",
    "language_auto": "I go by the language of your app again.",
    "label_language": "Language",
    "label_auto": "Automatic",
    "model_now": "**{choice}** answers in this chat.",
    "model_now_auto": "In this chat I pick the model anew for each question.",
    "model_done": "From your next message on, **{choice}** answers here.",
    "model_done_auto": "From your next message on, I pick the model anew for each question.",
    "model_done_usual": "From your next message on, this chat goes by the usual choice again: **{choice}**.",
    "model_unknown": "I know no model `{name}` that you could choose here. Did you mean one of these?",
    "model_only": "`{model}` answers here. There is no other one to choose.",
    "model_figures": "_How many tokens each can read at once, and what a million of them cost, read and written: list prices of {day}._",
    "model_last": "The last answer came from `{model}`.",
    "label_model": "Model",
    "label_auto_is": "I pick for each question",
    "label_fast": "Fast",
    "label_balanced": "Balanced",
    "label_strong": "Strong",
    "label_price_unknown": "price not known",
    "why_harder": "You asked for more thought.",
    "why_quick": "You wanted a quick answer.",
    "why_code": "Your question was about code.",
    "why_proof": "Your question needed careful reasoning.",
    "why_attached": "Something came along with your question.",
    "why_back": "You went on from the answer before.",
    "why_long": "Your question was long.",
    "why_short": "Your question was short.",
    "why_plain": "It suits most questions.",
    "why_picked": "You picked it where another one was not available.",
    "think_now": "How deeply I think before I answer: **{depth}**.",
    "think_auto": "Each model does as it is made to, and the fast one answers at once.",
    "think_cost": "More thought helps with hard questions; it takes longer and costs more.",
    "think_done": "From your next message on, this is how deeply I think before I answer: **{depth}**.",
    "think_unknown": "I do not know `{name}`. Choose one of these.",
    "think_cannot": "I cannot tell `{model}` how deeply to think. Write `{word}` to choose another model.",
    "think_always": "`{model}` always thinks before it answers. The least is **{depth}**.",
    "label_think": "Thinking",
    "label_low": "Low",
    "label_medium": "Medium",
    "label_high": "High",
    "role_list": ("I am **{name}** here. Choose another role below, or write `{word} new` to make your own."),
    "role_chosen": "From your next message on I am **{name}**.",
    "role_unknown": "I have no role `{name}`. Choose one of these.",
    "role_shown": "This is the whole role, in the form in which you can write one:",
    "role_how_new": "Send me the role in this form; all lines but the name and the last part may be left out:",
    "role_how_edit": "Send me the name of a role of yours and what is to be different, in this form:",
    "role_how_change": "Copy this, change what is to be different, and send it to me:",
    "role_example": (
        "Chef\n"
        "description: cooks with what is there\n"
        "temperature: 0.8\n"
        "max_tokens: 800\n"
        "You are a friendly chef. Suggest one dish from what I name, then its recipe in short steps."
    ),
    "role_made": "The role `{name}` is yours. Only you see it.",
    "role_changed": "The role `{name}` is as you wrote it.",
    "role_taken": "There is a role `{name}` already. Please take another name.",
    "role_bad_name": "A role's name is one line of up to 32 characters, and not a number.",
    "role_bad_description": "A description has up to 120 characters.",
    "role_bad_prompt": "The text of a role has up to 8,000 characters.",
    "role_bad_model": "That model is not one of those I may use here. Leave the line out to use the chat's.",
    "role_bad_temperature": "A temperature is a number from 0 to below 2, such as 0.7.",
    "role_bad_top_p": "A top_p is a number above 0 up to 1, such as 0.8.",
    "role_bad_max_tokens": "A max_tokens is a whole number from 1 on, such as 800.",
    "role_again": "Please change your message, or send it again.",
    "role_too_many": "You have as many roles as I can keep for you. Please delete one first.",
    "role_built_in": "This role comes with me and stays as it is. Make your own from it.",
    "role_not_yours": "This role is everybody's. The operator of this bot can change it.",
    "role_delete_which": "Which one? Write its name behind it, as in `{word} delete Chef`.",
    "role_delete_ask": "Shall I delete the role `{name}`? Chats that have it go back to the usual role.",
    "role_gone": "That role is no longer there. Choose one of these.",
    "role_deleted": "The role `{name}` is deleted.",
    "role_shared": "Everybody here can choose `{name}` from now on.",
    "role_not_shared": "Only the operator of this bot can share a role, and only one of their own.",
    "label_role": "Role",
    "label_use": "Use it here",
    "label_delete": "Delete it",
    "label_role_new": "New role",
    "label_role_edit": "Change it",
    "label_role_all": "All roles",
    "not_governor": "Only an administrator of this chat can choose this here. In a direct chat with me, you can.",
    "governor_unknown": "I could not find out who administers this chat. Please try again in a moment.",
    "export_all": "**Our conversation here** – answers: {count}. Times are UTC.",
    "export_part": (
        "**Our conversation here** – the last {count} answers; there are earlier ones that do not fit here. "
        "The operator of this bot can give you all of it."
    ),
    "export_nothing": "There is nothing to export: I keep no question of yours in this chat.",
    "forget_ask": (
        "I would erase everything I keep of you on this platform, in all chats: what you wrote, what I answered, "
        "and your name. This cannot be undone. The messages on your screen stay; delete them yourself. "
        "To confirm, press the button or send `{words}` within ten minutes."
    ),
    "label_erase": "Erase everything",
    "forget_busy": "I am still answering you in another chat. Stop that answer or wait for it, then press the button or send `{words}`.",
    "forget_done": (
        "Done. Everything I kept of you on this platform is erased, in all chats. What the model's provider and "
        "this platform keep, and the operator's backups, are not in my hands. How much you used today stays counted, "
        "without words, so that limits hold."
    ),
    "admission_list": "`{allow} <id>` lets a person in, `{deny} <id>` keeps one out, at once and for good.",
    "admission_decided": "Decided so far:",
    "admission_nobody": "Nobody so far. My settings alone say who may speak to me.",
    "admission_line_in": "`{id}` may speak to me",
    "admission_line_out": "`{id}` may not",
    "admission_unclear": "Please write the id after the command, as in `{word} {example}`. People I do not know are told theirs.",
    "admission_admin": "That is an administrator of mine; only my settings can change that.",
    "admission_allowed": "`{id}` may speak to me from now on.",
    "admission_denied": "I answer `{id}` no more.",
    "status": (
        "**Up for {up}** on {platforms}.\n\n"
        "- answers being made: {running}\n"
        "- messages waiting: {waiting}\n"
        "- today (UTC): {answers} answers, {tokens} tokens\n"
        "- database: {size} MB"
    ),
    "status_fine": "No warning since I started.",
    "status_troubles": "Last warnings, times in UTC; the log has the details:",
    "history_list": "**Your conversations**, the newest first, times in UTC. Choose one below to read it.",
    "history_nothing": "There is nothing to show yet: I keep no question of yours here.",
    "history_answers": "answers: {count}",
    "history_tokens": "{count} tokens",
    "label_open": "Read",
    "label_all": "All",
    "label_as_md": "As text (Markdown)",
    "label_as_json": "As data (JSON)",
    "export_file": "Here is all you asked me and I answered, as a file. Answers: {count}. Times are UTC.",
    "export_file_here": "Here is all you asked me in this chat and I answered, as a file. Answers: {count}. Times are UTC.",
    "export_title": "My conversations",
    "label_reminded": "What I am reminded of from the beginning",
    "chatter_alone": "This is for groups and channels: here you only speak to me, and I read all of it.",
    "chatter_is_on": "I know what was said here lately, also when it was not said to me.",
    "chatter_is_off": "I know only what was said to me. With `on`, the model also gets the last messages of this chat with a question.",
    "chatter_on": (
        "From now on I keep the last messages of this chat for a few hours, also those not meant for me. "
        "When somebody asks me something, the model gets them too. Turn it off at any time; then they are erased."
    ),
    "chatter_off": "I no longer keep what is not said to me, and what I had kept is erased.",
    "label_chatter": "What is said around me",
    "label_on": "On",
    "label_off": "Off",
    "usage_own": "What you used on this platform, and what it cost. Days and months are those of UTC.",
    "usage_utc": "Days and months are those of UTC.",
    "usage_nothing": "**{title}** · nothing yet.",
    "usage_budget": "Of your budget for this month you have used {spent} of {most}.",
    "usage_budget_all": "Of what everybody together may cost this month {spent} of {most} is used.",
    "usage_elsewhere": "What the others used I show you in a direct chat.",
    "usage_more": "And {count} more.",
    "label_usage_today": "Today",
    "label_usage_month": "This month",
    "label_usage_chat": "This chat, this month",
    "label_usage_all_today": "Everybody today",
    "label_usage_all_month": "Everybody this month",
    "label_usage_all_all": "Everybody so far",
    "label_usage_line": "{title} · answers: {answers} · {cost}",
    "label_usage_in": "{tokens} tokens in, {share} % of them cached",
    "label_usage_out": "{tokens} tokens out, {thoughts} of them thoughts",
    "label_usage_written": "{tokens} tokens out",
    "label_usage_unpriced": "price unknown for {unpriced} of {answers} answers",
    "label_usage_cache": "{count} more from the cache, at no cost",
    "label_usage_each": "answers: {answers} · tokens: {tokens}",
    "label_usage_forgotten": "People who asked to be forgotten",
    "label_usage_period": "Everybody",
    "label_usage_by": "List",
    "label_usage_by_person": "By person",
    "label_usage_by_chat": "By chat",
    "label_usage_mine": "Only mine",
    # Buttons
    "label_stop": "Stop",
    "label_again": "Again",
    "label_ask": "Ask {model}",
    "label_continue": "Continue",
    "label_good": "👍",
    "label_good_chosen": "✓ 👍",
    "label_bad": "👎",
    "label_bad_chosen": "✓ 👎",
    # Told only to who presses a button, or changes something, to no effect
    "told_not_yours": "Only who asked can do this, or an administrator of this bot. Ask me something of your own any time.",
    "told_rating_not_yours": "Only who asked can rate this answer.",
    "told_gone": "This is no longer there. Please ask me again.",
    "told_replaced": "There is a newer answer to this question. Its buttons work.",
    "told_running": "I am already on it.",
    "told_over": "This answer is finished already.",
    "told_waits": "Got it. I will do that as soon as the current answer is done.",
    "told_noted": "Noted, thank you.",
    # While the person waits
    "thinking_for": "_Thinking… {seconds} s_",
    "waiting": "Got it. I will answer as soon as the current answer is done.",
    "in_line": "Many questions are waiting. Yours is number {place} in line; I begin in about {seconds} s.",
    "busy_waiting": "The model is busy. I will try again in {seconds} s; you need not do anything.",
    # Under an answer
    "stopped": "_Stopped. Write to me to go on._",
    "interrupted": "_The answer broke off here. Press Continue to have it finished, or Again for a new one._",
    "earlier_kept": "_There is no new answer; this is the earlier one._ {reason}",
    "stood_in": "_The usual model was not available; `{model}` answered._",
    "restarting": "_I am restarting. The answer goes on by itself in a moment._",
    "length": "_This is as long as one answer may be. Press Continue and I will go on._",
    "filtered": "_The model's content check ended the answer here. Please ask in another way._",
    "cost_line": "_{about}{prompt} → {completion} tokens · {cost}_",
    "label_unpriced": "price unknown",
    "near_limit_person_budget": "_You have used {percent} % of your budget for this month, {most}._",
    "near_limit_budget": "_{percent} % of what I may spend this month is used up._",
    "cached": "_This question was asked before; this is the answer it got then, at no cost. Press Again for a new one._",
    # Instead of an answer
    "key_refused": "The model does not accept my key. Please tell the operator of this bot.",
    "no_access": "The model `{model}` is not available to me. Please tell the operator of this bot.",
    "no_access_once": (
        "The model `{model}` is not available to me. Press the button below, and `{other}` answers this question. "
        "Who administers this chat can choose another model for it."
    ),
    "no_access_other": "The model `{model}` is not available to me. Press the button below, and `{other}` answers, here and from then on.",
    "out_of_credit": "My account with the model has run out of credit. Please tell the operator of this bot.",
    "busy": "The model is very busy. I tried for a while; please press Again in a minute.",
    "too_long": "This is too long for the model. Please shorten the question or start a new conversation.",
    "refused": "The model's content check refused this question. Please ask in another way.",
    "unreachable": "I cannot reach the model right now. Please press Again in a minute.",
    "failed": (
        "Something went wrong on my side. Please try again; "
        "if it happens again, tell the operator of this bot `{reference}`."
    ),
    "empty_answer": "The model had nothing to say. Please ask again, perhaps in other words.",
    "gave_up": "I tried several times and could not finish this answer. Please ask again.",
    "cannot_store": "I cannot store messages right now. Yours is not lost: I will answer as soon as I can. Please tell the operator of this bot.",
    # Times
    "label_days": "{count} days",
    "label_hours": "{count} hours",
    "label_minutes": "{count} minutes",
    "label_seconds": "{count} seconds",
    # Before a question is taken
    "stranger": (
        "I do not know you yet. Your id is `{id}`. "
        "Please send it to the operator of this bot, who can let you in by adding it to `{setting}`."
    ),
    "stranger_unlisted": (
        "I do not know you yet. Your id is `{id}`. "
        "Please send it to an administrator of this bot, who can let you in with `allow {id}`."
    ),
    "denied": "I may not answer you here. If you think that is a mistake, please ask the operator of this bot.",
    "limit_characters": "That is too long for one message: I read up to {most} characters. Please shorten it.",
    "limit_attachments": "I take up to {most} files with one message. Please send fewer.",
    "limit_person_messages": (
        "You write faster than I may answer: {most} messages a minute. I read on in {wait}; "
        "please send your last message again then."
    ),
    "limit_chat_messages": (
        "More is written here than I may answer: {most} messages a minute. I read on in {wait}; "
        "please send your last message again then."
    ),
    "limit_answers": "I am writing {most} answers for you already. Please ask again when one of them is done.",
    "limit_person_tokens": "You have used up what one person may use in a day. I answer you again in {wait}.",
    "limit_chat_tokens": "This chat has used up what one chat may use in a day. I answer here again in {wait}.",
    "limit_tokens": "I have used up what I may spend in a day. I answer again in {wait}.",
    "limit_person_budget": "You have used up your budget for this month, {most}. I answer you again in {wait}.",
    "limit_budget": "I have used up what I may spend in a month. I answer again in {wait}.",
    "limit_person_rest": (
        "Of your budget for this month {left} of {most} is left, and this question may cost {needed}. "
        "Please start a new conversation, choose a cheaper model, or ask something shorter."
    ),
    "limit_rest": (
        "What I may still spend this month does not pay for this question. "
        "Please start a new conversation, choose a cheaper model, or ask something shorter."
    ),
    "limit_held": (
        "What is left of the budget for this month is set aside for answers I am still writing. "
        "Please ask again when they are done."
    ),
    "limit_unpriced": (
        "I have a budget to keep and do not know what this question would cost. "
        "Please choose another model, or tell the operator of this bot."
    ),
    "not_text": "I can only read text so far. Please write your question as a message.",
    "too_late": "I was away when you wrote, and that is a while ago. If it still matters, please ask me again.",
    "empty_question": "Hello! How can I help? Write your question together with the mention.",
    # The page in the browser, and what programs are told
    "demo": "_This is a demo, not Qwen: no key is set yet. Set one and start the bot again to talk to Qwen._",
    "page_demo": (
        "This is a demo: no key is set yet. Set `{setting}` in `.env.local` and start the bot again to talk to Qwen."
    ),
    "page_failed": "_Something went wrong here. Please ask again._",
    "label_page_conversations": "Conversations",
    "label_page_new": "New conversation",
    "label_page_history": "History",
    "label_page_usage": "Usage",
    "label_page_today": "Today",
    "label_page_yesterday": "Yesterday",
    "label_page_week": "Last seven days",
    "label_page_earlier": "Earlier",
    "label_page_menu": "Show conversations",
    "label_page_close": "Close",
    "label_page_skip": "Skip to the message box",
    "label_page_message": "Message",
    "label_page_send": "Send",
    "label_page_newest": "Go to the newest words",
    "label_page_copy_code": "Copy code",
    "label_page_copy_answer": "Copy answer",
    "label_page_save_file": "Save {name}",
    "label_page_copied": "Copied",
    "label_page_good": "Good answer",
    "label_page_bad": "Bad answer",
    "label_page_remark": "What made it so?",
    "label_page_save": "Save",
    "label_page_thoughts": "Thoughts",
    "label_page_settings": "Role, model and more",
    "label_page_temperature": "Temperature",
    "label_page_top_p": "Top p",
    "label_page_max_tokens": "Longest answer, in tokens",
    "label_page_default": "Default",
    "label_page_defaults": "Back to the defaults",
    "label_page_colours": "Colours",
    "label_page_like_system": "Like the system",
    "label_page_light": "Light",
    "label_page_dark": "Dark",
    "label_page_logout": "Log out",
    "label_page_erase": "Erase this conversation",
    "label_page_erase_really": "Erase it for good?",
    "label_page_demo": "Demo",
    "label_page_here": "This page",
    "label_page_retry": "Send now",
    "label_page_discard": "Do not send",
    "label_page_reveal": "Hidden words, press to show them",
    "label_page_table": "Table",
    "label_page_code": "Code",
    "label_page_question": "Question",
    "label_page_live": "is being answered",
    "label_page_search": "Search questions and answers",
    "label_page_more": "Show more",
    "label_page_time": "Time",
    "label_page_where": "Where",
    "label_page_first_words": "First words",
    "label_page_parameters": "Parameters",
    "label_page_tokens": "Tokens",
    "label_page_rating": "Rating",
    "label_page_note": "Note",
    "label_page_cost": "Cost",
    "label_page_answers": "Answers",
    "label_page_in": "read",
    "label_page_out": "written",
    "label_page_days": "Days to show",
    "label_page_per_day": "By day",
    "label_page_per_model": "By model",
    "label_page_per_person": "By person",
    "label_page_day": "Day",
    "label_page_person": "Person",
    "label_page_as_table": "The same as a table",
    "label_page_count_tokens": "{count} tokens",
    "label_page_total": "{count} tokens in all",
    "page_hello": "What would you like to know?",
    "page_placeholder": "Ask anything…",
    "page_keys": "Enter sends, Shift+Enter starts a line, Esc stops an answer, / brings you back here.",
    "page_thinking": "Thinking…",
    "page_answering": "I am answering.",
    "page_done": "The answer is complete.",
    "page_waits": "This one comes next.",
    "page_reconnecting": "The connection is gone. I keep trying…",
    "page_unsent": "Not sent yet. I keep trying; you can go on writing.",
    "page_offline": "The bot cannot be reached. Please check that it is running.",
    "page_trouble": "Something went wrong. Please try again.",
    "page_no_copy": "I could not copy that. Please select the text and copy it yourself.",
    "page_too_long": "That is {count} characters too long. Please shorten it.",
    "page_read_only": "This conversation belongs to {platform}. You can read it here; please go on there.",
    "page_next_question": "Your choice holds from the next question on.",
    "page_price": "{price} for a million tokens, read and written.",
    "page_nothing": "There is nothing here yet. Ask something, and you will find it here again.",
    "page_found_nothing": "Nothing was found. Please try other words.",
    "page_nothing_used": "Nothing was used in these days.",
    "page_utc": "Days begin at midnight UTC.",
    "page_erased": "It is erased.",
    "web_bad_json": "That is not valid JSON. Please check the body of the request.",
    "web_bad_type": "Please send JSON, with `Content-Type: application/json`.",
    "web_bad_messages": (
        "`messages` must be a list; each has a `role` (system, user or assistant) and a `content` that is text "
        "(or parts of `type` text), and the last one is the user's. Please check it."
    ),
    "web_either": (
        "Please send either `messages`, of which nothing is stored, or `message`, with the name of a `conversation` "
        "if you like."
    ),
    "web_chosen_elsewhere": (
        "In a conversation `{name}` is one of its settings. Please leave it out here, and set it with "
        "`PUT /api/conversations/…/settings`."
    ),
    "web_bad_value": "`{name}` cannot be that. It may be: {allowed}.",
    "web_login_required": "Please log in first. A program sends the token as `Authorization: Bearer …`.",
    "web_wrong_token": "That is not the token. It stands in the settings of the bot, as `{setting}`.",
    "web_forbidden": "That came from another site, so I did nothing. Please open my own page and try again.",
    "web_foreign_name": (
        "Under this name I am not open. Use `localhost`, or set `{setting}` and start the bot again to let others in."
    ),
    "web_not_found": "There is nothing here. Please check the address.",
    "web_bad_method": "This address does not take `{method}`. It takes: {allowed}.",
    "web_no_conversation": "I do not know this conversation; it may have been erased. Please start another one.",
    "web_no_file": "This file is not here any more. Please send `/export` once more.",
    "web_read_only": "This conversation belongs to another app. You can read it here; please go on there.",
    "web_answering": "I am answering in this conversation. Please stop that answer or wait for it, then try again.",
    "web_too_large": "That is more than I can take at once. Please send less.",
    "web_too_many": "That was a lot at once. Please go on in {wait}.",
    "web_over_limit": "A limit is reached, so I did not take this in. The conversation says which one, and until when.",
    "web_restarting": "I am restarting. Please try again in a moment.",
    "web_cannot_store": "I cannot store anything right now. Please try again in a moment, and look at the disk.",
    "web_busy": "The model is very busy. Please try again in {wait}.",
    "web_unreachable": "I cannot reach the model right now. Please try again in a minute.",
    "web_interrupted": "The answer broke off. Please ask again.",
    "web_failed": "Something went wrong on my side. Please try again; the log says more under `{reference}`.",
    "label_login": "Log in",
    "label_token": "Token",
    "web_login": "Please enter the token. It stands in the settings of the bot, as `{setting}`.",
}
