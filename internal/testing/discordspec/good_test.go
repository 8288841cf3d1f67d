package discordspec_test

import (
	"testing"

	"didops/internal/testing/discordspec"
)

// good are requests of a bot that does everything right.
func good(tb testing.TB) map[string]discordspec.Request {
	tb.Helper()
	field := `{"name":"Number","value":"+971 50 000 0000","inline":true}`
	embed := `{"type":"rich","title":"3 numbers","description":"in the United Arab Emirates","color":5814783,"timestamp":"2026-01-02T03:04:05Z",` +
		`"url":"https://example.com/","footer":{"text":"sandbox"},"author":{"name":"didops"},"fields":[` + field + `,` + field + `]}`
	search := `{"type":1,"name":"search","description":"Search numbers","channel_types":null,"choices":null,"autocomplete":false,"required":false,"options":[` +
		plain("country", `"required":true,"autocomplete":true,"choices":null,"options":null,"channel_types":null`) + `,` +
		plain("type", `"choices":[{"name":"mobile","value":"MOBILE","name_localizations":{"de":"mobil"}},{"name":"any","value":""}]`) + `,` +
		`{"type":4,"name":"limit","description":"How many","min_value":1,"max_value":50,"choices":[{"name":"ten","value":10}]},` +
		`{"type":10,"name":"price","description":"At most","min_value":0.5},` +
		`{"type":5,"name":"free","description":"Only free"},{"type":11,"name":"paper","description":"A document","file_types":["pdf"]},` +
		`{"type":3,"name":"größe","description":"Umlauts","min_length":0,"max_length":6000}]}`
	return map[string]discordspec.Request{
		"gateway":               request("GET /api/v9/gateway", ""),
		"gateway of bots":       request("GET /api/v10/gateway/bot", ""),
		"application":           request("GET /api/v10/applications/@me", ""),
		"commands are listed":   request("GET /api/v10/applications/12/guilds/34/commands?with_localizations=true", ""),
		"no commands":           request(guildCommands, `[]`),
		"path without version":  request("GET /channels/78/messages/90", ""),
		"answer is deleted":     request("DELETE /api/v10/webhooks/12/"+hookToken+"/messages/@original", ""),
		"message is deleted":    request("DELETE /api/v10/channels/78/messages/90", ""),
		"nested commands":       request(guildCommands, slash(search+`,{"type":2,"name":"own","description":"Yours","options":[{"type":1,"name":"list","description":"List them"}]}`)),
		"permissions as string": request(allCommands, `[{"type":1,"name":"did","description":"Numbers","default_member_permissions":"0","contexts":[0],"nsfw":true,"description_localizations":{"de":"Nummern"}}]`),
		"kinds of commands":     request(guildCommands, `[{"type":2,"name":"Show Orders","description":""},{"type":3,"name":"Show Orders"},{"name":"show","description":"Shows"}]`),
		"one command":           request(newCommand, `{"name":"did","description":"Numbers"}`),
		"part of a command":     request(oneCommand, `{"description":"More numbers"}`),

		"embeds and rows": request(callback, answer(4, say(`"content":"","tts":false,"flags":64,"embeds":[`+embed+`],`+rows(buyButton+`,{"type":2,"style":5,"label":"Open","url":"https://example.com/o-1"}`)))),
		"deferral":        request(callback, answer(5, `{"flags":64,"tts":false,"content":"","components":null,"embeds":null}`)),
		"bare deferral":   request(callback, `{"type":5}`),
		"silent update":   request(callback, `{"type":6}`),
		"update":          request(callback, answer(7, say(`"content":"done","embeds":[],"components":[]`))),
		"suggestions":     request(callback, answer(8, `{"choices":[{"name":"United Arab Emirates","value":"UAE"},{"name":"Yemen","value":"YE"}]}`)),
		"no suggestions":  request(callback, answer(8, `{"choices":[]}`)),
		"modal of rows":   request(callback, answer(9, `{"custom_id":"v1:digits:o-1","title":"Give up +971…","components":[`+textRow+`]}`)),
		"modal of labels": request(callback, answer(9, `{"custom_id":"m","title":"Give up","components":[{"type":10,"content":"It is final."},{"type":18,"label":"Digits","component":{"type":4,"custom_id":"digits","style":1}},{"type":18,"label":"Why","description":"Pick one","component":`+choose(`"options":[{"label":"a","value":"a"}]`)+`}]}`)),

		"message with nonce": request(messages, say(`"content":"Order o-1","nonce":"o-1:posted","enforce_nonce":true,"components":null,"embeds":null,"sticker_ids":null,"tts":false`)),
		"named mentions":     request(messages, `{"flags":32768,"components":[{"type":17,"components":[{"type":10,"content":"<@5>, of <@&6>"}]}],"allowed_mentions":{"parse":[],"users":["5"],"roles":["6"]},"message_reference":{"message_id":"90","fail_if_not_exists":false}}`),
		"direct channel":     request("POST /api/v10/users/@me/channels", `{"recipient_id":"5"}`),
		"select menus":       request(messages, say(`"content":"pick",`+rows(choose(`"placeholder":"Pick a number","min_values":1,"max_values":2,"disabled":false,"options":[{"label":"a","value":"a","default":true,"description":"first","emoji":{"name":"🔥"}},{"label":"a","value":"b","default":true}]`), `{"type":5,"custom_id":"who"}`))),
		"five rows":          request(messages, say(`"content":"pages",`+rows(many(5, `{"type":2,"style":1,"label":"p","custom_id":"a%d"}`), many(5, `{"type":2,"style":2,"label":"p","custom_id":"b%d"}`), many(5, `{"type":2,"style":4,"label":"p","custom_id":"c%d"}`), `{"type":2,"style":1,"emoji":{"name":"🔥"},"custom_id":"d"}`, `{"type":2,"style":6,"sku_id":"5"}`))),
		"message is edited":  request(oneMessage, say(`"embeds":[`+embed+`],"components":[]`)),
		"buttons are taken":  request(oneMessage, say(`"components":[]`)),
		"answer is edited":   request(original, say(`"content":"x","embeds":[`+embed+`],"components":[]`)),
		"further answer":     request(followup, say(`"content":"more","tts":false,"flags":64`)),
		"components v2": request(messages, say(display(`{"type":17,"accent_color":5814783,"components":[{"type":10,"content":"# Order"},{"type":14,"divider":true,"spacing":1},`+
			`{"type":9,"components":[{"type":10,"content":"a line"}],"accessory":`+buyButton+`},{"type":1,"components":[{"type":2,"style":2,"label":"No","custom_id":"v1:reject:o-1"}]},`+
			`{"type":12,"items":[{"media":{"url":"attachment://a.png"}}]}]},{"type":13,"file":{"url":"attachment://rows.csv"}}`))),
		"files":              upload(tb, original, say(`"content":"all rows","attachments":[{"id":"0","filename":"rows.csv","description":"All rows"}]`), "files[0]", "files[1]"),
		"files of discordgo": upload(tb, original, say(`"content":"x","attachments":[{"id":"0","url":"","filename":"rows.csv","width":0,"size":0,"ephemeral":false}]`), "files[0]"),
		"files, no text":     upload(tb, messages, `{QUIET}`, "files[0]"),
		"files of answers":   upload(tb, callback, answer(4, say(`"content":"x"`)), "files[0]"),
		"attachments stay":   request(oneMessage, say(`"content":"x","attachments":[{"id":"1300000000000000000"}]`)),
		"full command":       request(guildCommands, slash(many(25, `{"type":3,"name":"o%[1]d","description":"d"}`))),
		"full embed":         request(messages, say(`"embeds":[{"title":`+long(256)+`,"description":`+long(4096)+`,"fields":[{"name":`+long(256)+`,"value":`+long(1024)+`}]}]`)),
		"full modal":         request(callback, answer(9, `{"custom_id":`+long(100)+`,"title":`+long(45)+`,"components":[`+textRow+`]}`)),
	}
}

// TestGood finds nothing wrong with requests that are right, with and without
// the document.
func TestGood(t *testing.T) {
	t.Parallel()
	spec := discordspec.Load(t)
	for name, r := range good(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			valid(t, r)
			for _, s := range []*discordspec.Spec{nil, spec} {
				if got := s.Check(r); got != nil {
					t.Errorf("got %q, want nothing (document: %t)", got, s != nil)
				}
			}
		})
	}
}
