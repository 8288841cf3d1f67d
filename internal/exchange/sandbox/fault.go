package sandbox

import (
	"slices"
	"sync"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind string

// The kinds of faults. "Before" means that nothing is carried out, "after"
// that everything is and only the answer suffers.
const (
	Latency     FaultKind = "latency"      // the request waits for Delay first
	LateAnswer  FaultKind = "late_answer"  // the answer waits for Delay, after
	Status      FaultKind = "status"       // HTTP status Code (0 = 503), before; RetryAfter seconds if set
	StatusAfter FaultKind = "status_after" // the same, after
	Cut         FaultKind = "cut"          // the connection ends, before
	CutAfter    FaultKind = "cut_after"    // the connection ends, after and without an answer
	CutBody     FaultKind = "cut_body"     // the connection ends in the middle of the answer, after
	Truncate    FaultKind = "truncate"     // half of the JSON with a clean end, after
	Junk        FaultKind = "junk"         // Text ("" = ":") stands before the JSON, after
	HTML        FaultKind = "html"         // an HTML page instead of JSON, before
	HTMLAfter   FaultKind = "html_after"   // the same, after
	Endless     FaultKind = "endless"      // an answer that never ends, before
	Redirect    FaultKind = "redirect"     // HTTP status Code (0 = 307) to Text ("" = the same path), before
	Logical     FaultKind = "error"        // status error (or As) with Text ("" = "There was an error."), before
	ErrorAfter  FaultKind = "error_after"  // the same, after
	Skew        FaultKind = "skew"         // the server's clock is Delay ahead (or behind)
	DidsObject  FaultKind = "dids_object"  // dids is an object keyed by index
	DidsNull    FaultKind = "dids_null"    // dids is null
	DidsMissing FaultKind = "dids_missing" // there is no dids
	EmptyPage   FaultKind = "empty"        // a page without rows
	ShortPage   FaultKind = "short"        // a page of Rows rows (0 = half of it)
	LongPage    FaultKind = "long"         // Rows rows (0 = 10) more than asked for
	RepeatPage  FaultKind = "repeat"       // the page before once more
	Unreadable  FaultKind = "unreadable"   // the first Rows rows (0 = 3) can't be understood
	Huge        FaultKind = "huge"         // the first description has Rows million characters (0 = 10)
	WrongUnit   FaultKind = "off_unit"     // "off" counts the other unit
	Price       FaultKind = "price"        // the monthly fee of Number ("" = all) becomes Percent of itself, or MonthlyFee, and stays so
	Sold        FaultKind = "sold"         // Number ("" = the one of the request) is bought by another buyer
	Verified    FaultKind = "verified"     // the documents of Number ("" = all) are verified now
	Nothing     FaultKind = "nothing"      // a write is answered with success and not carried out
	Other       FaultKind = "other"        // a purchase buys another number, and is answered with success
	Elsewhere   FaultKind = "elsewhere"    // a purchase or an update sends calls to the host Text ("" = elsewhere.example.net)
	Half        FaultKind = "half"         // an update changes where calls go, and not where messages do
	Lag         FaultKind = "lag"          // a read shows how it was Delay ago
	SecondID    FaultKind = "second_id"    // the market offers Number under a second id, whoever has it, and goes on so
)

// Forever as Fault.Times lets a fault last until ClearFaults.
const Forever = -1

// Fault is one scripted misbehaviour. It strikes the requests of its
// operation after the first After of them, Times times.
type Fault struct {
	Operation  Operation     // "" = any
	Kind       FaultKind     // what goes wrong
	After      int           // so many matching requests pass first, counted from Script
	Times      int           // 0 = once; Forever
	Code       int           // Status, StatusAfter, Redirect
	RetryAfter int           // Status, StatusAfter: seconds; 0 = no such header
	Delay      time.Duration // Latency, LateAnswer, Skew, Lag
	Text       string        // Junk, Redirect, Logical, ErrorAfter, Elsewhere
	As         string        // Logical, ErrorAfter: the status, "" = error; after fail the text stands under "error"
	Rows       int           // ShortPage, LongPage, Unreadable, Huge
	Number     string        // Price, Sold, Verified, SecondID: digits
	Percent    int           // Price: 0 = take MonthlyFee
	MonthlyFee int64         // Price: in ten-thousandths
}

// Script adds faults. Of faults that exclude each other (two answers, two
// shapes of a page) a request takes the earliest that is due and leaves the
// others to later requests, so a script of a 429 and a 500 strikes two
// requests in that order; others add up. Safe for concurrent use.
func (s *Server) Script(faults ...Fault) {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	for _, f := range faults {
		s.script.lines = append(s.script.lines, line{fault: f, left: orElse(f.Times, 1)})
	}
}

// ClearFaults drops all scripted faults. What they did stays.
func (s *Server) ClearFaults() {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	s.script.lines = nil
}

// script is the faults that are still to come.
type script struct {
	mu    sync.Mutex
	lines []line
}

type line struct {
	fault Fault
	seen  int
	left  int // below 0: without end
}

// draw takes what is due for a request of op.
func (s *script) draw(op Operation) drawn {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due drawn
	taken := map[string]bool{}
	for i := range s.lines {
		l := &s.lines[i]
		if !l.fault.concerns(op) {
			continue
		}
		l.seen++
		group := l.fault.Kind.group()
		if l.seen <= l.fault.After || taken[group] {
			continue
		}
		taken[group] = group != ""
		l.left--
		due = append(due, l.fault)
	}
	s.lines = slices.DeleteFunc(s.lines, func(l line) bool { return l.left == 0 })
	return due
}

// concerns says whether the fault can strike op. Shapes of a page strike
// only what answers with a page.
func (f Fault) concerns(op Operation) bool {
	if f.Operation != "" && f.Operation != op {
		return false
	}
	switch {
	case f.Kind.group() == "page", f.Kind == WrongUnit, f.Kind == Lag:
		return op == Market || op == List || op == Calls || op == Messages
	case f.Kind == Other:
		return op == Purchase
	case f.Kind == Elsewhere:
		return op == Purchase || op == Update
	case f.Kind == Half:
		return op == Update
	case f.Kind == Nothing:
		return op == Purchase || op == Update || op == Unsubscribe || op == Message
	}
	return true
}

// group returns what kinds exclude each other; "" where none do.
func (k FaultKind) group() string {
	switch k {
	case Status, StatusAfter, Cut, CutAfter, CutBody, Truncate, Junk, HTML, HTMLAfter, Endless, Redirect, Logical, ErrorAfter:
		return "answer"
	case DidsObject, DidsNull, DidsMissing, EmptyPage, ShortPage, LongPage, RepeatPage, Unreadable, Huge:
		return "page"
	case Latency, LateAnswer, Skew, WrongUnit, Lag, Nothing, Other, Elsewhere, Half:
		return string(k)
	case Price, Sold, Verified, SecondID:
	}
	return ""
}

// faultKinds returns every kind.
func faultKinds() []FaultKind {
	return []FaultKind{
		Latency, LateAnswer, Status, StatusAfter, Cut, CutAfter, CutBody, Truncate, Junk, HTML, HTMLAfter, Endless, Redirect, Logical, ErrorAfter,
		Skew, DidsObject, DidsNull, DidsMissing, EmptyPage, ShortPage, LongPage, RepeatPage, Unreadable, Huge, WrongUnit,
		Price, Sold, Verified, Nothing, Other, Elsewhere, Half, Lag, SecondID,
	}
}

// drawn is the faults of one request.
type drawn []Fault

// get returns the drawn fault of that kind.
func (d drawn) get(kinds ...FaultKind) (Fault, bool) {
	i := slices.IndexFunc(d, func(f Fault) bool { return slices.Contains(kinds, f.Kind) })
	if i < 0 {
		return Fault{}, false
	}
	return d[i], true
}
