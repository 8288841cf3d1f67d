package order

import (
	"slices"
	"time"

	"didops/internal/approval"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/risk"
)

// Phase is how far an order has come. What became of an order that is over
// follows from its lines; see [Record.State].
type Phase string

// The phases.
const (
	PhasePending   Phase = "pending"   // for a decision
	PhaseExecuting Phase = "executing" // its lines are being sent; of a scheduled order, one of them
	PhaseScheduled Phase = "scheduled" // no line is being sent, and one at least waits until it is due
	PhaseRejected  Phase = "rejected"
	PhaseExpired   Phase = "expired"
	PhaseCancelled Phase = "cancelled"
	PhaseOver      Phase = "over" // no line waits or is being sent
)

// Record is an order as the journal keeps it, with routing in full. It is a
// value: what changes it is a function that returns the next one, and a
// [Store] that keeps it if nobody was faster.
type Record struct {
	ID       string
	Exchange string // url and login; an order is never carried out on another
	Tool     string
	Kind     string
	Risk     risk.Level
	Rev      int64 // counted by the store; 0 = not kept yet

	Phase     Phase
	Key       string // tells the same request from others; see engine.key
	Requester identity.Party
	Reason    string
	Currency  string
	Quote     Quote
	Hash      string // of the quote, under the store's key
	Asked     Rules  // the rules that it was asked under
	Created   time.Time
	Expires   time.Time
	Decided   time.Time // zero until it is decided
	Finished  time.Time // zero until it is over; later where its state was settled later
	Day       string    // UTC day of the approval, 2006-01-02; "" until then
	Dialog    bool      // approved in a client's own dialog
	Decisions []Decision

	// SendAfter is when the first of its lines may be sent at the earliest,
	// though it is approved: until then the order is scheduled. Zero = at once.
	SendAfter time.Time `json:",omitzero"`

	Mandate *Mandated `json:",omitempty"` // that the quote names; nil: none

	Lines []LineRecord // as many as the quote has

	TakenBack *TakenBack `json:",omitempty"` // after the approval; nil: it was not

	Talk       []Remark        `json:",omitempty"` // what was said while it waited, oldest first
	Replaces   string          `json:",omitempty"` // the order that an edit made it of; "" = it was asked for
	Edited     *Edited         `json:",omitempty"` // by whom and how
	ReplacedBy string          `json:",omitempty"` // the order that an edit made of it
	Editor     *identity.Party `json:",omitempty"` // who made that
	Assigned   *Assigned       `json:",omitempty"` // who is asked; nil: all who may decide
	Reminded   int             `json:",omitzero"`  // how many of its reminders were told
	Escalated  int             `json:",omitzero"`  // how often it has gone to others

	Runner      string    // the process that carries it out
	RunnerUntil time.Time // by when that process gives a sign of life

	Entry     int64  // number of its last entry in the audit trail
	EntryHash string // hash of that entry
	Nth       int    `json:",omitempty"` // how many entries it has that changed it; 0: it is from before they were counted
	Attest    string `json:",omitempty"` // note of this program that it was asked for the order as it is; see [Engine.attest]
	Salt      []byte `json:",omitempty"` // of what the trail says of its terms; see [TermsHash]
}

// TakenBack is that somebody took an order back after its approval.
type TakenBack struct {
	By identity.Party
	At time.Time
}

// Rules is what an order needs in order to be approved, and where it may be.
type Rules struct {
	Needed              int  // approvals
	RequesterMayApprove bool // whether the requester's own counts
	NoTerminal          bool // whether the terminal is closed
	Dialogs             *Dialogs

	// What rules of approval say, and what they looked at that nobody can tell
	// later. Without rules there is none of it.
	Needs  *approval.Needs `json:",omitempty"` // nil = the plain settings alone speak; not to be changed
	Month  money.Amount    `json:",omitzero"`  // what the requester's orders of the calendar month came to, with this one
	Groups []string        `json:",omitempty"` // roles that the requester's surface knew
}

// Dialogs is what may be approved in the dialogs of MCP clients; nil, in an
// order, for what the configuration says at the moment.
type Dialogs struct {
	Elicitation Elicitation
	Limit       money.Amount // of one order
	DayLimit    money.Amount // of all orders so approved on a UTC day
}

// Decision is one person's decision.
type Decision struct {
	By      identity.Party
	Person  string // who that is by [[people]]; "" = not joined
	Approve bool
	Reason  string
	At      time.Time
	Dialog  bool     // in the dialog of the requester's client
	Groups  []string `json:",omitempty"` // roles that the surface knew, where rules speak of roles

	Strength  identity.Strength `json:",omitzero"`  // zero: of before strengths were recorded
	Assertion *Assertion        `json:",omitempty"` // by a passkey; nil: none signed it
	Attest    string            `json:",omitempty"` // note of the program that took what a passkey signed, of when; see [Engine.takes]
}

