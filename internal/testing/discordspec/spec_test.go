package discordspec_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"didops/internal/testing/discordspec"
)

// document returns Discord's document, or skips the test.
func document(tb testing.TB) *discordspec.Spec {
	tb.Helper()
	s := discordspec.Load(tb)
	if s == nil {
		tb.Skip("skipped: no requests are held against Discord's OpenAPI document, which is absent (shared/discord/openapi.json beside the repository, or $DISCORD_OPENAPI)")
	}
	return s
}

func badByDocument(tb testing.TB) []bad {
	tb.Helper()
	return []bad{
		{"unknown path", request("GET /api/v10/nowhere/5", ""), "GET /nowhere/5: there is no such path"},
		{"unknown path with a token", request("GET /api/v10/webhooks/5/"+hookToken+"/nowhere", ""), "GET /webhooks/5/…/nowhere: there is no such path"},
		{"unknown method", request("DELETE /api/v10/gateway", ""), "the path has only the methods GET"},
		{"id of letters", request("GET /api/v10/channels/general/messages/90", ""), `channel_id in the path is "general", want digits`},
		{"unknown query", request("GET /api/v10/gateway/bot?fast=1", ""), `the query has "fast"`},
		{"body of a read", request("GET /api/v10/gateway/bot", "{}"), "a body where none is taken"},
		{"no body", request(messages, ""), "there is no body"},
		{"form for commands", upload(tb, guildCommands, `[]`), "a body of type multipart/form-data is not taken"},
		{"unknown response", request(callback, `{"type":3}`), "type: 3 is no kind of response"},
		{"no type of response", request(callback, `{}`), "type: null is no kind of response"},
		{"content is a number", request(messages, say(`"content":5`)), "content: it is of type number, want"},
		{"unknown member", request(messages, say(`"content":"x","ephemeral":true`)), "ephemeral: Discord knows no such member here"},
		{"unknown member of an edit", request(oneMessage, say(`"content":"x","ID":"5"`)), "ID: Discord knows no such member here"},
		{"unknown member of a response", request(callback, answer(4, say(`"content":"x","attachment":[5]`))), "data/attachment: Discord knows no such member here"},
		{"unknown member of a button", request(messages, say(`"content":"x",`+rows(`{"type":2,"style":1,"label":"l","custom_id":"c","tooltip":"t"}`))), "components/0/components/0/tooltip: Discord knows no such member here"},
		{"unknown member of a field", request(messages, say(`"embeds":[{"fields":[{"name":"n","value":"v","wide":true}]}]`)), "embeds/0/fields/0/wide: Discord knows no such member here"},
		{"member of another option", request(guildCommands, slash(plain("a", `"min_value":5`))), "0/options/0/min_value (/did a): Discord knows no such member here"},
		{"unknown style", request(messages, say(`"content":"x",`+rows(`{"type":2,"style":9,"label":"l","custom_id":"c"}`))), "components/0/components/0/style: it is none of what may be here"},
		{"unknown component", request(messages, say(`"content":"x","components":[{"type":99}]`)), "components/0/type: 99 is of a kind"},
		{"choice of a wrong type", request(guildCommands, slash(plain("a", `"choices":[{"name":"n","value":5}]`))), "choices/0/value (/did a n): it is of type number, want string"},
		{"fraction for an integer", request(guildCommands, slash(`{"type":4,"name":"a","description":"d","min_value":0.5}`)), "min_value"},
		{"permissions of words", request(guildCommands, `[{"name":"did","description":"d","default_member_permissions":"all"}]`), "default_member_permissions (/did): it is of type string"},
		{"131 commands", request(guildCommands, `[`+many(131, `{"name":"c%d","description":"d"}`)+`]`), "131 entries are more than 130"},
		{"colour", request(messages, say(`"embeds":[{"title":"t","color":16777216}]`)), "embeds/0/color: 16777216 is more than 16777215"},
		{"timestamp", request(messages, say(`"embeds":[{"title":"t","timestamp":"today"}]`)), `embeds/0/timestamp: "today" is no date-time`},
		{"url", request(messages, say(`"embeds":[{"title":"t","url":"example"}]`)), `embeds/0/url: "example" is no uri`},
		{"section without accessory", request(messages, say(display(`{"type":9,"components":[{"type":10,"content":"x"}]}`))), "components/0: it lacks accessory"},
		{"modal without title", request(callback, answer(9, `{"custom_id":"m","components":[`+textRow+`]}`)), "data: it lacks title"},
		{"file id", request(oneMessage, say(`"content":"x","attachments":[{"id":"abc"}]`)), `attachments/0/id: "abc" does not match`},
		{"long url of a followup", request(followup, say(`"content":"x","avatar_url":"https://example.com/`+strings.Repeat("x", 2048)+`"`)), "avatar_url: 2068 characters are more than 2048"},
	}
}

// TestDocument finds faults that only the document knows of.
func TestDocument(t *testing.T) {
	t.Parallel()
	spec := document(t)
	for _, tt := range badByDocument(t) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			valid(t, tt.r)
			got := spec.Check(tt.r)
			if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, tt.want) }) {
				t.Errorf("got %q, want a sentence with %q", got, tt.want)
			}
			if len(got) > 2 {
				t.Errorf("got %d sentences %q, want few", len(got), got)
			}
		})
	}
}

