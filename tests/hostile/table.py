"""Every hostile case that is known, and what keeps it harmless: a test by its name, or a feature that does not exist.

The cases have numbers because reviews speak of them by number; the words say what each one is.
"""

from __future__ import annotations

HELD: dict[str, tuple[str, ...]] = {
    "H001 an empty list of people": (
        "test_a_stranger_costs_nothing_and_leaves_nothing",
        "test_what_a_person_had_asked_is_not_answered_once_they_are_kept_out",
    ),
    "H002 a list of blanks, commas or a star": (
        "test_a_list_without_ids_counts_as_not_set",
        "test_a_star_alone_means_everyone",
    ),
    "H003 a settings file that cannot be read": ("test_a_file_in_another_encoding_is_one_more_problem",),
    "H004 a stranger takes an allowed name": ("test_names_let_nobody_in_and_keep_nobody_out",),
    "H005 an allowed person changes names": ("test_names_let_nobody_in_and_keep_nobody_out",),
    "H006 a name in place of an id": ("test_only_plain_ids_name_a_person_on_telegram",),
    "H007 a name with an invisible character": ("test_names_let_nobody_in_and_keep_nobody_out",),
    "H008 a name in look-alike letters": ("test_names_let_nobody_in_and_keep_nobody_out",),
    "H009 the same id in another workspace": ("test_who_is_no_member_is_not_taken_for_one",),
    "H010 an id written oddly": ("test_only_plain_ids_name_a_person_on_telegram",),
    "H011 a stranger edits": ("test_a_stranger_costs_nothing_and_leaves_nothing",),
    "H012 a stranger presses somebody's button": ("test_a_stranger_costs_nothing_and_leaves_nothing",),
    "H013 a stranger's slash command, menu, view": ("test_a_stranger_costs_nothing_and_leaves_nothing",),
    "H014 an inline query": ("test_only_what_the_bot_reads_is_asked_for",),
    "H015 a deep link": ("test_whatever_somebody_else_does_leaves_nothing_behind",),
    "H016 files, service notes, reactions of a stranger": (
        "test_a_stranger_costs_nothing_and_leaves_nothing",
    ),
    "H017 an anonymous administrator": (
        "test_ids_that_many_people_share_are_refused",
        "test_machines_end_no_loop",
    ),
    "H018 a channel that speaks as itself": ("test_machines_end_no_loop",),
    "H019 posts forwarded by Telegram itself": ("test_ids_that_many_people_share_are_refused",),
    "H036 somebody of another workspace": ("test_who_is_no_member_is_not_taken_for_one",),
    "H037 a guest": (
        "test_who_is_no_member_is_not_taken_for_one",
        "test_a_guest_stays_one_while_slack_cannot_tell",
    ),
    "H038 a channel shared with others": ("test_a_member_in_a_channel_shared_with_others_stays_a_stranger",),
    "H039 an address with a secret in it": (
        "test_no_write_ever_makes_the_platform_fetch_an_address",
        "test_fuzzed",
    ),
    "H040 a picture of a foreign server": (
        "test_what_slack_must_not_see_is_written_otherwise",
        "test_nothing_that_runs_or_is_fetched_passes_wherever_it_stands",
        "test_fuzzed",
    ),
    "H041 a link that promises something else": ("test_links_lead_only_where_they_say",),
    "H042 an address without a scheme": ("test_no_write_ever_makes_the_platform_fetch_an_address",),
    "H043 a link in the last edit only": ("test_no_write_ever_makes_the_platform_fetch_an_address",),
    "H044 a link in a broadcast to the channel": ("test_nothing_of_the_kind_is_in_the_code",),
    "H045 a ping of everybody": ("test_no_ping_fires_wherever_it_stands", "test_fuzzed"),
    "H046 a ping of a person, group or channel": ("test_no_ping_fires_wherever_it_stands", "test_fuzzed"),
    "H047 a ping in plain words": ("test_a_ping_that_is_spelled_oddly_does_not_fire",),
    "H048 a ping that comes in two pieces": ("test_a_ping_that_came_in_pieces_does_not_fire",),
    "H049 a ping in code and in a label": ("test_no_ping_fires_wherever_it_stands",),
    "H050 a link to a person, a name in a group": (
        "test_fuzzed",
        "test_a_name_calls_nobody_unless_it_is_code",
        "test_a_rich_page_is_text_where_a_name_in_it_would_notify_somebody",
    ),
    "H051 Slack's own link syntax": ("test_what_slack_must_not_see_is_written_otherwise", "test_fuzzed"),
    "H052 an address as the label of another": (
        "test_links_lead_only_where_they_say",
        "test_a_label_that_names_another_host_is_seen_through",
    ),
    "H053 marks without an end": (
        "test_any_text_can_be_rendered",
        "test_any_noise_can_be_repaired_and_shown",
    ),
    "H054 backslashes": ("test_any_text_can_be_rendered",),
    "H055 HTML and escaped pings": ("test_fuzzed", "test_what_a_model_writes_stays_words"),
    "H056 an answer that plays both roles": (
        "test_words_that_look_like_a_protocol_stay_words_of_the_person",
    ),
    "H057 lengths in UTF-16": (
        "test_length_is_counted_in_utf_16_after_parsing",
        "test_characters_are_not_cut",
    ),
    "H058 the prompt is asked for": ("test_what_the_model_is_given_holds_no_secret",),
    "H059 the words of others are asked for": (
        "test_the_model_is_reminded_of_what_was_said_before_in_this_chat_only",
    ),
    "H060 a forwarded instruction": ("test_words_that_look_like_a_protocol_stay_words_of_the_person",),
    "H061 a quote of a stranger": ("test_a_quote_stands_before_the_words_and_is_set_apart_from_them",),
    "H062 a stranger's words in a thread": ("test_a_stranger_costs_nothing_and_leaves_nothing",),
    "H063 the model's own chat marks": ("test_words_that_look_like_a_protocol_stay_words_of_the_person",),
    "H065 words in invisible letters": ("test_what_nobody_sees_does_not_reach_the_store",),
    "H066 an address turned around": ("test_what_nobody_can_see_is_taken_out",),
    "H067 flags and families": (
        "test_what_people_see_is_kept",
        "test_emoji_and_scripts_that_need_joiners_survive",
    ),
    "H068 secrets at INFO": ("test_a_secret_is_shown_in_no_part_of_a_record",),
    "H069 secrets at DEBUG": ("test_the_real_clients_leak_nothing_at_debug",),
    "H070 a refused token": ("test_every_refusal_says_what_to_do_and_never_shows_the_token",),
    "H071 a refused WebSocket": ("test_a_refused_handshake_does_not_put_the_ticket_into_the_log",),
    "H072 a key with a line break": ("test_a_key_that_breaks_the_request_is_not_in_the_traceback",),
    "H073 crashes, warnings, the list of processes": (
        "test_failed_tasks_warnings_and_uncaught_exceptions_become_records",
        "test_no_secret_is_in_the_list_of_processes",
    ),
    "H074 the address of a Telegram file": ("test_nothing_of_the_kind_is_in_the_code",),
    "H075 what people read of a failure": ("test_a_sentence_names_no_code_no_address_and_ends_properly",),
    "H105 a thousand messages a minute": (
        "test_a_thousand_messages_of_one_person_in_a_minute_cost_what_twenty_cost",
    ),
    "H106 a hundred people": ("test_a_chat_has_a_rate_of_its_own_over_all_its_threads_and_people",),
    "H107 an endless answer": ("test_when_the_tokens_of_a_day_are_used_up_nothing_is_taken_until_the_next",),
    "H108 a growing history": ("test_what_goes_along_is_the_newest_and_has_room",),
    "H109 many pictures": ("test_what_is_too_large_is_not_stored",),
    "H110 an account without credit": (
        "test_a_model_that_fails_becomes_a_sentence_and_again_where_it_can_help",
    ),
    "H111 a bot that answers each answer": ("test_machines_end_no_loop",),
    "H112 our own echo under another id": ("test_the_bot_does_not_hear_itself", "test_machines_end_no_loop"),
    "H113 a workflow without a person": ("test_machines_end_no_loop",),
    "H114 two of our bots in one group": ("test_machines_end_no_loop",),
    "H115 another bot's command": ("test_what_is_not_for_the_bot_is_nothing",),
    "H116 commands in odd spelling": ("test_where_slash_commands_work_a_command_begins_with_a_slash",),
    "H117 a command that erases, in a group": ("test_another_persons_confirmation_erases_nothing",),
    "H118 a command inside of something": ("test_where_slash_commands_work_a_command_begins_with_a_slash",),
    "H119 a mention in code or in a longer name": ("test_what_is_not_for_the_bot_is_nothing",),
    "H120 the same number on both platforms": ("test_conversations_do_not_touch",),
    "H121 topics and threads": (
        "test_threads_of_one_chat_are_conversations_of_their_own",
        "test_conversations_do_not_touch",
    ),
    "H122 told here, asked there": ("test_conversations_do_not_touch",),
    "H123 SQL in the words": ("test_odd_words_are_stored_as_they_are",),
    "H126 JSON without bottom": ("test_updates_that_cannot_be_read_stand_aside_and_the_others_go_on",),
    "H127 numbers that are none": ("test_a_payload_of_any_shape_is_read_or_refused_in_a_known_way",),
    "H128 numbers without end": ("test_a_payload_of_any_shape_is_read_or_refused_in_a_known_way",),
    "H129 half a character": ("test_odd_words_are_stored_as_they_are",),
    "H130 a NUL": ("test_odd_words_are_stored_as_they_are",),
    "H131 ids beyond 63 bits": ("test_a_press_with_any_value_harms_nobody",),
    "H132 a database others can read": ("test_a_database_others_could_read_is_closed_to_them",),
    "H133 what was forgotten, in the file": (
        "test_what_is_forgotten_is_found_neither_in_the_file_nor_in_its_log",
    ),
    "H134 a secret that was replaced": ("test_a_secret_that_was_replaced_is_not_used_again",),
    "H135 control characters in a name": ("test_nothing_in_a_record_can_start_a_line_or_steer_a_terminal",),
}

