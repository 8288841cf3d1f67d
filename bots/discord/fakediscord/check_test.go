package fakediscord_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"didops/bots/discord/fakediscord"
)

const (
	put      = "PUT /applications/{application_id}/guilds/{guild_id}/commands"
	callback = "POST /interactions/{interaction_id}/{interaction_token}/callback"
	original = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"
	followup = "POST /webhooks/{webhook_id}/{webhook_token}"
	post     = "POST /channels/{channel_id}/messages"
	patch    = "PATCH /channels/{channel_id}/messages/{message_id}"
)

// quiet is the end of every message.
const quiet = `"allowed_mentions":{"parse":[]}}`

// command is a list of one command with options.
func command(options string) string {
	return `[{"type":1,"name":"did","description":"Numbers","options":[` + options + `]}]`
}

// option is an option with a few members replaced or added.
func option(members string) string {
	m := map[string]any{"type": 3, "name": "country", "description": "A country"}
	if err := json.Unmarshal([]byte("{"+members+"}"), &m); err != nil {
		panic(err)
	}
	b, _ := json.Marshal(m)
	return string(b)
}

func message(members string) string { return "{" + members + "," + quiet }
func answer(members string) string  { return `{"type":4,"data":` + message(members) + `}` }
func row(components string) string {
	return `"components":[{"type":1,"components":[` + components + `]}]`
}

func modal(title, components string) string {
	return fmt.Sprintf(`{"type":9,"data":{"custom_id":"v1:x","title":%q,"components":[%s]}}`, title, components)
}

func many(n int, one func(n int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = one(i)
	}
	return strings.Join(parts, ",")
}

func long(n int) string { return strings.Repeat("x", n) }

// discordgo's own way to write an option, with all the members it leaves in.
const verbose = `{"type":1,"name":"search","description":"Search","channel_types":null,"required":false,"autocomplete":false,"choices":null,"options":[
 {"type":3,"name":"country","description":"Country","channel_types":null,"required":true,"options":null,"autocomplete":true,"choices":null},
 {"type":4,"name":"limit","description":"Limit","channel_types":null,"required":false,"options":null,"autocomplete":false,"choices":null,"min_value":1,"max_value":100},
 {"type":3,"name":"type","description":"Type","choices":[{"name":"Mobile","value":"mobile"}]}]}`

const button = `{"type":2,"style":3,"label":"Buy","custom_id":"v1:approve:o-1","disabled":false}`

const selectMenu = `{"type":3,"custom_id":"v1:pick","placeholder":"Pick one","options":[{"label":"+971","value":"1","description":"","default":false}],"disabled":false}`

func TestCheckTakesGoodRequests(t *testing.T) {
	t.Parallel()
	if !fakediscord.Found(t) {
		t.Skip("Discord's OpenAPI document is not here")
	}
	tests := []struct{ name, route, body string }{
		{"commands", put, command(verbose)},
		{"no commands", put, `[]`},
		{"permissions as a text", put, `[{"name":"did","description":"x","default_member_permissions":"0","contexts":[0],"options":null}]`},
		{"translations", put, `[{"name":"did","description":"x","name_localizations":{"de":"nummer"},"options":null}]`},
		{"deferred", callback, `{"type":5,"data":{"flags":64}}`},
		{"deferred, as discordgo writes it", callback, `{"type":5,"data":{"tts":false,"content":"","components":null,"embeds":null,"flags":64}}`},
		{"deferred update", callback, `{"type":6}`},
		{"choices", callback, `{"type":8,"data":{"choices":[{"name":"UAE","value":"AE"}]}}`},
		{"no choices", callback, `{"type":8,"data":{"choices":[]}}`},
		{"message", callback, answer(`"content":"Hello","tts":false,"components":null,"embeds":null,"flags":64`)},
		{"embed", callback, answer(`"embeds":[{"type":"rich","title":"Order","color":65280,"fields":[{"name":"Fee","value":"2.19","inline":true}],"footer":{"text":"o-1"}}]`)},
		{"buttons", callback, answer(`"content":"x",` + row(button+`,{"type":2,"style":5,"label":"Docs","url":"https://example.net","disabled":false}`))},
		{"menu", callback, answer(`"content":"x",` + row(selectMenu))},
		{"update", callback, `{"type":7,"data":` + message(`"content":"","components":[],"embeds":null`) + `}`},
		{"modal", callback, modal("Give up", `{"type":1,"components":[{"type":4,"custom_id":"digits","label":"Last four digits","style":1,"required":true,"min_length":4,"max_length":4}]}`)},
		{"modal with a label", callback, modal("Give up", `{"type":18,"label":"Last four digits","component":{"type":4,"custom_id":"digits","style":1}}`)},
		{"edit", original, message(`"content":"done"`)},
		{"edit with components v2", original, message(`"flags":32768,"components":[{"type":17,"accent_color":255,"components":[{"type":10,"content":"# Order"},{"type":14},{"type":1,"components":[` + button + `]}]}]`)},
		{"followup", followup, message(`"content":"more","components":null,"flags":64`)},
		{"post", post, message(`"content":"x","embeds":null,"tts":false,"components":null,"sticker_ids":null,"nonce":"n1","enforce_nonce":true`)},
		{"patch", patch, message(`"embeds":[{"description":"done"}],"components":[]`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := fakediscord.Check(t, tt.route, http.Header{"Content-Type": {"application/json"}}, []byte(tt.body)); len(got) > 0 {
				t.Errorf("got %q, want no violation", got)
			}
		})
	}
}