// TestOneSentence says a fault that document and rules both know only once.
func TestOneSentence(t *testing.T) {
	t.Parallel()
	spec := document(t)
	for _, body := range []string{
		say(`"embeds":[{"title":` + long(257) + `}]`),
		say(`"embeds":[` + many(11, `{"title":"%d"}`) + `]`),
		say(`"content":"x",` + rows(`{"type":2,"style":1,"label":"l","custom_id":""}`)),
	} {
		if got := spec.Check(request(messages, body)); len(got) != 1 {
			t.Errorf("got %q, want one sentence", got)
		}
	}
}

// TestNoSecrets keeps tokens out of every sentence, and values short.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	spec := discordspec.Load(t)
	for _, r := range []discordspec.Request{
		request("PUT /api/v10/webhooks/12/"+hookToken+"/nowhere?"+hookToken+"=1", ""),
		request("GET /api/v10/interactions/no/"+hookToken+"/callback?x="+hookToken, ""),
		request("POST /api/v10/interactions/no/"+hookToken+"/callback", answer(4, `{"content":5,"embeds":"`+hookToken+`"}`)),
		request(callback, answer(9, `{"custom_id":"`+hookToken+hookToken+hookToken+hookToken+hookToken+`","title":5}`)),
		request("POST /api/v10/applications/@you/commands", `{"name":"`+strings.Repeat("X", 5000)+`","description":"d"}`),
	} {
		got := strings.Join(append(spec.Check(r), (*discordspec.Spec)(nil).Check(r)...), "\n")
		if got == "" && spec != nil || strings.Contains(got, hookToken) || strings.Contains(got, botToken) {
			t.Errorf("got %q, want sentences without tokens", got)
		}
		if len(got) > 1000 {
			t.Errorf("got %d bytes, want short sentences", len(got))
		}
	}
}

// TestStrange survives bodies that have nothing to do with what is wanted.
func TestStrange(t *testing.T) {
	t.Parallel()
	spec := discordspec.Load(t)
	for _, route := range []string{guildCommands, newCommand, oneCommand, messages, oneMessage, callback, followup, original} {
		for _, body := range []string{`null`, `5`, `"x"`, `[]`, `[null]`, `{}`, `[[[]]]`, `{"type":4}`, `{"type":9}`, `{"type":8,"data":5}`, `{"options":[5,null]}`, `{"components":[5,[],{"components":5}]}`, `{"embeds":[null,{"fields":[7]}]}`, `{"type":7,"data":{"components":{}}}`} {
			_ = spec.Check(request(route, body))
			_ = (*discordspec.Spec)(nil).Check(request(route, body))
		}
	}
	for _, r := range []discordspec.Request{{}, {Path: "/"}, {Path: "/api"}, {Path: "/api/v10"}, {Method: "GET", Path: "//webhooks///?%zz"}, {Method: "POST", Path: "/webhooks/1/2", Body: []byte("x")}} {
		if got := append(spec.Check(r), (*discordspec.Spec)(nil).Check(r)...); len(got) == 0 {
			t.Errorf("got nothing for %+v, want a sentence", r)
		}
	}
}

// TestParallel checks many requests at once.
func TestParallel(t *testing.T) {
	t.Parallel()
	spec, all := discordspec.Load(t), good(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for name, r := range all {
				if got := spec.Check(r); got != nil {
					t.Errorf("%s: got %q, want nothing", name, got)
				}
			}
		})
	}
	wg.Wait()
}

// TestLoad loads once, and says a word where there is nothing to load.
func TestLoad(t *testing.T) {
	t.Parallel()
	if a, b := discordspec.Load(t), discordspec.Load(t); a != b {
		t.Errorf("got two documents, want one")
	}
	if os.Getenv("DISCORDSPEC_TEST_CHILD") != "" {
		return
	}
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{"paths":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		filepath.Join(t.TempDir(), "absent.json"): "requests are not validated",
		broken: "it has no paths",
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^(TestLoad|TestGood)$", "-test.v")
		cmd.Env = append(os.Environ(), "DISCORDSPEC_TEST_CHILD=1", "DISCORD_OPENAPI="+file)
		out, err := cmd.CombinedOutput()
		if !strings.Contains(string(out), want) || (err == nil) != (file != broken) {
			t.Errorf("got %v and %s, want %q", err, out, want)
		}
	}
}

// BenchmarkCheck checks requests one kind at a time.
func BenchmarkCheck(b *testing.B) {
	spec, all := discordspec.Load(b), good(b)
	for _, name := range []string{"nested commands", "full command", "embeds and rows", "components v2", "message with nonce", "deferral", "suggestions"} {
		for document, s := range map[bool]*discordspec.Spec{true: spec, false: nil} {
			b.Run(fmt.Sprintf("%s/document=%t", strings.ReplaceAll(name, " ", "-"), document && s != nil), func(b *testing.B) {
				r := all[name]
				s.Check(r)
				b.ReportAllocs()
				for b.Loop() {
					s.Check(r)
				}
			})
		}
	}
}
