package discordspec_test

import (
	"strings"
	"testing"

	"didops/internal/testing/discordspec"
)

// bad is a request with one fault, and a part of the sentence about it.
type bad struct {
	name string
	r    discordspec.Request
	want string
}

func badCommands() []bad {
	sub := `{"type":1,"name":"a","description":"d","options":[]}`
	return []bad{
		{"space in a name", request(guildCommands, slash(plain("my option", ""))), `0/options/0/name (/did my option): "my option" is not 1 to 32 letters`},
		{"upper case", request(guildCommands, `[{"name":"Did","description":"d"}]`), `"Did" is not in lower case`},
		{"upper case in a translation", request(guildCommands, `[{"name":"did","description":"d","name_localizations":{"de":"Nummer"}}]`), `0/name_localizations/de (/did): "Nummer" is not in lower case`},
		{"long name", request(guildCommands, slash(`{"type":3,"description":"d","name":`+long(33)+`}`)), "is not 1 to 32 letters"},
		{"no name", request(guildCommands, `[{"description":"d"}]`), "0/name: it is empty"},
		{"no description", request(guildCommands, `[{"name":"did"}]`), "0/description (/did): it is empty"},
		{"long description", request(newCommand, `{"name":"did","description":`+long(101)+`}`), "description (/did): 101 characters are more than 100"},
		{"long description in a part", request(oneCommand, `{"description":`+long(101)+`}`), "101 characters are more than 100"},
		{"same command", request(guildCommands, `[{"name":"did","description":"d"},{"name":"did","description":"d"}]`), `1/name (/did): the name "did" is that of 0/name as well`},
		{"same option", request(guildCommands, slash(plain("a", "")+","+plain("a", ""))), `the name "a" is that of 0/options/0/name as well`},
		{"same subcommand", request(guildCommands, slash(sub+","+sub)), "as well"},
		{"many options", request(guildCommands, slash(many(26, `{"type":3,"name":"o%d","description":"d"}`))), "0/options (/did): 26 entries are more than 25"},
		{"many choices", request(guildCommands, slash(plain("a", `"choices":[`+many(26, `{"name":"c%d","value":"v"}`)+`]`))), "26 entries are more than 25"},
		{"long choice", request(guildCommands, slash(plain("a", `"choices":[{"name":"c","value":`+long(101)+`}]`))), "choices/0/value (/did a c): 101 characters"},
		{"empty choice", request(guildCommands, slash(plain("a", `"choices":[{"name":"","value":"v"}]`))), "choices/0/name (/did a): it is empty"},
		{"autocomplete and choices", request(guildCommands, slash(plain("a", `"autocomplete":true,"choices":[{"name":"c","value":"v"}]`))), "exclude each other"},
		{"autocomplete of a truth", request(guildCommands, slash(`{"type":5,"name":"a","description":"d","autocomplete":true}`)), "neither autocomplete nor choices"},
		{"required after optional", request(guildCommands, slash(plain("a", "")+","+plain("b", `"required":true`))), "0/options/1/required (/did b): a required option follows"},
		{"subcommands and options", request(guildCommands, slash(sub+","+plain("b", ""))), "subcommands and plain options exclude each other"},
		{"option in a group", request(guildCommands, slash(`{"type":2,"name":"g","description":"d","options":[`+plain("b", "")+`]}`)), "a group has subcommands only"},
		{"deep nesting", request(guildCommands, slash(`{"type":1,"name":"g","description":"d","options":[`+sub+`]}`)), "deeper than group and subcommand"},
		{"options of an option", request(guildCommands, slash(plain("a", `"options":[`+plain("b", "")+`]`))), "a plain option has no options"},
		{"8000 characters", request(guildCommands, slash(many(4, `{"type":3,"name":"o%d","description":"d","choices":[`+many(25, `{"name":"c%d","value":`+long(90)+`}`)+`]}`))), "characters, more than 8000"},
		{"bounds crossed", request(guildCommands, slash(`{"type":4,"name":"a","description":"d","min_value":5,"max_value":4}`)), "min_value 5 is more than max_value 4"},
		{"bound too great", request(guildCommands, slash(`{"type":4,"name":"a","description":"d","max_value":9007199254740992}`)), "is more than 9007199254740991"},
		{"length too great", request(guildCommands, slash(plain("a", `"max_length":6001`))), "6001 is more than 6000"},
		{"user command with description", request(guildCommands, `[{"type":2,"name":"Show","description":"d"}]`), "only a chat command"},
		{"many user commands", request(guildCommands, `[`+many(16, `{"type":2,"name":"u%d"}`)+`]`), "more than 15 commands of type 2"},
	}
}