func TestCheckReadsForms(t *testing.T) {
	t.Parallel()
	form := func(payload string) (http.Header, []byte) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for name, text := range map[string]string{`payload_json"`: payload, `files[0]"; filename="numbers.csv"`: "number\n971"} {
			part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + name}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := part.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return http.Header{"Content-Type": {w.FormDataContentType()}}, b.Bytes()
	}
	header, body := form(message(`"attachments":[{"id":"0","filename":"numbers.csv"}]`))
	if got := fakediscord.Check(t, post, header, body); len(got) > 0 {
		t.Errorf("got %q, want no violation: a file is enough of a message", got)
	}
	header, body = form(`{"content":"x"}`)
	if got := fakediscord.Check(t, post, header, body); len(got) != 1 || !strings.Contains(got[0], "allowed_mentions") {
		t.Errorf("got %q, want that allowed_mentions is missing", got)
	}
}

func TestCheckFindsWhatTheDocumentForbids(t *testing.T) {
	t.Parallel()
	if !fakediscord.Found(t) {
		t.Skip("Discord's OpenAPI document is not here")
	}
	choice := func(n int) string { return fmt.Sprintf(`{"name":"n%d","value":"v%d"}`, n, n) }
	tests := []struct{ name, route, body, want string }{
		{"26 choices", put, command(option(`"choices":[` + many(26, choice) + `]`)), "maxItems"},
		{"26 options", put, command(many(26, func(n int) string { return option(fmt.Sprintf(`"name":"o%d"`, n)) })), "maxItems"},
		{"long description", put, command(option(`"description":"` + long(101) + `"`)), "maxLength"},
		{"no description", put, command(option(`"description":""`)), "minLength"},
		{"long name", put, command(option(`"name":"` + long(33) + `"`)), "maxLength"},
		{"text as choice of a number", put, command(option(`"type":4,"choices":[{"name":"a","value":"b"}]`)), ""},
		{"fraction of an integer", put, command(option(`"type":4,"min_value":1.5`)), ""},
		{"unknown type of option", put, command(option(`"type":12`)), ""},
		{"six buttons", callback, answer(`"content":"x",` + row(many(6, func(n int) string { return fmt.Sprintf(`{"type":2,"style":1,"label":"b","custom_id":"c%d"}`, n) }))), "maxItems"},
		{"long custom_id", callback, answer(`"content":"x",` + row(`{"type":2,"style":1,"label":"b","custom_id":"`+long(101)+`"}`)), "maxLength"},
		{"long content", callback, answer(`"content":"` + long(2001) + `"`), "maxLength"},
		{"11 embeds", callback, answer(`"embeds":[` + many(11, func(int) string { return `{"title":"x"}` }) + `]`), "maxItems"},
		{"long title", callback, answer(`"embeds":[{"title":"` + long(257) + `"}]`), "maxLength"},
		{"long value", original, message(`"embeds":[{"fields":[{"name":"n","value":"` + long(1025) + `"}]}]`), "maxLength"},
		{"bad colour", original, message(`"embeds":[{"title":"x","color":16777216}]`), "maximum"},
		{"long modal title", callback, modal(long(46), `{"type":1,"components":[{"type":4,"custom_id":"a","label":"l","style":1}]}`), "maxLength"},
		{"button in a modal", callback, modal("x", `{"type":1,"components":[`+button+`]}`), ""},
		{"long label", callback, modal("x", `{"type":1,"components":[{"type":4,"custom_id":"a","label":"`+long(46)+`","style":1}]}`), "maxLength"},
		{"26 proposals", callback, `{"type":8,"data":{"choices":[` + many(26, choice) + `]}}`, ""},
		{"unknown component", callback, answer(`"content":"x","components":[{"type":99}]`), ""},
		{"unknown response", callback, `{"type":99}`, ""},
		{"menu without options", post, message(`"content":"x",` + row(`{"type":3,"custom_id":"a","options":[]}`)), ""},
		{"long nonce", post, message(`"content":"x","nonce":"` + long(26) + `"`), ""},
		{"content is a number", patch, message(`"content":7`), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := fakediscord.Check(t, tt.route, http.Header{"Content-Type": {"application/json"}}, []byte(tt.body))
			text := strings.Join(got, "\n")
			if len(got) == 0 || !strings.Contains(text, tt.want) {
				t.Errorf("got %q, want a violation of %q", text, tt.want)
			}
			if len(text) > 2500 {
				t.Errorf("got %d characters of explanation, want fewer:\n%s", len(text), text)
			}
		})
	}
}

