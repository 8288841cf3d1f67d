package notify

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"didops/internal/audit"
)

// Event is the body of a message: what happened, as everybody may hear it.
type Event struct {
	Type string    `json:"type"`
	At   time.Time `json:"timestamp"` // when it happened, UTC
	Data Data      `json:"data"`
}

// Data is what an event says. What there is not is left out.
type Data struct {
	Sandbox bool     `json:"sandbox"`           // it is not real
	Event   string   `json:"event"`             // as the trail calls it
	Order   string   `json:"order,omitempty"`   // its id
	Kind    string   `json:"kind,omitempty"`    // of the order: purchase …; or what else it is about
	State   string   `json:"state,omitempty"`   // of the order after it
	Numbers []string `json:"numbers,omitempty"` // that it is about, as +E.164
	Line    string   `json:"line,omitempty"`    // state of that number in the order, after it
	Text    string   `json:"text"`              // one sentence for people; what others wrote is in “”
	Entry   int64    `json:"entry,omitempty"`   // number in the trail
	Hash    string   `json:"hash,omitempty"`    // of that entry
}

// mostListed is how many numbers an event lists.
const mostListed = 100

// idLength is how many digits of an entry's hash the id of its event has.
const idLength = 32

// ID returns the id of the event that is made of the entry with a hash.
func ID(hash string) string { return "msg_" + hash[:min(idLength, len(hash))] }

// NewTest returns an event that tells of nothing, and its id.
func NewTest(sandbox bool, at time.Time) (id string, body []byte, err error) {
	e := Event{Type: TypeTest, At: at.UTC().Truncate(time.Microsecond), Data: Data{Sandbox: sandbox, Event: TypeTest, Text: "didops webhook test: nothing happened"}}
	body, err = json.Marshal(e)
	return "msg_test_" + strings.ToLower(rand.Text()), body, err
}

// over are the states of orders in which nothing is to come.
func over(state string) bool {
	return slices.Contains([]string{"done", "partial", "failed", "changed", "rejected", "expired", "cancelled"}, state)
}

// address is an address of calls or messages.
var address = regexp.MustCompile(`(?i)\b(sips?|smpps?):[^\s,;”"]+`)

// hidden is the reverse of routing: where calls and messages go is nobody's
// business.
func hidden(text string) string { return address.ReplaceAllString(text, "$1:***") }

// read returns the entry that is kept.
func read(k audit.Kept) (audit.Entry, error) {
	var e audit.Entry
	if err := json.Unmarshal([]byte(k.Text), &e); err != nil {
		return audit.Entry{}, fmt.Errorf("read audit entry %d: %w", k.Seq, err)
	}
	return e, nil
}

// eventOf makes an event of an entry.
func eventOf(k audit.Kept, e audit.Entry, sandbox bool) Event {
	e.Result, e.Differs = hidden(e.Result), withoutRouting(e.Differs)
	numbers := strings.Fields(e.Number)
	return Event{
		Type: typeOf(e.Event, over(e.State)), At: e.At.UTC(),
		Data: Data{
			Sandbox: sandbox, Event: e.Event, Order: e.Order, Kind: e.Kind, State: e.State,
			Numbers: numbers[:min(len(numbers), mostListed)], Line: e.Line,
			Text: hidden(e.Sentence()), Entry: k.Seq, Hash: k.Hash,
		},
	}
}

// withoutRouting says of routing that differs only that it does.
func withoutRouting(d audit.Differences) audit.Differences {
	masked := "***"
	hide := func(value *string) *string {
		if value == nil {
			return nil
		}
		return &masked
	}
	d = maps.Clone(d)
	for field, v := range d {
		if strings.HasSuffix(field, "contact") {
			d[field] = [2]*string{hide(v[0]), hide(v[1])}
		}
	}
	return d
}

// Subject is what an entry is about: events of the same are told in order. It is
// the order; else the one number, else the kind of thing.
func Subject(e audit.Entry) string {
	number := ""
	if list := strings.Fields(e.Number); len(list) == 1 {
		number = list[0]
	}
	return cmp.Or(e.Order, number, e.Kind, e.Event)
}