func badMessages() []bad {
	first := `{"type":2,"style":1,"label":"a","custom_id":"same"}`
	texts := func(n, size int) string { return many(n, `{"id":%d,"type":10,"content":`+long(size)+`}`) }
	return []bad{
		{"empty", request(messages, say(`"content":" ","embeds":[],"components":null`)), "the message is empty"},
		{"empty reply", request(messages, say(`"message_reference":{"message_id":"1"}`)), "the message is empty"},
		{"empty response", request(callback, answer(4, `{QUIET}`)), "data: the message is empty"},
		{"empty update", request(callback, answer(7, say(`"content":"","embeds":null,"components":null`))), "data: the message is empty"},
		{"long content", request(messages, say(`"content":`+long(2001))), "content: 2001 characters are more than 2000"},
		{"content in UTF-16", request(messages, say(`"content":"`+strings.Repeat("🔥", 1001)+`"`)), "content: 2002 characters are more than 2000"},
		{"content with v2", request(messages, say(`"content":"x",`+display(texts(1, 1)))), "content: a message with the components-v2 flag"},
		{"embeds with v2", request(original, say(`"embeds":[{"title":"x"}],`+display(texts(1, 1)))), "embeds: a message with the components-v2 flag"},
		{"v2 without flag", request(messages, say(`"components":[`+texts(1, 1)+`]`)), "components/0: a component of type 10 needs the components-v2 flag"},
		{"41 components", request(messages, say(display(`{"type":17,"components":[`+texts(20, 1)+`]},{"type":17,"components":[`+texts(19, 1)+`]}`))), "there are 41 components"},
		{"4000 characters", request(messages, say(display(texts(2, 2001)))), "the text displays have 4002 characters"},
		{"file of elsewhere", request(messages, say(display(`{"type":13,"file":{"url":"https://example.com/a.csv"}}`))), "components/0/file/url: it is"},
		{"ephemeral in a channel", request(messages, say(`"content":"x","flags":64`)), "only a response can be ephemeral"},
		{"same custom_id", request(messages, say(`"content":"x",`+rows(first, first))), `components/1/components/0/custom_id: the custom_id "same" is that of components/0/components/0/custom_id as well`},
		{"long custom_id", request(messages, say(`"content":"x",`+rows(`{"type":2,"style":1,"label":"a","custom_id":`+long(101)+`}`))), "custom_id: 101 characters are more than 100"},
		{"button without custom_id", request(messages, say(`"content":"x",`+rows(`{"type":2,"style":1,"label":"a"}`))), "components/0/components/0/custom_id: it is empty"},
		{"link with custom_id", request(messages, say(`"content":"x",`+rows(`{"type":2,"style":5,"label":"a","url":"https://example.com","custom_id":"a"}`))), "custom_id: a button that opens a link or a shop has none"},
		{"link without url", request(messages, say(`"content":"x",`+rows(`{"type":2,"style":5,"label":"a"}`))), "url: a link button needs one"},
		{"url without link", request(messages, say(`"content":"x",`+rows(`{"type":2,"style":1,"label":"a","custom_id":"a","url":"https://example.com"}`))), "url: only a link button has one"},
		{"button without label", request(messages, say(`"content":"x",`+rows(`{"type":2,"style":1,"custom_id":"a"}`))), "neither label nor emoji"},
		{"long label", request(messages, say(`"content":"x",`+rows(`{"type":2,"style":1,"custom_id":"a","label":`+long(81)+`}`))), "label: 81 characters are more than 80"},
		{"six buttons", request(messages, say(`"content":"x",`+rows(many(6, `{"type":2,"style":1,"label":"a","custom_id":"a%d"}`)))), "components/0/components: 6 entries are more than 5"},
		{"six rows", request(messages, say(`"content":"x","components":[`+many(6, `{"type":1,"components":[{"type":2,"style":1,"label":"a","custom_id":"a%d"}]}`)+`]`)), "components: 6 entries are more than 5"},
		{"empty row", request(messages, say(`"content":"x",`+rows(""))), "the row is empty"},
		{"menu beside a button", request(messages, say(`"content":"x",`+rows(`{"type":5,"custom_id":"a"},`+buyButton))), "a row has one select menu"},
		{"input in a message", request(messages, say(`"content":"x","components":[`+textRow+`]`)), "components/0/components/0/type: 4 is of a kind that does not belong here"},
		{"26 options", request(messages, say(`"content":"x",`+rows(choose(`"options":[`+many(26, `{"label":"a","value":"v%d"}`)+`]`)))), "options: 26 entries are more than 25"},
		{"no options", request(messages, say(`"content":"x",`+rows(choose(`"options":[]`)))), "the menu has nothing to choose"},
		{"same values", request(messages, say(`"content":"x",`+rows(choose(`"options":[{"label":"a","value":"v"},{"label":"b","value":"v"}]`)))), `options/1/value: the value "v" is that of`},
		{"long option", request(messages, say(`"content":"x",`+rows(choose(`"options":[{"label":`+long(101)+`,"value":"v"}]`)))), "label: 101 characters are more than 100"},
		{"long option value", request(messages, say(`"content":"x",`+rows(choose(`"options":[{"label":"a","value":`+long(101)+`}]`)))), "value: 101 characters are more than 100"},
		{"long option description", request(messages, say(`"content":"x",`+rows(choose(`"options":[{"label":"a","value":"v","description":`+long(101)+`}]`)))), "description: 101 characters are more than 100"},
		{"long placeholder", request(messages, say(`"content":"x",`+rows(choose(`"options":[{"label":"a","value":"v"}],"placeholder":`+long(151))))), "placeholder: 151 characters are more than 150"},
		{"two chosen of one", request(messages, say(`"content":"x",`+rows(choose(`"options":[{"label":"a","value":"v","default":true},{"label":"a","value":"w","default":true}]`)))), "2 options are chosen beforehand"},
		{"menu without custom_id", request(messages, say(`"content":"x",`+rows(`{"type":6}`))), "custom_id: it is empty"},

		{"mentions", request(messages, `{"content":"@everyone"}`), "allowed_mentions: it is absent"},
		{"mentions of a kind", request(original, `{"content":"x","allowed_mentions":{"parse":["users"]}}`), `allowed_mentions/parse: it is ["users"], want []`},
		{"mentions, parse left out", request(followup, `{"content":"x","allowed_mentions":{}}`), "allowed_mentions/parse: it is null"},
		{"mention of a user", request(oneMessage, `{"content":"x","allowed_mentions":{"parse":[],"users":["5"]}}`), "allowed_mentions/users: it mentions somebody"},
		{"mention of a user that is not made", request(messages, `{"content":"<@6>","allowed_mentions":{"parse":[],"users":["6","5"]}}`), "allowed_mentions/users/1: it lets <@5> be mentioned"},
		{"mention of a role that is not made", request(messages, `{"content":"<@5>","allowed_mentions":{"parse":[],"roles":["5"]}}`), "allowed_mentions/roles/0: it lets <@&5> be mentioned"},
		{"mentions in a further response", request(followup, `{"content":"<@5>","allowed_mentions":{"parse":[],"users":["5"]}}`), "allowed_mentions/users: it mentions somebody"},
		{"mention of the asker", request(messages, `{"content":"x","allowed_mentions":{"parse":[],"replied_user":true}}`), "replied_user: it mentions somebody"},
		{"mentions in a response", request(callback, answer(4, `{"content":"x"}`)), "data/allowed_mentions: it is absent"},
		{"mentions in an update", request(callback, answer(7, `{"content":"x"}`)), "data/allowed_mentions: it is absent"},

		{"long nonce", request(messages, say(`"content":"x","enforce_nonce":true,"nonce":`+long(26))), "nonce: 26 characters are more than 25"},
		{"nonce for nothing", request(messages, say(`"content":"x","nonce":"a"`)), "nonce: without enforce_nonce"},
		{"no nonce to enforce", request(messages, say(`"content":"x","enforce_nonce":true`)), "there is no nonce to enforce"},
	}
}

