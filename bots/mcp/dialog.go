package mcp

import (
	"encoding/json"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"

	"didops/internal/identity"
	"didops/tools"
)

const (
	// askPrefix begins the id of every question that is sent to a client, so
	// that answers to those are told from answers to mcp-go's. The operation
	// and the handle of the question follow: an answer says what it answers,
	// whatever process it reaches.
	askPrefix = "ask-"

	// maxAsked is how many questions a caller may have open at once. Somebody
	// with more of them is not reading them.
	maxAsked = 128
)

// sessionKey is who is asked a question: a caller in one of its sessions.
type sessionKey struct{ principal, session string }

// askID is the id of the question with the handle about an operation.
func askID(tool, handle string) string { return askPrefix + tool + "-" + handle }

// askedBy returns the operation and the handle of the question that a response
// answers, if it is one of ours.
func askedBy(id json.RawMessage) (tool, handle string, ok bool) {
	var text string
	if json.Unmarshal(id, &text) != nil {
		return "", "", false
	}
	if text, ok = strings.CutPrefix(text, askPrefix); !ok {
		return "", "", false
	}
	return strings.Cut(text, "-")
}

// answerOf is what a response to a question says. An error closes the dialog
// without a decision.
func answerOf(m message) tools.Answer {
	if given(m.Error) {
		return tools.Answer{}
	}
	return said(m.Result)
}

// dialogs are the questions that this process is asking clients of the
// handshake era. An answer is of use only to the party that was asked, and
// only once. It is safe for concurrent use.
type dialogs struct {
	quiet *quiet

	mu   sync.Mutex
	open map[string]dialog // by the id of the request
}

type dialog struct {
	whom   sessionKey
	answer chan<- heardAnswer // has room for the one that it gets
}

// heardAnswer is a response to a question, and who sent it with the rights that
// they had then: those of the call may have been taken away since.
type heardAnswer struct {
	message
	from identity.Principal
}

// Asking returns how many clients of the handshake era have a dialog open.
func (s *Server) Asking() int {
	s.dialogs.mu.Lock()
	defer s.dialogs.mu.Unlock()
	return len(s.dialogs.open)
}

// begin opens the question with the id and returns where its answer arrives;
// not ok if the caller has too many open. The question must be ended.
func (d *dialogs) begin(whom sessionKey, id string) (answer <-chan heardAnswer, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	open := 0
	for _, other := range d.open {
		if other.whom.principal == whom.principal {
			open++
		}
	}
	if open >= maxAsked {
		return nil, false
	}
	c := make(chan heardAnswer, 1)
	d.open[id] = dialog{whom, c}
	return c, true
}

// end closes a question: what arrives from now on decides nothing.
func (d *dialogs) end(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, id)
}

// take reports whether a response is to a question that this process is
// asking, and hands it over if it is from the party that was asked. One from
// somebody else is dropped. Where a person answers too late, their client is
// one that is worth asking again.
func (d *dialogs) take(from caller, m message) bool {
	var id string
	if json.Unmarshal(m.ID, &id) != nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	q, ok := d.open[id]
	if ok && q.whom == from.key() {
		delete(d.open, id)
		q.answer <- heardAnswer{m, from.who}
	}
	if !ok && strings.HasPrefix(id, askPrefix) && !dismissed(m) {
		d.quiet.heard(from.asked())
	}
	return ok
}

// dismissed reports whether a response closes a dialog without a word of a
// person: even a no would be one.
func dismissed(m message) bool {
	return given(m.Error) || typed(members(m.Result)["action"]) == string(mcp.ElicitationResponseActionCancel)
}
