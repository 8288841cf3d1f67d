package order

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/audit"
	"didops/internal/identity"
)

// history is what the trail says of one order: what its record must be,
// whoever has written to the store.
type history struct {
	last      int64 // entry of its last transition
	nth       int   // which of the order's that is; 0 = by a didops that did not count
	state     State
	exchange  string
	kind      string
	digest    string // of the record, by its last transition; "" = by a didops that made none
	requester string // who asked, when and why; see told
	decisions []string
	decided   time.Time            // zero until it is
	day       string               // of the last approval
	lines     map[string]LineState // by number as it is shown; missing = waiting
	tries     map[string]int
	doubted   map[string]bool // by number: turned away at least once in a way that proves little
}

// histories are those of all orders of a trail, by id.
type histories map[string]*history

// see takes in the next entry, and returns how it does not follow the one before
// of the same order; "" for none. One about an order that says no state tells of
// an attempt that changed nothing, and so does that of a repeated request.
func (all histories) see(seq int64, e audit.Entry) (gap string) {
	if e.Order == "" || e.State == "" || e.Event == "requested again" {
		return ""
	}
	h := all[e.Order]
	if h == nil {
		h = &history{exchange: e.Exchange, kind: e.Kind, lines: map[string]LineState{}, tries: map[string]int{}, doubted: map[string]bool{}}
		all[e.Order] = h
	}
	gap = h.gap(e)
	h.last, h.nth, h.state, h.digest = seq, e.OrderNth, State(e.State), e.Record
	switch e.Event {
	case "requested":
		h.requester = by(e)
	case decided(true), decided(false), mandateUsed:
		h.decisions = append(h.decisions, decided(e.Event != decided(false))+" by "+by(e))
		if h.state != Pending {
			h.decided = e.At
		}
		h.day = e.At.UTC().Format(time.DateOnly)
	case drillAnswered:
		h.decisions = append(h.decisions, decided(true)+" by "+by(e))
	case "interrupted", takenBack:
		h.interrupt(e.Event == "interrupted")
	}
	if e.Number != "" {
		h.lines[e.Number] = LineState(e.Line)
	}
	switch e.Event {
	case "sent":
		h.tries[e.Number]++
	case turnedAway:
		h.doubted[e.Number] = true
	}
	return gap
}

// gap says how an entry is not the one of its order that follows the last. Those
// of before were not counted.
func (h *history) gap(e audit.Entry) string {
	counted := e.OrderNth == h.nth+1 && (h.nth > 0 || h.last == 0)
	if e.OrderPrev != h.last && (e.OrderPrev > 0 || e.OrderNth > 0) || e.OrderNth > 0 && !counted || e.OrderNth == 0 && h.nth > 0 {
		return fmt.Sprintf("it says that it is number %d of order %s and follows entry %d, and the one before is number %d, entry %d", e.OrderNth, e.Order, e.OrderPrev, h.nth, h.last)
	}
	return ""
}

// by says who did something, when and with which words, as the trail has it.
func by(e audit.Entry) string {
	if e.Actor == nil {
		return "nobody"
	}
	return told(identity.Party{Realm: e.Actor.Realm, ID: e.Actor.ID, Name: e.Actor.Name, Client: e.Actor.Client}, e.At, e.Result)
}

// told is the same of what an order keeps. Names were once kept as they came.
func told(who identity.Party, at time.Time, why string) string {
	text := fmt.Sprintf("%s (%q through %q) at %s", who, clean(who.Name), clean(who.Client), at.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano))
	if why != "" {
		text += fmt.Sprintf(", saying %q", why)
	}
	return text
}

// interrupt is what the end of the process made of the lines that it had in
// hand, or that an order was taken back of those that wait; of those without an
// entry see differs. Those of an order that rests, or of which nothing was sent,
// stay.
func (h *history) interrupt(ended bool) {
	stay := h.state == Scheduled || h.state == Cancelled
	for number, state := range h.lines {
		switch {
		case state == LineSending && ended:
			h.lines[number] = LineUnknown
		case state != LineWaiting || stay:
		case h.doubted[number]:
			h.lines[number] = LineUnknown
		default:
			h.lines[number] = LineSkipped
		}
	}
	if !stay {
		h.lines[""] = LineSkipped // the others
	}
}

// differs returns in which way a record is not what the trail says, as the end
// of a sentence; "" for none.
func (h *history) differs(r Record) string {
	var decisions []string
	for _, d := range r.Decisions {
		decisions = append(decisions, decided(d.Approve)+" by "+told(d.By, d.At, d.Reason))
	}
	requester := told(r.Requester, r.Created, r.Reason)
	switch {
	case r.Entry != h.last:
		return fmt.Sprintf("it is as of entry %d", r.Entry)
	case r.Nth != h.nth:
		return fmt.Sprintf("it has %d entries, and %d by the trail", r.Nth, h.nth)
	case r.Exchange != h.exchange || r.Kind != h.kind:
		return fmt.Sprintf("it is a %s at %s, and was a %s at %s", r.Kind, r.Exchange, h.kind, h.exchange)
	case r.State() != h.state:
		return fmt.Sprintf("it is %s, and was %s", r.State(), h.state)
	case requester != h.requester:
		return fmt.Sprintf("it is asked for by %s, and was by %s", requester, h.requester)
	case !slices.Equal(decisions, h.decisions):
		return fmt.Sprintf("it is %s, and was %s", listed(decisions), listed(h.decisions))
	case !r.Decided.Equal(h.decided):
		return fmt.Sprintf("it was decided at %s, and by the trail at %s", r.Decided.UTC().Format(time.RFC3339Nano), h.decided.UTC().Format(time.RFC3339Nano))
	case r.Day != "" && r.Day != h.day:
		return fmt.Sprintf("it counts on %s, and was approved on %s", r.Day, h.day)
	}
	return h.linesDiffer(r)
}

func listed(decisions []string) string {
	if len(decisions) == 0 {
		return "not decided"
	}
	return strings.Join(decisions, " and ")
}

func (h *history) linesDiffer(r Record) string {
	others := h.lines[""]
	if others == "" {
		others = LineWaiting
	}
	for n, l := range r.Lines {
		number := shown(r.Quote.Lines[n].Number)
		was, told := h.lines[number]
		if !told {
			was = others
		}
		if l.State != was {
			return fmt.Sprintf("the line of %s is %s, and was %s", number, l.State, was)
		}
		if l.Tries != h.tries[number] {
			return fmt.Sprintf("the line of %s was sent %d times, and %d times by the trail", number, l.Tries, h.tries[number])
		}
	}
	return ""
}