func badEmbeds() []bad {
	embed := func(members string) discordspec.Request { return request(messages, say(`"embeds":[{`+members+`}]`)) }
	return []bad{
		{"eleven", request(messages, say(`"embeds":[`+many(11, `{"title":"%d"}`)+`]`)), "embeds: 11 entries are more than 10"},
		{"title", embed(`"title":` + long(257)), "embeds/0/title: 257 characters are more than 256"},
		{"description", embed(`"description":` + long(4097)), "description: 4097 characters are more than 4096"},
		{"footer", embed(`"footer":{"text":` + long(2049) + `}`), "footer/text: 2049 characters are more than 2048"},
		{"author", embed(`"author":{"name":` + long(257) + `}`), "author/name: 257 characters are more than 256"},
		{"26 fields", embed(`"fields":[` + many(26, `{"name":"n","value":"%d"}`) + `]`), "fields: 26 entries are more than 25"},
		{"field name", embed(`"fields":[{"name":` + long(257) + `,"value":"v"}]`), "name: 257 characters are more than 256"},
		{"field value", embed(`"fields":[{"name":"n","value":` + long(1025) + `}]`), "value: 1025 characters are more than 1024"},
		{"empty field name", embed(`"fields":[{"name":"","value":"v"}]`), "embeds/0/fields/0/name: it is empty"},
		{"blank field value", embed(`"fields":[{"name":"n","value":" "}]`), "embeds/0/fields/0/value: it is empty"},
		{"nothing", embed(`"color":5`), "embeds/0: the embed shows nothing"},
		{"6000 characters", request(messages, say(`"embeds":[{"description":`+long(3001)+`},{"description":`+long(3000)+`}]`)), "the texts of all embeds have 6001 characters"},
	}
}