func TestCheckFindsWhatTheDocumentIsSilentAbout(t *testing.T) {
	t.Parallel()
	texts := func(n int) string {
		return many(n, func(int) string { return `{"type":10,"content":"x"}` })
	}
	tests := []struct{ name, route, body, want string }{
		{"upper case", put, command(option(`"name":"Country"`)), "lower-case"},
		{"space in a name", put, command(option(`"name":"a b"`)), "lower-case"},
		{"sign in a name", put, command(option(`"name":"a/b"`)), "lower-case"},
		{"command without description", put, `[{"name":"did","options":null}]`, "no description"},
		{"autocomplete with choices", put, command(option(`"autocomplete":true,"choices":[{"name":"a","value":"b"}]`)), "both choices and autocomplete"},
		{"required after optional", put, command(option(``) + "," + option(`"name":"b","required":true`)), "after one that is not"},
		{"option twice", put, command(option(``) + "," + option(``)), "stands twice"},
		{"command twice", put, `[{"name":"did","description":"a"},{"name":"did","description":"b"}]`, "stands twice"},
		{"subcommand beside option", put, command(`{"type":1,"name":"search","description":"x"},` + option(``)), "both subcommands and options"},
		{"no value fits", put, command(option(`"type":4,"min_value":5,"max_value":2`)), "above max_value"},
		{"8000 characters", put, command(many(20, func(n int) string {
			return fmt.Sprintf(`{"type":1,"name":"s%d","description":"x","options":[%s]}`, n, many(5, func(k int) string {
				return option(fmt.Sprintf(`"name":"o%d","description":"%s"`, k, long(90)))
			}))
		})), "characters in all"},
		{"custom_id twice", callback, answer(`"content":"x",` + row(button+","+button)), "stands twice"},
		{"button without custom_id", callback, answer(`"content":"x",` + row(`{"type":2,"style":1,"label":"b"}`)), "no custom_id"},
		{"link without url", callback, answer(`"content":"x",` + row(`{"type":2,"style":5,"label":"b"}`)), "needs a url"},
		{"button without label", callback, answer(`"content":"x",` + row(`{"type":2,"style":1,"custom_id":"b","label":""}`)), "neither label nor emoji"},
		{"menu beside button", callback, answer(`"content":"x",` + row(selectMenu+","+button)), "menu and something else"},
		{"6001 characters of embeds", post, message(`"embeds":[{"description":"` + long(3000) + `"},{"description":"` + long(3001) + `"}]`), "at most 6000"},
		{"field without name", patch, message(`"embeds":[{"fields":[{"name":"","value":"x"}]}]`), "no name or no value"},
		{"empty embed", patch, message(`"embeds":[{}]`), "embed 0 is empty"},
		{"empty message", post, message(`"content":""`), "the message is empty"},
		{"empty answer", callback, answer(`"content":""`), "the message is empty"},
		{"empty edit", original, "{" + quiet, "changes nothing"},
		{"content with components v2", original, message(`"content":"x","flags":32768,"components":[{"type":10,"content":"y"}]`), "components v2"},
		{"41 components", post, message(`"flags":32768,"components":[{"type":17,"components":[` + texts(30) + `]},{"type":17,"components":[` + texts(9) + `]}]`), "41 components"},
		{"mentions not off", post, `{"content":"@everyone"}`, "allowed_mentions is missing"},
		{"mentions on", original, `{"content":"x","allowed_mentions":{"parse":["users"]}}`, "want []"},
		{"unknown member", post, message(`"content":"x","colour":1`), "/colour: Discord knows no such member"},
		{"unknown member of an edit", patch, message(`"content":"x","ID":"1"`), "/ID: Discord knows no such member"},
		{"unknown member of a button", post, message(`"content":"x",` + row(`{"type":2,"style":1,"label":"b","custom_id":"a","value":"v"}`)), "/value: Discord knows no such member"},
		{"unknown member of an option", put, command(option(`"default":"AE"`)), "/default: Discord knows no such member"},
		{"no JSON", post, `{`, "no JSON"},
	}
	found := fakediscord.Found(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !found && strings.Contains(tt.want, "knows no such member") {
				t.Skip("Discord's OpenAPI document is not here")
			}
			got := strings.Join(fakediscord.Check(t, tt.route, http.Header{"Content-Type": {"application/json"}}, []byte(tt.body)), "\n")
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
