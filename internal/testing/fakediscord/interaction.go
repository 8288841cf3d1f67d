package fakediscord

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"
)

// The kinds of interactions.
const (
	kindCommand      = 2
	kindComponent    = 3
	kindAutocomplete = 4
	kindModal        = 5
)

// Interaction is something that a person did, and what the bot answered.
type Interaction struct {
	ID, Token string

	f         *Fake
	kind      int
	actor     Actor
	channel   string
	source    string // id of the message that the component is on
	sent      time.Time
	response  *Response
	answer    string // id of the message that is the original response
	followups []string
	expired   bool
	acked     chan struct{} // closed with the first response
	status    int           // of the answer by HTTP
}

// Response is the first response to an interaction.
type Response struct {
	Type  int // 4 message, 5 deferred, 6 deferred update, 7 update, 8 choices, 9 modal
	Flags int
	Data  json.RawMessage
	After time.Duration // how long it took
}

// Modal is a form that the bot opened.
type Modal struct {
	CustomID, Title string
	Inputs          []Component // text inputs and selects
	Text            string      // all that is read on it

	from *Interaction
	tree []Component
}

// Choice is a proposal of autocomplete.
type Choice struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

func (i *Interaction) String() string { return fmt.Sprintf("interaction %s of %s", i.ID, i.actor.Name) }

// Ack waits for the first response.
func (i *Interaction) Ack(tb testing.TB) *Response {
	tb.Helper()
	timeout := time.NewTimer(i.f.patience)
	defer timeout.Stop()
	select {
	case <-i.acked:
		return i.response
	case <-timeout.C:
		tb.Fatalf("discord: waited %s for the response to %s\n%s", i.f.patience, i, i.f.tail())
		return nil
	}
}

// Acked reports whether the first response has come.
func (i *Interaction) Acked() bool {
	i.f.mu.Lock()
	defer i.f.mu.Unlock()
	return i.response != nil
}

// Message waits for the message that answers the interaction, after a
// deferral for its first edit. After a deferred update it is the message that
// the component is on, edited.
func (i *Interaction) Message(tb testing.TB) *Message {
	tb.Helper()
	return i.MessageWhere(tb, func(*Message) bool { return true })
}

// MessageWhere waits until the message that answers the interaction suits.
func (i *Interaction) MessageWhere(tb testing.TB, suits func(*Message) bool) *Message {
	tb.Helper()
	return wait(tb, i.f, "the message that answers "+i.String(), func() (*Message, bool) {
		m := i.f.in(i.channel).byID[i.answer]
		if m == nil || m.Flags&flagLoading != 0 || !suits(m) {
			return nil, false
		}
		return m, i.response.Type != 6 || m.touchedBy == i.ID
	})
}

// Followup waits for the n-th further message.
func (i *Interaction) Followup(tb testing.TB, n int) *Message {
	tb.Helper()
	return wait(tb, i.f, fmt.Sprintf("followup %d of %s", n, i), func() (*Message, bool) {
		if len(i.followups) < n {
			return nil, false
		}
		return i.f.in(i.channel).byID[i.followups[n-1]], true
	})
}

// Choices waits for the proposals of autocomplete.
func (i *Interaction) Choices(tb testing.TB) []Choice {
	tb.Helper()
	r := i.Ack(tb)
	var data struct {
		Choices []Choice `json:"choices"`
	}
	if err := json.Unmarshal(r.Data, &data); err != nil || r.Type != 8 {
		tb.Fatalf("discord: %s was answered with type %d (%v), want choices", i, r.Type, err)
	}
	return data.Choices
}

// Modal waits for the form that the interaction opens.
func (i *Interaction) Modal(tb testing.TB) *Modal {
	tb.Helper()
	r := i.Ack(tb)
	var data struct {
		CustomID   string      `json:"custom_id"`
		Title      string      `json:"title"`
		Components []Component `json:"components"`
	}
	if err := json.Unmarshal(r.Data, &data); err != nil || r.Type != 9 {
		tb.Fatalf("discord: %s was answered with type %d and %s (%v), want a modal", i, r.Type, r.Data, err)
	}
	all := flat(data.Components)
	text := &Message{Content: data.Title, Components: all}
	return &Modal{
		CustomID: data.CustomID, Title: data.Title, Text: text.Text(), from: i, tree: data.Components,
		Inputs: slices.DeleteFunc(all, func(c Component) bool { return c.CustomID == "" }),
	}
}

// Expire makes the token of the interaction worthless, as time does.
func (i *Interaction) Expire() {
	i.f.mu.Lock()
	defer i.f.mu.Unlock()
	i.expired = true
}

// Status waits for the status of the answer to an interaction that was
// delivered by HTTP.
func (i *Interaction) Status(tb testing.TB) int {
	tb.Helper()
	return wait(tb, i.f, "the answer by HTTP to "+i.String(), func() (int, bool) { return i.status, i.status != 0 })
}

// Forget takes the interaction out of the record, with its messages.
func (i *Interaction) Forget() {
	i.f.mu.Lock()
	defer i.f.mu.Unlock()
	delete(i.f.interactions, i.Token)
	for _, id := range append(i.followups, i.answer) {
		delete(i.f.in(i.channel).byID, id)
	}
}