// LineRecord is what became of a line of the quote.
type LineRecord struct {
	State    LineState
	Owner    string    // the process that sent it
	Deadline time.Time // nobody but the owner touches a sending line before
	Tries    int
	Message  string
	Changed  Changes
	Said     Said         `json:",omitzero"`  // to the latest request
	Words    string       `json:",omitzero"`  // of the exchange, where it said no to that
	Differs  Changes      `json:",omitempty"` // what was found that is not as quoted
	Due      money.Amount `json:",omitzero"`  // what it cost at once, where that is more than was quoted
	Denied   bool         `json:",omitzero"`  // the exchange said yes, and its lists have not shown it for as long as settling takes
	Missed   time.Time    `json:",omitzero"`  // since when what was bought is looked for again, because somebody asks for it anew
	Gone     bool         `json:",omitzero"`  // bought, and not in complete lists any more for so long that it was given up elsewhere

	Seen      Verdict       // what the latest looks after the deadline agree on
	Looks     int           // how many of them
	FirstLook time.Time     // of those
	NextLook  time.Time     // when to look again; zero = never
	Pause     time.Duration // between the last look and the next
	Settled   time.Time     // when a look settled it; zero = none did
	Inferred  bool          // done only by what was not seen any more, which may turn out to be wrong
	Let       bool          // unknown for so long that it does not keep other orders off its number any more
}

// open reports whether the line may still be carried out, or may have been.
func (l LineRecord) open() bool {
	return l.State == LineWaiting || l.State == LineSending || l.State == LineUnknown
}

// reserved reports whether the line counts against the limits of its day.
func (l LineRecord) reserved() bool { return l.open() || l.State == LineDone }

// Due returns what line n counts with against limits: what was quoted, or what
// it turned out to cost, where that is more.
func (r Record) Due(n int) money.Amount {
	if due := r.Lines[n].Due; due.Known() {
		return due
	}
	return r.Quote.Lines[n].DueNow
}

// overrun reports whether a line turned out to cost more than was quoted.
func (r Record) overrun() bool {
	return slices.ContainsFunc(r.Lines, func(l LineRecord) bool { return l.Due.Known() })
}

// Clone returns a copy that shares nothing which could be changed.
func (r Record) Clone() Record {
	r.Decisions = slices.Clone(r.Decisions)
	r.Lines = slices.Clone(r.Lines)
	if r.TakenBack != nil {
		r.TakenBack = new(*r.TakenBack)
	}
	r.cloneTalk()
	if r.Mandate != nil {
		m := *r.Mandate
		m.Unfit, m.By = slices.Clone(m.Unfit), slices.Clone(m.By)
		r.Mandate = &m
	}
	return r
}

// Whole returns a copy with its times as stores keep them: in UTC, without
// what is less than a microsecond.
func (r Record) Whole() Record {
	r = r.Clone()
	times := []*time.Time{&r.Created, &r.Expires, &r.Decided, &r.Finished, &r.RunnerUntil, &r.SendAfter}
	for i := range r.Decisions {
		times = append(times, &r.Decisions[i].At)
	}
	if r.TakenBack != nil {
		times = append(times, &r.TakenBack.At)
	}
	if r.Mandate != nil {
		for i := range r.Mandate.By {
			times = append(times, &r.Mandate.By[i].At)
		}
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		times = append(times, &l.Deadline, &l.FirstLook, &l.NextLook, &l.Settled, &l.Missed)
	}
	times = append(times, r.times()...)
	for _, t := range times {
		*t = t.UTC().Truncate(time.Microsecond)
	}
	return r
}

// State returns where the order stands; "" for the zero record, which is no
// order.
func (r Record) State() State {
	switch r.Phase {
	case "":
		return ""
	case PhasePending:
		return Pending
	case PhaseExecuting:
		return Executing
	case PhaseScheduled:
		return Scheduled
	case PhaseRejected:
		return Rejected
	case PhaseExpired:
		return Expired
	case PhaseCancelled:
		return Cancelled
	case PhaseOver:
	}
	count := map[LineState]int{}
	for _, l := range r.Lines {
		count[l.State]++
	}
	switch {
	case count[LineUnknown] > 0:
		return Unknown
	case count[LineDone] == len(r.Lines):
		return Completed
	case count[LineDone] > 0:
		return Partial
	case count[LineChanged] > 0:
		return Changed
	}
	return Failed
}

// Reserved reports whether a line holds its number and counts on its day:
// line n of an order that can still do something, or has done it.
func (r Record) Reserved(n int) bool {
	switch r.Phase {
	case PhaseExecuting, PhaseScheduled, PhaseOver:
		return r.Lines[n].reserved()
	case PhasePending, PhaseRejected, PhaseExpired, PhaseCancelled:
	}
	return false
}

// Holds reports whether line n keeps other orders off its number.
func (r Record) Holds(n int) bool {
	switch r.Phase {
	case PhasePending:
		return true
	case PhaseExecuting, PhaseScheduled, PhaseOver:
		return r.Lines[n].open() && !r.Lines[n].Let
	case PhaseRejected, PhaseExpired, PhaseCancelled:
	}
	return false
}

// holding reports whether any line keeps other orders off its number.
func (r Record) holding() bool {
	for n := range r.Lines {
		if r.Holds(n) {
			return true
		}
	}
	return false
}

// DueNow returns what all lines cost at once.
func (r Record) DueNow() money.Amount {
	sum := money.MustParse("0")
	for _, l := range r.Quote.Lines {
		sum = sum.Add(l.DueNow)
	}
	return sum
}
