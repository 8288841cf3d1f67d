package notify

import (
	"slices"
	"strings"
)

// kind is a type of events.
type kind struct {
	name    string
	meaning string
	words   []string // of [audit.Entry.Event] that it is made of
}

// The types that something is decided by.
const (
	typeChanged = "order.changed"
	typeSettled = "order.settled"
	typeOther   = "audit"

	// TypeTest is the type of an event that somebody sends to try a receiver. It is
	// sent whatever a receiver wants to be told of.
	TypeTest = "test"
)

// kinds are all types of events, in the order in which people read them. What
// the trail calls otherwise is of the type "audit".
func kinds() []kind {
	return []kind{
		{"order.requested", "An order was asked for: it needs somebody to decide it", []string{"requested"}},
		{"order.decided", "An approval, a rejection, the end of its time, its cancellation, or that it was taken back after its approval; `state` says whether that was the last word", []string{
			"approved", "rejected", "expired", "cancelled", "taken back",
		}},
		{typeChanged, "Something happened to an order, or to one number of it, and it is not over", []string{
			"sent", "done", "failed", "unknown", "waiting", "turned away", "not read again", "over a limit", "mandate over", "bought already", "not as approved", "changed", "skipped",
			"answered", "looked for", "let go", "interrupted", "rescheduled", "settled", "corrected", "contradicted", "gone",
		}},
		{typeSettled, "The same, and with it the order is over: `state` is its outcome. One that is corrected later has another", nil},
		{"order.scheduled", "An approved order waits for its time; that it has come tells `sent`", []string{"scheduled"}},
		{"mandate.used", "A mandate decided a purchase, which is sent after its time of grace unless somebody stops it", []string{"mandate used"}},
		{"mandate.revoked", "A mandate was revoked", []string{"mandate revoked"}},
		{"order.refused", "Somebody was refused a request, a decision or a cancellation, or asked for the same again", []string{
			"requested again", "request refused", "decision refused", "answer refused", "cancellation refused",
		}},
		{"numbers.changed", "Own numbers came, went, or are otherwise than they were", []string{"numbers changed"}},
		{"numbers.labelled", "Somebody said whose numbers are, or what they are for", []string{"labelled"}},
		{"watch.hit", "Numbers came up for sale that fit a watch", []string{"watch hit"}},
		{"watch.changed", "A watch was added or removed", []string{"watch added", "watch removed"}},
		{"log.key", "The key that signs heads of the trail was changed", []string{"key changed"}},
		{"passkeys.changed", "Somebody was invited to enrol a passkey, enrolled one, or one was removed, or used in a way that is odd", []string{
			"passkey invited", "passkey enrolled", "passkey removed", "passkey warned",
		}},
		{"order.discussed", "Who may decide an order asked its requester back, who answered, or somebody said something of it", []string{
			"asked back", "answered back", "commented",
		}},
		{"order.edited", "Somebody made another order of one that waited: `replaced` tells it of the old one, `edited` of the new one", []string{"edited", "replaced"}},
		{"order.waits", "Nobody has decided an order: somebody was reminded of it, it went to others, or it was handed to somebody", []string{
			"reminded", "escalated", "reassigned",
		}},
		{"drill.answered", "Somebody who may decide orders answered a drill", []string{"drill answered"}},
		{typeOther, "Anything else that is recorded", nil},
	}
}

// Types returns the types that a receiver may ask for.
func Types() []string {
	var list []string
	for _, k := range kinds() {
		list = append(list, k.name)
	}
	return list
}

// typeOf returns the type of what the trail calls so, with the order over or
// not.
func typeOf(word string, over bool) string {
	for _, k := range kinds() {
		if !slices.Contains(k.words, word) {
			continue
		}
		if k.name == typeChanged && over {
			return typeSettled
		}
		return k.name
	}
	return typeOther
}

// Table returns a Markdown table of the types, for the documentation.
func Table() string {
	var b strings.Builder
	b.WriteString("| `type` | Tells | `event` |\n|---|---|---|\n")
	for _, k := range kinds() {
		words := make([]string, 0, len(k.words))
		for _, w := range k.words {
			words = append(words, "`"+w+"`")
		}
		switch k.name {
		case typeSettled:
			words = []string{"as of `" + typeChanged + "`"}
		case typeOther:
			words = []string{"any other word"}
		}
		b.WriteString("| `" + k.name + "` | " + k.meaning + " | " + strings.Join(words, ", ") + " |\n")
	}
	return b.String()
}
