package discordspec

import (
	"net/http"
	"strings"
)

// lint checks the rules that need no document.
func (q *opened) lint() {
	q.authorization()
	body := object(q.body)
	switch q.act {
	case putCommands:
		commands(&q.report, array(q.body))
	case putCommand, mendCommand:
		command(&q.report, "", body, q.act == mendCommand)
	case post, edit, follow, editAnswer:
		if body != nil {
			q.message("", body)
		}
	case respond:
		q.response(body)
	case other:
	}
}

// authorization wants the bot's token where it is needed and nowhere else: in
// a request whose path has a token it only adds to what a log may tell.
func (q *opened) authorization() {
	got := q.header.Get("Authorization")
	switch {
	case q.token != "":
		if got != "" {
			q.add("", "the bot's token is sent, and the token in the path is enough")
		}
	case q.method == http.MethodGet && q.path[0] == "gateway" && len(q.path) == 1:
	case got == "":
		q.add("", "there is no Authorization")
	case !strings.HasPrefix(got, "Bot ") || strings.TrimSpace(got[len("Bot "):]) == "":
		q.add("", "the Authorization is not that of a bot")
	}
}

// uploads checks the names of a form's files, and that attachments speak of
// files that are there.
func (q *opened) uploads(at place, m map[string]any) {
	seen := map[string]place{}
	for _, name := range q.files {
		if n := strings.TrimSuffix(strings.TrimPrefix(name, "files["), "]"); len(n) != 1 || !digits(n) || name != "files["+n+"]" {
			q.add(place(name), "the name of a file's part is not files[0] to files[9]")
		}
		q.once(seen, place(name), "name", name)
	}
	const indices = 2 // digits of an index; a message's attachments have ids of many
	for i, v := range array(m["attachments"]) {
		id := text(object(v)["id"])
		if n, ok := number(object(v)["id"]); ok {
			id = short(n)
		}
		if _, ok := seen["files["+id+"]"]; !ok && len(id) <= indices {
			q.add(at.in("attachments").at(i).in("id"), "there is no file of the number %s", short(id))
		}
	}
}
