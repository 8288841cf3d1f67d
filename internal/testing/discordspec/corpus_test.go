package discordspec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"didops/internal/testing/discordspec"
)

// The secret parts of the requests here.
const (
	botToken  = "bot-secret-0123456789"
	hookToken = "hook-secret-0123456789"
)

// Where the requests here go.
const (
	guildCommands = "PUT /api/v10/applications/12/guilds/34/commands"
	allCommands   = "PUT /api/v9/applications/12/commands"
	newCommand    = "POST /api/v10/applications/12/guilds/34/commands"
	oneCommand    = "PATCH /api/v10/applications/12/guilds/34/commands/56"
	messages      = "POST /api/v10/channels/78/messages"
	oneMessage    = "PATCH /api/v10/channels/78/messages/90"
	callback      = "POST /api/v10/interactions/11/" + hookToken + "/callback"
	followup      = "POST /api/v9/webhooks/12/" + hookToken
	original      = "PATCH /api/v10/webhooks/12/" + hookToken + "/messages/@original"
)

// request makes a request as a bot does. In its body QUIET turns mentions off.
func request(route, body string) discordspec.Request {
	method, path, _ := strings.Cut(route, " ")
	r := discordspec.Request{Method: method, Path: path, Header: http.Header{}}
	if !strings.Contains(path, hookToken) {
		r.Header.Set("Authorization", "Bot "+botToken)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Body = []byte(strings.ReplaceAll(body, "QUIET", `"allowed_mentions":{"parse":[]}`))
	}
	return r
}

// upload makes a request with files. The part "payload_json" comes first where
// there is a body.
func upload(tb testing.TB, route, body string, parts ...string) discordspec.Request {
	tb.Helper()
	r := request(route, body)
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	write := func(part string, data []byte) {
		out, err := w.CreateFormFile(part, part+".csv")
		if part == "payload_json" {
			out, err = w.CreateFormField(part)
		}
		if err == nil {
			_, err = out.Write(data)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if body != "" {
		write("payload_json", r.Body)
	}
	for _, p := range parts {
		write(p, []byte("number,price\n+1,2\n"))
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Body = b.Bytes()
	return r
}

// long is a text of n characters, as JSON.
func long(n int) string { return `"` + strings.Repeat("x", n) + `"` }

// many joins n values of which each has its number for %[1]d.
func many(n int, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(all, ",")
}

// say makes a message of some members.
func say(members string) string { return "{" + members + ",QUIET}" }

// answer makes the response of a type.
func answer(kind int, data string) string { return fmt.Sprintf(`{"type":%d,"data":%s}`, kind, data) }

// slash makes commands of one with options.
func slash(options string) string {
	return `[{"name":"did","description":"Numbers","options":[` + options + `]}]`
}

// plain makes an option with further members.
func plain(name, members string) string {
	if members != "" {
		members = "," + members
	}
	return `{"type":3,"name":"` + name + `","description":"Some text"` + members + `}`
}

const (
	textRow   = `{"type":1,"components":[{"type":4,"custom_id":"digits","style":1,"label":"Last digits","min_length":4,"max_length":4,"required":true}]}`
	buyButton = `{"type":2,"style":3,"label":"Buy: 12.19 now, 2.19/month","custom_id":"v1:approve:o-1","disabled":false}`
)

// rows makes action rows, one of each list of components.
func rows(lists ...string) string {
	for i, l := range lists {
		lists[i] = `{"type":1,"components":[` + l + `]}`
	}
	return `"components":[` + strings.Join(lists, ",") + `]`
}

// choose makes a select menu with further members.
func choose(members string) string { return `{"type":3,"custom_id":"v1:pick",` + members + `}` }

// display makes the components of a message of the new kind.
func display(list string) string { return `"flags":32768,"components":[` + list + `]` }

// valid checks that a body is JSON, for the tests' own sake.
func valid(tb testing.TB, r discordspec.Request) {
	tb.Helper()
	if r.Header.Get("Content-Type") == "application/json" && !json.Valid(r.Body) {
		tb.Fatalf("the test's own body is no JSON: %s", r.Body)
	}
}
