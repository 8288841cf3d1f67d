package orders

import (
	"slices"
	"time"

	"didops/internal/money"
	"didops/tools"
)

// Phase is how far an order has come. What became of an order that is over
// follows from its lines; see [Record.State].
type Phase string

// The phases.
const (
	Waiting   Phase = "pending"   // for a decision
	Running   Phase = "executing" // its lines are being sent
	Rejected  Phase = "rejected"
	Expired   Phase = "expired"
	Cancelled Phase = "cancelled"
	Over      Phase = "over" // no line waits or is being sent
)

// Record is an order as the journal keeps it, with routing in full. It is a
// value: what changes it is a function that returns the next one, and a
// [Store] that keeps it if nobody was faster.
type Record struct {
	ID       string
	Exchange string // url and login; an order is never carried out on another
	Tool     string
	Kind     string
	Risk     tools.Risk
	Rev      int64 // counted by the store; 0 = not kept yet

	Phase     Phase
	Key       string // tells the same request from others; see engine.key
	Requester Party
	Reason    string
	Currency  string
	Quote     tools.Quote
	Hash      string // of the quote, under the store's key
	Asked     Rules  // the rules that it was asked under
	Created   time.Time
	Expires   time.Time
	Decided   time.Time // zero until it is decided
	Finished  time.Time // zero until it is over; later where its state was settled later
	Day       string    // UTC day of the approval, 2006-01-02; "" until then
	Dialog    bool      // approved in a client's own dialog
	Decisions []Decision
	Lines     []Line // as many as the quote has

	Runner      string    // the process that carries it out
	RunnerUntil time.Time // by when that process gives a sign of life

	Entry     int64  // number of its last entry in the audit trail
	EntryHash string // hash of that entry
}

// Party is somebody on a surface: os, http or discord.
type Party struct {
	Surface string
	ID      string
	Name    string
	Client  string // the program in between, as it calls itself
}

// String returns surface:id.
func (p Party) String() string { return p.Surface + ":" + p.ID }

// Rules is what an order needs in order to be approved, and where it may be.
type Rules struct {
	Needed              int  // approvals
	RequesterMayApprove bool // whether the requester's own counts
	NoTerminal          bool // whether the terminal is closed
	Dialogs             *Dialogs
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
	By      Party
	Person  string // who that is by [[people]]; "" = not joined
	Approve bool
	Reason  string
	At      time.Time
	Dialog  bool // in the dialog of the requester's client
}

// Line is what became of a line of the quote.
type Line struct {
	State    tools.LineState
	Owner    string    // the process that sent it
	Deadline time.Time // nobody but the owner touches a sending line before
	Tries    int
	Message  string
	Changed  tools.Changes

	Seen      tools.Verdict // what the latest looks after the deadline agree on
	Looks     int           // how many of them
	FirstLook time.Time     // of those
	NextLook  time.Time     // when to look again; zero = never
	Pause     time.Duration // between the last look and the next
	Settled   time.Time     // when a look settled it; zero = none did
	Inferred  bool          // done only by what was not seen any more, which may turn out to be wrong
	Let       bool          // unknown for so long that it does not keep other orders off its number any more
}

// open reports whether the line may still be carried out, or may have been.
func (l Line) open() bool {
	return l.State == tools.LineWaiting || l.State == tools.LineSending || l.State == tools.LineUnknown
}

// reserved reports whether the line counts against the limits of its day.
func (l Line) reserved() bool { return l.open() || l.State == tools.LineDone }

// Clone returns a copy that shares nothing which could be changed.
func (r Record) Clone() Record {
	r.Decisions = slices.Clone(r.Decisions)
	r.Lines = slices.Clone(r.Lines)
	return r
}

// State returns where the order stands.
func (r Record) State() tools.State {
	switch r.Phase {
	case Waiting:
		return tools.Pending
	case Running:
		return tools.Executing
	case Rejected:
		return tools.Rejected
	case Expired:
		return tools.Expired
	case Cancelled:
		return tools.Cancelled
	case Over:
	}
	count := map[tools.LineState]int{}
	for _, l := range r.Lines {
		count[l.State]++
	}
	switch {
	case count[tools.LineUnknown] > 0:
		return tools.Unknown
	case count[tools.LineDone] == len(r.Lines):
		return tools.Completed
	case count[tools.LineDone] > 0:
		return tools.Partial
	case count[tools.LineChanged] > 0:
		return tools.Changed
	}
	return tools.Failed
}

// Open reports whether something may still happen to the order of itself.
func (r Record) Open() bool {
	return r.Phase == Waiting || r.Phase == Running || r.State() == tools.Unknown
}

// Reserved reports whether a line holds its number and counts on its day:
// line n of an order that can still do something, or has done it.
func (r Record) Reserved(n int) bool {
	switch r.Phase {
	case Running, Over:
		return r.Lines[n].reserved()
	case Waiting, Rejected, Expired, Cancelled:
	}
	return false
}

// Holds reports whether line n keeps other orders off its number.
func (r Record) Holds(n int) bool {
	switch r.Phase {
	case Waiting:
		return true
	case Running, Over:
		return r.Lines[n].open() && !r.Lines[n].Let
	case Rejected, Expired, Cancelled:
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
