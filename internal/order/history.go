package order

import (
	"fmt"
	"slices"
	"time"

	"didops/internal/audit"
)

// history is what the trail says of one order: what its record must be,
// whoever has written to the store.
type history struct {
	last      int64 // entry of its last transition
	state     State
	exchange  string
	kind      string
	requester string // surface:id
	decisions []string
	day       string               // of the last approval
	lines     map[string]LineState // by number as it is shown; missing = waiting
	tries     map[string]int
	doubted   map[string]bool // by number: turned away at least once in a way that proves little
}

// histories are those of all orders of a trail, by id.
type histories map[string]*history

// see takes in the next entry. One about an order that says no state tells of
// an attempt that changed nothing, and so does that of a repeated request.
func (all histories) see(seq int64, e audit.Entry) {
	if e.Order == "" || e.State == "" || e.Event == "requested again" {
		return
	}
	h := all[e.Order]
	if h == nil {
		h = &history{exchange: e.Exchange, kind: e.Kind, lines: map[string]LineState{}, tries: map[string]int{}, doubted: map[string]bool{}}
		all[e.Order] = h
	}
	h.last, h.state = seq, State(e.State)
	switch e.Event {
	case "requested":
		h.requester = by(e.Actor)
	case decided(true), decided(false):
		h.decisions = append(h.decisions, e.Event+" by "+by(e.Actor))
		h.day = e.At.UTC().Format(time.DateOnly)
	case "interrupted":
		h.interrupt()
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
}

func by(a *audit.Actor) string {
	if a == nil {
		return "nobody"
	}
	return a.Realm + ":" + a.ID
}

// interrupt is what the end of the process made of the lines that it had in
// hand; of those without an entry see differs.
func (h *history) interrupt() {
	for number, state := range h.lines {
		switch state {
		case LineSending:
			h.lines[number] = LineUnknown
		case LineWaiting:
			h.lines[number] = LineSkipped
			if h.doubted[number] {
				h.lines[number] = LineUnknown
			}
		case LineDone, LineFailed, LineUnknown, LineSkipped, LineChanged:
		}
	}
	h.lines[""] = LineSkipped // the others
}

// differs returns in which way a record is not what the trail says, as the end
// of a sentence; "" for none.
func (h *history) differs(r Record) string {
	var decisions []string
	for _, d := range r.Decisions {
		decisions = append(decisions, decided(d.Approve)+" by "+d.By.String())
	}
	switch {
	case r.Entry != h.last:
		return fmt.Sprintf("it is as of entry %d", r.Entry)
	case r.Exchange != h.exchange || r.Kind != h.kind:
		return fmt.Sprintf("it is a %s at %s, and was a %s at %s", r.Kind, r.Exchange, h.kind, h.exchange)
	case r.State() != h.state:
		return fmt.Sprintf("it is %s, and was %s", r.State(), h.state)
	case r.Requester.String() != h.requester:
		return fmt.Sprintf("it is asked for by %s, and was by %s", r.Requester, h.requester)
	case !slices.Equal(decisions, h.decisions):
		return fmt.Sprintf("it is %q, and was %q", decisions, h.decisions)
	case r.Day != "" && r.Day != h.day:
		return fmt.Sprintf("it counts on %s, and was approved on %s", r.Day, h.day)
	}
	return h.linesDiffer(r)
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