func badResponses() []bad {
	modal := func(members string) discordspec.Request {
		return request(callback, answer(9, `{"custom_id":"m",`+members+`}`))
	}
	input := func(members string) string {
		return `"title":"t","components":[{"type":1,"components":[{"type":4,"custom_id":"a","style":1,` + members + `}]}]`
	}
	return []bad{
		{"26 suggestions", request(callback, answer(8, `{"choices":[`+many(26, `{"name":"%d","value":"v"}`)+`]}`)), "data/choices: 26 entries are more than 25"},
		{"long suggestion", request(callback, answer(8, `{"choices":[{"name":`+long(101)+`,"value":"v"}]}`)), "data/choices/0/name: 101 characters"},
		{"empty suggestion", request(callback, answer(8, `{"choices":[{"name":"","value":"v"}]}`)), "data/choices/0/name: it is empty"},
		{"long suggested value", request(callback, answer(8, `{"choices":[{"name":"n","value":`+long(101)+`}]}`)), "data/choices/0/value: 101 characters"},
		{"flag of a deferral", request(callback, answer(5, `{"flags":32832}`)), "data/flags: a deferral has no flag but ephemeral"},
		{"flag of a silent update", request(callback, answer(6, `{"flags":4}`)), "data/flags: a deferral has no flag but ephemeral"},
		{"text of a deferral", request(callback, answer(5, `{"content":"wait"}`)), "data/content: a deferral shows nothing"},
		{"long title", modal(`"title":` + long(46) + `,"components":[` + textRow + `]`), "data/title: 46 characters are more than 45"},
		{"no components", modal(`"title":"t","components":[]`), "the modal asks for nothing"},
		{"six components", modal(`"title":"t","components":[` + many(6, `{"type":1,"components":[{"type":4,"custom_id":"a%d","style":1,"label":"l"}]}`) + `]`), "data/components: 6 entries are more than 5"},
		{"long label", modal(input(`"label":` + long(46))), "label: 46 characters are more than 45"},
		{"no label", modal(input(`"required":true`)), "label: it is empty"},
		{"long placeholder", modal(input(`"label":"l","placeholder":` + long(101))), "placeholder: 101 characters are more than 100"},
		{"bounds crossed", modal(input(`"label":"l","min_length":5,"max_length":4`)), "min_length 5 is more than max_length 4"},
		{"button", modal(`"title":"t","components":[{"type":1,"components":[` + buyButton + `]}]`), "components/0/components/0/type: 2 is of a kind"},
		{"input without row", modal(`"title":"t","components":[{"type":4,"custom_id":"a","style":1,"label":"l"}]`), "data/components/0/type: 4 is of a kind"},
		{"same custom_id", modal(`"title":"t","components":[` + textRow + `,` + textRow + `]`), `the custom_id "digits" is that of`},
		{"label twice", modal(`"title":"t","components":[{"type":18,"label":"l","component":{"type":4,"custom_id":"a","style":1,"label":"l"}}]`), "the label around it has the words"},
		{"no custom_id", request(callback, answer(9, `{"title":"t","components":[`+textRow+`]}`)), "data/custom_id: it is empty"},
	}
}

