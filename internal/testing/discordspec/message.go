package discordspec

import (
	"fmt"
	"strings"
)

// Flags of messages.
const (
	ephemeral = 1 << 6
	layout    = 1 << 15 // components v2
)

// message checks a message, or what is to be changed of one.
func (q *opened) message(at place, m map[string]any) {
	flags, _ := number(m["flags"])
	v2 := flags&layout != 0
	q.length(at.in("content"), text(m["content"]), 0, 2000)
	q.shown(at, m)
	if v2 {
		for _, name := range []string{"content", "embeds", "poll", "sticker_ids"} {
			if !empty(m[name]) {
				q.add(at.in(name), "a message with the components-v2 flag has components only")
			}
		}
	}
	if q.act == post && flags&ephemeral != 0 {
		q.add(at.in("flags"), "a message of a channel is seen by all: only a response can be ephemeral")
	}
	embeds(&q.report, at, array(m["embeds"]))
	components(&q.report, at, array(m["components"]), v2)
	q.uploads(at, m)
	q.silent(at, m)
	if q.act == post {
		q.nonce(at, m)
	}
}

// partial reports whether a message is changed rather than made.
func (q *opened) partial() bool {
	return q.act == edit || q.act == editAnswer || q.act == respond && kindOf(object(q.body)) == updateMessage
}

// shown wants a message to show something. An edit must not take all away; of
// one that leaves something as it was it is not known.
func (q *opened) shown(at place, m map[string]any) {
	const forward = 1
	if len(q.files) > 0 || !blank(m["content"]) || kindOf(object(m["message_reference"])) == forward {
		return
	}
	for _, name := range []string{"embeds", "components", "attachments", "sticker_ids", "poll", "shared_client_theme"} {
		if !empty(m[name]) {
			return
		}
	}
	if q.partial() {
		for _, name := range []string{"content", "embeds", "components"} {
			if _, ok := m[name]; !ok {
				return
			}
		}
	}
	q.add(at, "the message is empty")
}

// silent wants mentions to be turned off, but for those that a message to a
// channel makes by name. What is not said is up to Discord, and it mentions all
// that is in the text.
func (q *opened) silent(at place, m map[string]any) {
	at = at.in("allowed_mentions")
	allowed := object(m["allowed_mentions"])
	if allowed == nil {
		q.add(at, `it is absent, want {"parse":[]}`)
		return
	}
	if parse, ok := allowed["parse"].([]any); !ok || len(parse) > 0 {
		q.add(at.in("parse"), "it is %s, want []", short(allowed["parse"]))
	}
	if !empty(allowed["replied_user"]) {
		q.add(at.in("replied_user"), "it mentions somebody")
	}
	for name, form := range map[string]string{"users": "<@%s>", "roles": "<@&%s>"} {
		switch ids := array(allowed[name]); {
		case len(ids) > 0 && q.act != post:
			q.add(at.in(name), "it mentions somebody")
		default:
			q.named(at.in(name), ids, form, words(m))
		}
	}
}

// named wants whoever may be mentioned to be mentioned in the text, else it is
// of no use.
func (q *opened) named(at place, ids []any, form, words string) {
	for i, id := range ids {
		if mention := fmt.Sprintf(form, text(id)); !strings.Contains(words, mention) {
			q.add(at.at(i), "it lets %s be mentioned, which the message does not do", mention)
		}
	}
}

// words are all texts of a message or component.
func words(m map[string]any) string {
	all := []string{text(m["content"])}
	for _, inner := range array(m["components"]) {
		all = append(all, words(object(inner)))
	}
	return strings.Join(all, "\n")
}

// nonce wants a nonce that makes a second message impossible.
func (q *opened) nonce(at place, m map[string]any) {
	value, enforced := m["nonce"], truth(m["enforce_nonce"])
	switch {
	case empty(value) && enforced:
		q.add(at.in("enforce_nonce"), "there is no nonce to enforce")
	case !empty(value) && !enforced:
		q.add(at.in("nonce"), "without enforce_nonce it keeps nothing from coming twice")
	}
	q.length(at.in("nonce"), text(value), 0, 25)
}