ABSENT: dict[str, tuple[range, str, str]] = {
    "Telegram by webhook: the bot polls, nobody can call it": (
        range(20, 28),
        r"start_webhook|run_webhook|set_webhook|tornado|X-Telegram-Bot-Api-Secret",
        "server",
    ),
    "Slack by HTTP: Socket Mode only, nobody can call it": (
        range(28, 36),
        r"AsyncSlackRequestHandler|SignatureVerifier|AsyncBoltRequest|x-slack-signature",
        "server",
    ),
    "reading files: their kind is named to the model, nothing is downloaded": (
        range(64, 65),
        r"get_file\b|getFile|download_to|url_private|files_info|files_upload",
        "file",
    ),
    "fetching addresses: the bot calls its platforms and its model, and nothing that anybody wrote": (
        range(76, 89),
        r"urlopen|httpx\.(?:get|Client|AsyncClient)|requests\.get",
        "fetch",
    ),
    "opening files: no parser of documents, archives or pictures, no names of others as paths": (
        range(89, 105),
        r"\bpypdf\b|\bdocx\b|zipfile|tarfile|from PIL|import PIL",
        "parser",
    ),
    "searching: no full-text index": (range(124, 126), r"fts5|MATCH \?|MATCH :", "search"),
}
"""Cases of features that do not exist: the numbers, and what the code would hold if they did."""