func badEnvelopes(tb testing.TB) []bad {
	tb.Helper()
	set := func(r discordspec.Request, name, value string) discordspec.Request {
		r.Header.Set(name, value)
		return r
	}
	return []bad{
		{"token at a callback", set(request(callback, `{"type":6}`), "Authorization", "Bot "+botToken), "the token in the path is enough"},
		{"token at a webhook", set(request(followup, say(`"content":"x"`)), "Authorization", "Bot "+botToken), "the token in the path is enough"},
		{"no token", set(request(messages, say(`"content":"x"`)), "Authorization", ""), "there is no Authorization"},
		{"token of a user", set(request(messages, say(`"content":"x"`)), "Authorization", botToken), "not that of a bot"},
		{"no content type", set(request(messages, say(`"content":"x"`)), "Content-Type", ""), "the body has no content type"},
		{"no JSON", request(messages, `{"content"`), "the body is not JSON"},
		{"two bodies", request(messages, say(`"content":"x"`)+"{}"), "the body goes on after its JSON"},
		{"old version", request("GET /api/v8/channels/78/messages/90", ""), "version v8"},
		{"no version", request("GET /api/channels/78/messages/90", ""), "names no version"},
		{"no payload", upload(tb, messages, "", "files[0]"), "no part payload_json"},
		{"name of a part", upload(tb, messages, say(`"content":"x"`), "file"), "not files[0] to files[9]"},
		{"same part", upload(tb, messages, say(`"content":"x"`), "files[0]", "files[0]"), `the name "files[0]" is that of`},
		{"absent file", upload(tb, messages, say(`"content":"x","attachments":[{"id":"1"}]`), "files[0]"), `there is no file of the number "1"`},
	}
}

// TestRules finds every fault that needs no document, says nothing else about
// the request, and says it with the document as well.
func TestRules(t *testing.T) {
	t.Parallel()
	spec := discordspec.Load(t)
	for group, list := range map[string][]bad{
		"command": badCommands(), "message": badMessages(), "embed": badEmbeds(), "response": badResponses(), "request": badEnvelopes(t),
	} {
		for _, tt := range list {
			t.Run(group+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				got := (*discordspec.Spec)(nil).Check(tt.r)
				if len(got) != 1 || !strings.Contains(got[0], tt.want) {
					t.Errorf("got %q, want one sentence with %q", got, tt.want)
				}
				if all := strings.Join(spec.Check(tt.r), "\n"); !strings.Contains(all, tt.want) {
					t.Errorf("got %q, want a sentence with %q (document: %t)", all, tt.want, spec != nil)
				}
			})
		}
	}
}
